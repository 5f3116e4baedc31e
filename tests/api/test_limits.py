import math
import random
from datetime import UTC, datetime

import pytest

from xerosql.api.limits import TenantLimits
from xerosql.api.refusal import Quota, Refusal
from xerosql.api.request import Headers

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def call(limits: TenantLimits, now: float, seconds: float = 0.1, **left: int) -> None:
    """One call from `now` on, whose answer has these headers."""
    started = limits.start(now)
    limits.end(started, now + seconds)
    names = {"minute": "X-MinLimit-Remaining", "day": "X-DayLimit-Remaining", "app": "X-AppMinLimit-Remaining"}
    limits.learn(Headers({names[name]: str(count) for name, count in left.items()}), started, now + seconds)


def test_sixty_calls_go_at_once_and_the_next_waits_for_the_first_to_leave() -> None:
    """A burst, then the sliding window; a call leaves it a minute after its answer."""
    limits = TenantLimits()
    for index in range(60):
        assert limits.wait(index * 0.1) == 0
        call(limits, index * 0.1)
    assert limits.wait(6.0) == pytest.approx(60.1 - 6.0)
    assert limits.wait(60.11) == 0


def test_a_call_in_flight_counts_however_long_it_takes() -> None:
    """Xero may have counted it at any time until its answer."""
    limits = TenantLimits(calls_per_minute=2)
    limits.start(0.0)
    call(limits, 0.0)
    assert limits.wait(30.0) == pytest.approx(30.1)
    assert limits.wait(61.0) == 0
    limits.start(61.0)
    assert limits.wait(62.0) == math.inf


def test_the_sixth_call_waits_for_a_place_and_not_for_time() -> None:
    """Five at a time."""
    limits = TenantLimits()
    started = [limits.start(0.0) for _ in range(5)]
    assert limits.wait(0.0) == math.inf
    limits.end(started[0], 1.0)
    assert limits.wait(1.0) == 0


def test_a_call_that_never_left_is_not_counted() -> None:
    """A refused connection costs no quota."""
    limits = TenantLimits(calls_per_minute=1)
    limits.cancel(limits.start(0.0))
    assert limits.wait(0.0) == 0


def test_calls_of_other_programs_are_seen_in_the_header() -> None:
    """Xero says 10 left after our first call: 49 were somebody else's, for a minute at most."""
    limits = TenantLimits()
    call(limits, 0.0, minute=10)
    assert limits.snapshot("t", 1.0, NOON).minute_remaining == 10
    for index in range(10):
        assert limits.wait(1.0) == 0
        call(limits, 1.0, minute=9 - index)
    assert limits.wait(2.0) == pytest.approx(60.1 - 2.0)
    assert limits.wait(60.2) == 0


def test_a_fresh_window_gives_the_others_calls_back() -> None:
    """A later answer with more left shows that Xero's window has turned over."""
    limits = TenantLimits()
    call(limits, 0.0, minute=0)
    assert limits.wait(5.0) > 50
    call(limits, 5.0, minute=59)
    assert limits.wait(6.0) == 0


def test_a_late_answer_to_an_early_call_gives_nothing_back() -> None:
    """What it says about the minute is older than what we know."""
    limits = TenantLimits()
    early = limits.start(0.0)
    call(limits, 1.0, minute=0)
    limits.end(early, 2.0)
    limits.learn(Headers({"X-MinLimit-Remaining": "40"}), early, 2.0)
    assert limits.snapshot("t", 2.0, NOON).minute_remaining == 0


@pytest.mark.parametrize("seed", range(20))
def test_alone_we_are_never_refused_and_never_slower_than_the_sliding_window(seed: int) -> None:
    """Fixed windows of any phase, latencies of any length: at most 60 in each, and no calls of others are imagined."""
    dice = random.Random(seed)
    limits, phase = TenantLimits(), dice.uniform(0, 60)
    now, in_flight, windows = 0.0, [], {}
    for _ in range(300):
        while limits.wait(now) > 0:
            now = _finish_one(limits, in_flight) if limits.wait(now) == math.inf else now + min(limits.wait(now), 1.0)
        started = limits.start(now)
        latency = dice.choice([0.05, 0.3, 2.0, 20.0])
        arrived = now + dice.uniform(0, latency)
        in_flight.append([now + latency, started, arrived])
        windows.setdefault(int((arrived + phase) // 60), []).append(arrived)
        while in_flight and dice.random() < 0.5:
            now = max(now, _finish_one(limits, in_flight, windows, phase))
        now += dice.choice([0.0, 0.0, 0.5])
    assert max(len(calls) for calls in windows.values()) <= 60
    assert limits._others == 0


def _finish_one(limits: TenantLimits, in_flight: list, windows: dict | None = None, phase: float = 0.0) -> float:
    in_flight.sort()
    ended, started, arrived = in_flight.pop(0)
    ended = max([ended, *limits._ended[-1:]])
    limits.end(started, ended)
    if windows is not None:
        used = sum(1 for other in windows[int((arrived + phase) // 60)] if other <= arrived)
        limits.learn(Headers({"X-MinLimit-Remaining": str(60 - used)}), started, ended)
    return ended


def test_a_refused_minute_holds_everybody() -> None:
    """For as long as Xero says, a whole minute if it does not say, and never for no time at all."""
    for seconds, expected in [(13.0, 13.0), (None, 60.0), (0.0, 0.5)]:
        limits = TenantLimits()
        limits.refused(Refusal(Quota.MINUTE, seconds), 100.0)
        assert limits.wait(100.0) == expected


def test_too_many_at_a_time_holds_everybody_for_a_moment() -> None:
    """Other programs share the five places."""
    limits = TenantLimits()
    limits.refused(Refusal(Quota.CONCURRENT, None), 100.0)
    assert limits.wait(100.0) == 0.5


def test_the_whole_apps_minute_is_waited_for() -> None:
    """10,000 calls over all organisations."""
    limits = TenantLimits()
    call(limits, 0.0, app=0)
    assert limits.wait(0.1) == pytest.approx(60.0)


def test_a_used_up_day_lasts_until_xero_says() -> None:
    """The time of its end is known from the refusal's Retry-After."""
    limits = TenantLimits()
    limits.refused(Refusal(Quota.DAY, 7200.0), 0.0)
    assert limits.day_over(200.0) == 7000.0
    assert limits.snapshot("t", 0.0, NOON).reset_at == datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    assert limits.day_over(7200.0) is None


def test_nothing_left_of_the_day_lets_one_call_at_a_time_find_out_until_when() -> None:
    """A zero in the header has no time with it; a refused call has, and it costs nothing more."""
    limits = TenantLimits()
    call(limits, 0.0, day=0)
    assert limits.day_over(1.0) is None
    assert limits.wait(1.0) == 0
    limits.start(1.0)
    assert limits.wait(1.0) == math.inf


def test_a_new_day_is_noticed_from_the_header() -> None:
    """The call that finds out is answered instead of refused."""
    limits = TenantLimits()
    limits.refused(Refusal(Quota.DAY, 10.0), 0.0)
    call(limits, 11.0, day=999)
    assert limits.snapshot("t", 12.0, NOON).day_remaining == 999
    assert limits.snapshot("t", 12.0, NOON).reset_at is None


def test_an_unnamed_end_of_the_day_is_asked_for_again_after_a_minute() -> None:
    """Without Retry-After nobody would ever ask again."""
    limits = TenantLimits()
    limits.refused(Refusal(Quota.DAY, None), 0.0)
    assert limits.day_over(59.0) is not None
    assert limits.snapshot("t", 0.0, NOON).reset_at is None
    assert limits.day_over(60.0) is None


def test_the_most_modest_connection_sets_the_pace() -> None:
    """And none can widen what another one has narrowed."""
    limits = TenantLimits()
    limits.tighten(10, 2)
    limits.tighten(60, 5)
    assert limits.snapshot("t", 0.0, NOON).minute_remaining == 10
    limits.start(0.0), limits.start(0.0)
    assert limits.wait(0.0) == math.inf


def test_unreadable_headers_are_ignored() -> None:
    """A proxy's invention must not stop the work."""
    limits = TenantLimits()
    started = limits.start(0.0)
    limits.end(started, 0.1)
    limits.learn(Headers({"X-MinLimit-Remaining": "many", "X-DayLimit-Remaining": "-1"}), started, 0.1)
    assert limits.snapshot("t", 0.1, NOON).minute_remaining == 59
    assert limits.snapshot("t", 0.1, NOON).day_remaining is None


def test_those_who_go_first_take_their_places() -> None:
    """With two before it, the third of three free places is free; the fourth is not."""
    limits = TenantLimits(calls_per_minute=4)
    call(limits, 0.0)
    assert limits.wait(1.0, before=2) == 0
    assert limits.wait(1.0, before=3) == pytest.approx(60.1 - 1.0)
    assert limits.wait(1.0, before=5) == math.inf


def test_the_next_free_place_of_the_minute_is_told() -> None:
    """At once, after so many seconds, or not to be known while everything that fills it is under way."""
    limits = TenantLimits(calls_per_minute=2)
    assert limits.snapshot("t", 0.0, NOON).minute_free_in == 0
    call(limits, 0.0)
    started = limits.start(1.0)
    assert limits.snapshot("t", 2.0, NOON).minute_free_in == pytest.approx(60.1 - 2.0)
    assert limits.snapshot("t", 61.0, NOON).minute_free_in == 0
    limits.start(61.0)
    assert limits.snapshot("t", 62.0, NOON).minute_free_in is None
    limits.end(started, 63.0)
    assert limits.snapshot("t", 63.0, NOON).minute_free_in == pytest.approx(60.0)


def test_the_day_has_as_many_calls_as_the_settings_say_or_xero_shows() -> None:
    """4,999 left after a call were 5,000; fewer left later change nothing."""
    limits = TenantLimits(calls_per_minute=30)
    limits.allow_a_day(1000)
    call(limits, 0.0, day=700)
    assert limits.snapshot("t", 1.0, NOON).day_limit == 1000
    call(limits, 1.0, day=4999)
    call(limits, 2.0, day=4998)
    snapshot = limits.snapshot("t", 3.0, NOON)
    assert (snapshot.day_limit, snapshot.day_remaining, snapshot.minute_limit) == (5000, 4998, 30)
