"""Two gates, one behind the other: the threads of a process, and all processes of the machine."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xerosql.api.client import Client
from xerosql.api.clock import Clock, SystemClock
from xerosql.api.failure import Failure
from xerosql.api.gate import Gate
from xerosql.api.limits import TenantLimits
from xerosql.api.limits_file import LimitsFile
from xerosql.api.request import Headers, Request, Response
from xerosql.api.shared_gate import SharedGate
from xerosql.api.shared_limits import Quotas
from xerosql.api.tally import Tally
from xerosql.config import Settings
from xerosql.errors import OperationalError, RateLimitError

OK = Response(200)
GET = Request("GET", "/projects.xro/2.0/Projects", tenant="t1")


@pytest.fixture
def new_process(tmp_path: Path, clock):
    """What another process on this machine would have: gates of its own, and the one file."""

    def make(quotas: Quotas | None = None, name: str = "limits.sqlite", by: Clock = clock) -> SharedGate:
        kept = quotas or Quotas()
        gate = Gate("t", TenantLimits(kept.calls_per_minute, kept.max_in_flight), by)
        return SharedGate(gate, LimitsFile(tmp_path / name), "key", kept, by)

    return make


def test_processes_share_the_minute(new_process, clock) -> None:
    """Thirty calls of one and thirty of another leave nothing: the next waits for a minute to pass."""
    one, other, tally = new_process(), new_process(), Tally()
    for gate in (one, other):
        for _ in range(30):
            gate.leave(gate.enter(tally), OK)
    assert one.snapshot().minute_remaining == other.snapshot().minute_remaining == 0
    other.leave(other.enter(tally), OK)
    assert tally.waited(clock.monotonic()) == pytest.approx(60, abs=1)


def test_processes_share_the_five_places(new_process) -> None:
    """Two of one and three of another; the sixth gets in when one of them leaves."""
    real = SystemClock()  # the other one runs on as fast as anybody looks, until it ends a lease
    one, other = new_process(by=real), new_process(by=real)
    places = [one.enter(Tally()) for _ in range(2)]
    for _ in range(3):
        other.enter(Tally())
    assert one.snapshot().in_flight == 5
    entered = threading.Event()
    waiter = threading.Thread(target=lambda: (other.enter(Tally()), entered.set()))
    waiter.start()
    assert not entered.wait(0.05)
    one.leave(places[0], OK)
    waiter.join(5)
    assert entered.is_set()


def test_a_day_that_one_has_used_up_is_used_up_for_all(new_process, clock) -> None:
    """Without asking Xero again, and with the time of its end."""
    one, other = new_process(), new_process()
    one.leave(one.enter(Tally()), Response(429, Headers({"X-Rate-Limit-Problem": "day", "Retry-After": "3600"})))
    with pytest.raises(RateLimitError, match=r"day's quota.*2026-11-21 13:00:00 UTC") as caught:
        other.enter(Tally())
    assert caught.value.reset_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert other.snapshot().reset_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert other.snapshot().in_flight == 0


def test_a_day_without_an_end_is_told_as_such(new_process) -> None:
    """No time is made up."""
    one, other = new_process(), new_process()
    one.leave(one.enter(Tally()), Response(429, Headers({"X-Rate-Limit-Problem": "day"})))
    with pytest.raises(RateLimitError, match="did not say until when"):
        other.enter(Tally())


def test_what_one_learns_of_the_day_all_know(new_process) -> None:
    """From the answers' headers."""
    one, other = new_process(), new_process()
    fields = {"X-DayLimit-Remaining": "812", "X-AppMinLimit-Remaining": "9990", "X-MinLimit-Remaining": "40"}
    one.leave(one.enter(Tally()), Response(200, Headers(fields)))
    found = other.snapshot()
    assert (found.day_remaining, found.app_remaining, found.minute_remaining) == (812, 9990, 40)


def test_the_other_processes_calls_are_not_counted_twice(new_process) -> None:
    """Xero's count holds the calls of all; only what no process of this machine made is somebody else's."""
    one, other = new_process(), new_process()
    for number in range(1, 21):
        gate = (one, other)[number % 2]
        gate.leave(gate.enter(Tally()), Response(200, Headers({"X-MinLimit-Remaining": str(60 - number)})))
    assert one.snapshot().minute_remaining == 40
    assert one._gate.snapshot().minute_remaining == 50


def test_impatience_with_other_processes_is_an_error_at_once(new_process, clock) -> None:
    """Not after waiting."""
    one, other = new_process(Quotas(calls_per_minute=1)), new_process(Quotas(calls_per_minute=1))
    one.leave(one.enter(Tally()), OK)
    before = clock.monotonic()
    with pytest.raises(RateLimitError, match="60 more seconds, longer than this may wait"):
        other.enter(Tally(), patience=30)
    assert clock.monotonic() == before
    assert other._gate.snapshot().in_flight == 0


def test_impatience_ends_the_wait_for_a_place_too(new_process, clock) -> None:
    """A place that is held for long is not waited for longer than one may."""
    one, other = new_process(Quotas(max_in_flight=1)), new_process(Quotas(max_in_flight=1))
    one.enter(Tally())
    before = clock.monotonic()
    with pytest.raises(RateLimitError, match="leave no room"):
        other.enter(Tally(), patience=2)
    assert clock.monotonic() - before <= 2


def test_a_cancelled_statement_leaves_the_queue(new_process) -> None:
    """And its place at the first gate."""
    one, other = new_process(Quotas(max_in_flight=1)), new_process(Quotas(max_in_flight=1))
    place, cancelled = one.enter(Tally()), threading.Event()
    cancelled.set()
    with pytest.raises(OperationalError, match="cancelled"):
        other._gate.leave(other._gate.enter(Tally()), None), other.enter(Tally(), cancelled=cancelled)
    one.leave(place, OK)
    one.leave(one.enter(Tally()), OK)
    assert other._gate.snapshot().in_flight == 0


def test_what_never_left_costs_nothing(new_process) -> None:
    """A lost call counts."""
    gate = new_process()
    gate.leave(gate.enter(Tally()), None)
    gate.leave(gate.enter(Tally()), Failure("no route", sent=False))
    assert gate.snapshot().minute_remaining == 60
    gate.leave(gate.enter(Tally()), Failure("reset", sent=True))
    assert gate.snapshot().minute_remaining == 59


def test_without_a_file_the_process_keeps_the_limits_by_itself(new_process, tmp_path: Path, clock) -> None:
    """Its own calls, and what Xero's headers show of others."""
    (tmp_path / "plain").write_text("")
    gate = new_process(Quotas(calls_per_minute=10), name="plain/limits.sqlite")
    gate.leave(gate.enter(Tally()), Response(200, Headers({"X-MinLimit-Remaining": "5"})))
    gate.leave(gate.enter(Tally()), Response(200, Headers({"X-MinLimit-Remaining": "4"})))
    assert gate.snapshot().minute_remaining == 4


def test_clients_of_a_server_share_and_those_of_a_stand_in_do_not(loopback, tmp_path: Path, clock) -> None:
    """`share_limits` switches it off; an in-process Xero has no other processes."""
    path = tmp_path / "limits.sqlite"
    options = {"access_token": "a", "base_url": loopback.url, "limits_file": str(path)}
    with Client(Settings(**options, share_limits=False)) as client:
        client.send(GET)
    with Client(Settings(**options), handler=lambda *_: (200, {}, b"{}")) as client:
        client.send(GET)
    assert not path.exists()
    for remaining in (59, 58):  # each client with a clock of its own has gates of its own, as another process has
        with Client(Settings(**options), clock=clock) as client:
            client.send(GET)
            assert [each.minute_remaining for each in client.limits()] == [remaining]


def test_no_name_stands_in_the_file(loopback, tmp_path: Path) -> None:
    """Neither the app's nor the organisation's, and no token."""
    options = {"access_token": "s3cret", "base_url": loopback.url, "limits_file": str(tmp_path / "limits.sqlite")}
    with Client(Settings(**options)) as client:
        client.send(Request("GET", "/p", tenant="tenant-1"))
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert written
    assert not any(word in written for word in (b"s3cret", b"tenant-1", b"127.0.0.1"))
