"""Rate limits: how many calls an app may make to an organisation, and how many may be under way at once.

Windows are fixed, not sliding. One opens with the first call after the last one closed, so every organisation's
windows turn over at their own times. A refused call uses nothing up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .clock import Clock
from .exchange import Answer, Request, problem

MINUTE = 60.0
DAY = 86_400.0
PER_MINUTE = 60
PER_MINUTE_AND_APP = 10_000
AT_ONCE = 5
UNLIMITED = 1_000_000


@dataclass(slots=True)
class Window:
    """A fixed window of `length` seconds that admits `limit` calls."""

    length: float
    limit: int
    opened: float = -math.inf
    used: int = 0

    def turn(self, now: float) -> None:
        """Start afresh if the window is over."""
        if now >= self.opened + self.length:
            self.opened, self.used = now, 0

    @property
    def full(self) -> bool:
        return self.used >= self.limit

    @property
    def left(self) -> int:
        return self.limit - self.used

    def wait(self, now: float) -> int:
        """Whole seconds until the window closes, at least 1."""
        return max(1, math.ceil(self.opened + self.length - now))


@dataclass(slots=True)
class Meter:
    """What one app has used of one organisation."""

    day: Window
    minute: Window = field(default_factory=lambda: Window(MINUTE, PER_MINUTE))
    in_flight: int = 0


class Limits:
    """Counts calls and refuses those beyond the limits. Its caller holds the lock."""

    def __init__(self, clock: Clock, *, enforced: bool, day_limit: int) -> None:
        self.enforced = enforced
        self.day_limit = day_limit
        self._clock = clock
        self._meters: dict[tuple[str, str], Meter] = {}
        self._apps: dict[str, Window] = {}

    def enter(self, request: Request, tenant: str) -> Answer | None:
        """Count a call to an organisation and leave it in flight, or answer 429. Pair with `leave`."""
        meter, app = self._meter(request.app, tenant), self._app(request.app)
        refusal = self._refusal(request, meter, app) if self.enforced else None
        if refusal is None:
            meter.in_flight += 1
            for window in (meter.day, meter.minute, app):
                window.used += 1
        return refusal

    def leave(self, request: Request, tenant: str) -> None:
        self._meters[request.app, tenant].in_flight -= 1

    def in_flight(self, request: Request, tenant: str) -> int:
        return self._meter(request.app, tenant).in_flight

    def headers(self, request: Request, tenant: str | None) -> dict[str, str]:
        """What is left of each window; identity calls have no tenant and use only the app's minute."""
        if not self.enforced:
            day = minute = app = UNLIMITED
        else:
            meter = self._meter(request.app, tenant or "")
            day, minute, app = meter.day.left, meter.minute.left, self._app(request.app).left
        return {
            "X-DayLimit-Remaining": str(day),
            "X-MinLimit-Remaining": str(minute),
            "X-AppMinLimit-Remaining": str(app),
        }

    def _refusal(self, request: Request, meter: Meter, app: Window) -> Answer | None:
        """Only the windows tell when to come back; one call too many at once says nothing of the kind."""
        now = self._clock.now()
        if meter.in_flight >= AT_ONCE:
            return too_many(request, "concurrent")
        for name, window in (("day", meter.day), ("minute", meter.minute), ("appminute", app)):
            if window.full:
                return too_many(request, name, window.wait(now))
        return None

    def _meter(self, app: str, tenant: str) -> Meter:
        meter = self._meters.get((app, tenant))
        if meter is None:
            meter = self._meters[app, tenant] = Meter(Window(DAY, self.day_limit))
        now = self._clock.now()
        meter.day.turn(now)
        meter.minute.turn(now)
        return meter

    def _app(self, app: str) -> Window:
        window = self._apps.get(app)
        if window is None:
            window = self._apps[app] = Window(MINUTE, PER_MINUTE_AND_APP)
        window.turn(self._clock.now())
        return window


def too_many(request: Request, which: str, retry_after: int | None = None) -> Answer:
    """429, naming the limit. The words for the concurrent and the app's limit are our guess: nobody published them."""
    headers = {"X-Rate-Limit-Problem": which}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return problem(429, "Too Many Requests", f"The limit named {which} is used up", request, headers)
