import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from xerosql.api.clock import SystemClock
from xerosql.api.failure import Failure
from xerosql.api.gate import Gate, Gates, gates_for
from xerosql.api.limits import TenantLimits
from xerosql.api.request import Headers, Response
from xerosql.api.stop import check_cancelled
from xerosql.api.tally import Tally
from xerosql.errors import OperationalError, RateLimitError

OK = Response(200)


def test_threads_never_exceed_five_at_a_time_nor_sixty_a_minute(clock) -> None:
    """Twenty threads, two hundred calls: counted at the far side, in every sliding minute."""
    gate, lock = Gate("t", TenantLimits(), clock), threading.Lock()
    times, flying, most = [], set(), 0

    def one_call(number: int) -> None:
        nonlocal most
        place = gate.enter(Tally())
        with lock:
            flying.add(number)
            most = max(most, len(flying))
            times.append(clock.monotonic())
        time.sleep(0.0005)
        clock.advance(0.15)
        with lock:
            flying.remove(number)
        gate.leave(place, OK)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one_call, range(200)))
    times.sort()
    assert len(times) == 200
    assert most <= 5
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[60:], strict=False))
    assert times[-1] - times[0] < 60 * 6  # and the time is used: three full windows and what the calls take


def test_a_waiting_thread_is_let_in_when_another_leaves(clock) -> None:
    """Without a clock tick: the place is what it waits for."""
    gate = Gate("t", TenantLimits(max_in_flight=1), clock)
    place = gate.enter(Tally())
    entered = threading.Event()
    waiter = threading.Thread(target=lambda: (gate.enter(Tally()), entered.set()))
    waiter.start()
    assert not entered.wait(0.03)
    gate.leave(place, OK)
    waiter.join(2)
    assert entered.is_set()


def test_who_came_first_is_let_in_first(clock) -> None:
    """Six threads before one place, one after the other: nobody overtakes, so no cursor starves."""
    gate = Gate("t", TenantLimits(max_in_flight=1), clock)
    place, entered, lock = gate.enter(Tally()), [], threading.Lock()

    def one_call(number: int) -> None:
        mine = gate.enter(Tally())
        with lock:
            entered.append(number)
        gate.leave(mine, OK)

    waiters = []
    for number in range(6):
        waiters.append(threading.Thread(target=one_call, args=(number,)))
        waiters[-1].start()
        while len(gate._line) <= number:
            time.sleep(0.001)
    gate.leave(place, OK)
    for waiter in waiters:
        waiter.join(10)
    assert entered == [0, 1, 2, 3, 4, 5]


def test_a_retry_goes_before_those_who_have_not_been_sent(clock) -> None:
    """It has waited its turn; behind them, the token that was renewed for it might have ended again."""
    gate = Gate("t", TenantLimits(max_in_flight=1), clock)
    place, entered = gate.enter(Tally()), []

    def one_call(again: bool) -> None:
        mine = gate.enter(Tally(), None, None, again)
        entered.append(again)
        gate.leave(mine, OK)

    waiters = []
    for again in (False, False, True):
        waiters.append(threading.Thread(target=one_call, args=(again,)))
        waiters[-1].start()
        while len(gate._line) < len(waiters):
            time.sleep(0.001)
    gate.leave(place, OK)
    for waiter in waiters:
        waiter.join(10)
    assert entered == [True, False, False]


def test_who_gives_up_leaves_the_line(clock) -> None:
    """The next one moves up."""
    gate, cancelled = Gate("t", TenantLimits(max_in_flight=1), clock), threading.Event()
    place = gate.enter(Tally())
    cancelled.set()
    with pytest.raises(OperationalError, match="cancelled"):
        gate.enter(Tally(), cancelled=cancelled)
    gate.leave(place, OK)
    assert gate.enter(Tally(), patience=0) == clock.monotonic()


def test_who_has_no_patience_is_let_in_where_there_is_no_wait() -> None:
    """Also by a clock that goes on between two looks at it."""
    Gate("org", TenantLimits(60, 5), SystemClock()).enter(Tally(), patience=0)


def test_those_before_one_count_when_patience_is_asked_for(clock) -> None:
    """Two places are left of the minute and two others stand before them: the third knows that it will not have one."""
    gate = Gate("t", TenantLimits(calls_per_minute=2), clock)
    gate.leave(gate.enter(Tally()), OK)
    gate._line.append("another")
    with pytest.raises(RateLimitError, match="longer than this may wait"):
        gate.enter(Tally(), patience=30)


def test_a_used_up_day_is_an_error_at_once(clock) -> None:
    """With the time of its end, and no time passes."""
    gate = Gate("t", TenantLimits(), clock)
    refusal = Response(429, Headers({"X-Rate-Limit-Problem": "day", "Retry-After": "3600"}))
    gate.leave(gate.enter(Tally()), refusal)
    before = clock.monotonic()
    with pytest.raises(RateLimitError, match=r"day's quota.*2026-11-21 13:00:00 UTC") as caught:
        gate.enter(Tally())
    assert caught.value.reset_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert clock.monotonic() == before


def test_a_minute_longer_than_ones_patience_is_an_error_at_once(clock) -> None:
    """Nobody waits first and is disappointed then."""
    gate = Gate("t", TenantLimits(calls_per_minute=1), clock)
    gate.leave(gate.enter(Tally()), OK)
    before = clock.monotonic()
    with pytest.raises(RateLimitError, match="60 more seconds") as caught:
        gate.enter(Tally(), patience=30)
    assert caught.value.reset_at == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    assert clock.monotonic() == before


def test_the_minute_is_waited_for_and_the_wait_is_counted(clock) -> None:
    """In the tally of the statement that waited."""
    gate, tally = Gate("t", TenantLimits(calls_per_minute=1), clock), Tally()
    gate.leave(gate.enter(tally), OK)
    gate.leave(gate.enter(tally, patience=61), OK)
    assert tally.waited(clock.monotonic()) == pytest.approx(60, abs=0.2)


@pytest.mark.parametrize("calls_per_minute", [1, 100])
def test_waiting_can_be_cancelled(clock, calls_per_minute: int) -> None:
    """Before the minute's quota and before a place."""
    gate, cancelled = Gate("t", TenantLimits(calls_per_minute, max_in_flight=1), clock), threading.Event()
    place = gate.enter(Tally())
    if calls_per_minute == 1:
        gate.leave(place, OK)
    threading.Timer(0.02, cancelled.set).start()
    clock.wait = lambda condition, seconds: condition.wait(0.001)
    with pytest.raises(OperationalError, match="cancelled") as caught:
        gate.enter(Tally(), cancelled=cancelled)
    assert caught.value.sqlstate == "57014"


def test_a_cancelled_statement_sends_nothing_more() -> None:
    """No flag and an unset flag do nothing."""
    check_cancelled(None)
    check_cancelled(threading.Event())


def test_what_never_left_costs_nothing(clock) -> None:
    """A failure to connect, or to sign in, gives its place back unused; a lost call counts."""
    gate = Gate("t", TenantLimits(), clock)
    gate.leave(gate.enter(Tally()), None)
    gate.leave(gate.enter(Tally()), Failure("no route", sent=False))
    assert gate.snapshot().minute_remaining == 60
    gate.leave(gate.enter(Tally()), Failure("reset", sent=True))
    assert gate.snapshot().minute_remaining == 59
    assert gate.snapshot().in_flight == 0


def test_a_good_answer_is_no_refusal_whatever_its_headers_say(clock) -> None:
    """What they say of the quotas counts all the same."""
    gate = Gate("t", TenantLimits(), clock)
    fields = {"X-Rate-Limit-Problem": "day", "Retry-After": "3600", "X-DayLimit-Remaining": "7"}
    gate.leave(gate.enter(Tally()), Response(200, Headers(fields)))
    gate.leave(gate.enter(Tally()), OK)
    assert (gate.snapshot().day_remaining, gate.snapshot().reset_at) == (7, None)


def test_connections_of_one_app_share_an_organisations_gate(clock) -> None:
    """And no other's."""
    gates = Gates()
    gate = gates.of(("https://x", "app"), "t1", clock, 60, 5)
    assert gates.of(("https://x", "app"), "t1", clock, 60, 5) is gate
    assert gates.of(("https://x", "app"), "t2", clock, 60, 5) is not gate
    assert gates.of(("https://x", "other"), "t1", clock, 60, 5) is not gate
    assert {each.tenant for each in gates.snapshots(("https://x", "app"))} == {"t1", "t2"}


def test_each_in_process_xero_has_gates_of_its_own_for_as_long_as_it_lives() -> None:
    """Two handlers of one simulator share them; the real Xero's are for the process."""

    class Simulator:
        def handle(self) -> None: ...

    one, other = Simulator(), Simulator()
    assert gates_for(one.handle) is gates_for(one.handle)
    assert gates_for(one.handle) is not gates_for(other.handle)
    assert gates_for(None) is gates_for(None)
    dead = weakref.ref(gates_for(one.handle))
    del one
    gc.collect()
    assert dead() is None


def test_five_threads_waiting_through_one_minute_waited_one_minute(clock) -> None:
    """The tally counts the statement's time, not its threads'."""
    tally = Tally()
    with tally.waiting(clock):
        clock.advance(20)
        with tally.waiting(clock):
            clock.advance(20)
        assert tally.waited(clock.monotonic()) == 40
        clock.advance(20)
    clock.advance(100)
    assert tally.waited(clock.monotonic()) == 60
