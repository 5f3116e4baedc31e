"""Where calls wait for Xero's quotas: one gate per organisation and app, shared by all threads and connections."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition, Event, Lock
from typing import Any
from weakref import WeakKeyDictionary

from xerosql.api.clock import Clock
from xerosql.api.failure import Outcome, was_sent
from xerosql.api.limits import LimitsSnapshot, TenantLimits
from xerosql.api.refusal import refusal_of
from xerosql.api.request import Response
from xerosql.api.stop import check_cancelled
from xerosql.api.tally import Tally
from xerosql.errors import RateLimitError

_GLANCE = 0.1  # seconds between two looks at the cancel flag, which cannot wake a waiting thread


class Gate:
    """Lets calls through when the limits allow, and keeps them waiting until then: in turn, but retries first."""

    def __init__(self, tenant: str, limits: TenantLimits, clock: Clock) -> None:
        self.limits = limits
        self._tenant = tenant
        self._clock = clock
        self._condition = Condition()
        self._line: deque[object] = deque()  # those who wait, in the order in which they came

    def enter(
        self, tally: Tally, patience: float | None = None, cancelled: Event | None = None, again: bool = False
    ) -> float:
        """Wait for a place and return its name, to be given to `leave`. Who comes `again` has waited, and goes first.

        Raises RateLimitError at once, and not after waiting, when the day's quota is used up or when the minute's
        would take longer than `patience` seconds; OperationalError when `cancelled` is set.
        """
        deadline = math.inf if patience is None else self._clock.monotonic() + patience
        with self._condition, self._standing_in_line(again) as us:
            while seconds := self._seconds_to_wait(us, deadline, cancelled):
                self._wait(seconds, tally, cancelled)
            return self.limits.start(self._clock.monotonic())

    @contextmanager
    def _standing_in_line(self, in_front: bool) -> Iterator[object]:
        us = object()
        (self._line.appendleft if in_front else self._line.append)(us)
        try:
            yield us
        finally:
            self._line.remove(us)
            if self._line:
                self._condition.notify_all()

    def leave(self, started: float, outcome: Outcome | None) -> None:
        """Give the place back. `outcome` is None if nothing was sent after all."""
        with self._condition:
            now = self._clock.monotonic()
            if outcome is None or not was_sent(outcome):
                self.limits.cancel(started)
            else:
                self.limits.end(started, now)
            if isinstance(outcome, Response):
                self._learn(outcome, started, now)
            self._condition.notify_all()

    def snapshot(self) -> LimitsSnapshot:
        """What is left at this moment."""
        with self._condition:
            return self.limits.snapshot(self._tenant, self._clock.monotonic(), self._clock.now())

    def _learn(self, response: Response, started: float, now: float) -> None:
        self.limits.learn(response.headers, started, now)
        if not response.ok and (refusal := refusal_of(response, self._clock.now())):
            self.limits.refused(refusal, now)

    def _seconds_to_wait(self, us: object, deadline: float, cancelled: Event | None) -> float:
        check_cancelled(cancelled)
        now = self._clock.monotonic()
        if self.limits.day_over(now) is not None:
            raise self._day_is_used_up()
        seconds = self.limits.wait(now, before=self._line.index(us))
        if seconds and deadline < now + seconds < math.inf:
            raise self._minute_takes_too_long(seconds)
        return seconds

    def _wait(self, seconds: float, tally: Tally, cancelled: Event | None) -> None:
        if seconds == math.inf:  # for a place, not for the quota: `leave` will notify
            self._clock.wait(self._condition, None if cancelled is None else _GLANCE)
            return
        with tally.waiting(self._clock):
            self._clock.wait(self._condition, min(seconds, _GLANCE))

    def _day_is_used_up(self) -> RateLimitError:
        reset_at = self.limits.snapshot(self._tenant, self._clock.monotonic(), self._clock.now()).reset_at
        until = f" until {reset_at:%Y-%m-%d %H:%M:%S} UTC" if reset_at else "; Xero did not say until when"
        return RateLimitError(
            f"the day's quota of API calls for this organisation is used up{until}", reset_at=reset_at
        )

    def _minute_takes_too_long(self, seconds: float) -> RateLimitError:
        return RateLimitError(
            f"the minute's quota of API calls is used up for {seconds:.0f} more seconds, longer than this may wait",
            reset_at=self._clock.now() + timedelta(seconds=seconds),
        )


class Gates:
    """The gates of one Xero, by (base URL, app, tenant)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._gates: dict[tuple[Hashable, ...], Gate] = {}

    def of(
        self,
        app: tuple[str, str],
        tenant: str,
        clock: Clock,
        calls_per_minute: int,
        max_in_flight: int,
        calls_per_day: int = 0,
    ) -> Gate:
        """The one gate for these, made when first asked for; every later caller can only make it narrower."""
        with self._lock:
            gate = self._gates.setdefault(
                (*app, tenant), Gate(tenant, TenantLimits(calls_per_minute, max_in_flight), clock)
            )
            gate.limits.tighten(calls_per_minute, max_in_flight)
            gate.limits.allow_a_day(calls_per_day)
            return gate

    def snapshots(self, app: tuple[str, str]) -> tuple[LimitsSnapshot, ...]:
        """What is left for each organisation that this app has asked."""
        with self._lock:
            gates = [gate for key, gate in self._gates.items() if key[:2] == app]
        return tuple(gate.snapshot() for gate in gates)


_PROCESS_WIDE = Gates()
_SIMULATED: WeakKeyDictionary[Any, Gates] = WeakKeyDictionary()
_SIMULATED_LOCK = Lock()


def gates_for(handler: Callable[..., object] | None) -> Gates:
    """The gates of the Xero that is asked: the real one has one set per process, each in-process stand-in its own."""
    if handler is None:
        return _PROCESS_WIDE
    with _SIMULATED_LOCK:
        return _SIMULATED.setdefault(getattr(handler, "__self__", handler), Gates())
