"""The limits' decisions against Xero's own counting, in computed time: as fast as allowed, and never refused."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

import pytest

from xerosql.api.limits import TenantLimits
from xerosql.simulator.clock import ManualClock
from xerosql.simulator.exchange import Request
from xerosql.simulator.limits import Limits

LATENCY = 0.15
CALL = Request("GET", "/projects.xro/2.0/Projects", {}, b"")


def paced(calls: int, latency: Callable[[int], float]) -> float:
    """Seconds that so many calls take when each begins as soon as the limits let it. Fails if Xero refuses one."""
    limits, clock = TenantLimits(), ManualClock(0.0)
    xero = Limits(clock, enforced=True, day_limit=10_000)
    flying: list[tuple[float, float]] = []
    begun = 0
    while begun < calls or flying:
        now = clock.now()
        wait = limits.wait(now) if begun < calls else math.inf
        if wait == 0:
            refusal = xero.enter(CALL, "t")
            assert refusal is None, refusal.headers
            heapq.heappush(flying, (now + latency(begun), limits.start(now)))
            begun += 1
            continue
        clock.advance(min(now + wait, flying[0][0] if flying else math.inf) - now)
        while flying and flying[0][0] <= clock.now():
            _, started = heapq.heappop(flying)
            xero.leave(CALL, "t")
            limits.end(started, clock.now())
    return clock.now()


def test_fifty_calls_take_ten_answers_time() -> None:
    """Five at a time, without a pause."""
    assert paced(50, lambda _: LATENCY) == pytest.approx(10 * LATENCY)


def test_a_scan_of_three_hundred_projects_takes_five_minutes() -> None:
    """The 301st call cannot begin sooner than five minutes after the first; ours is less than 3 % later."""
    least = 5 * 60 + LATENCY
    assert least <= paced(301, lambda _: LATENCY) <= 1.03 * least


@pytest.mark.parametrize("slowest", [0.5, 3.0, 20.0])
def test_answers_of_all_lengths_cause_no_refusal(slowest: float) -> None:
    """Some at once, some late; a window of Xero's begins with the first call after the one before has ended."""
    at_most = 7 * (60 + slowest) + 400 / 5 * slowest
    assert paced(400, lambda place: slowest * (place * 37 % 11) / 10) < at_most
