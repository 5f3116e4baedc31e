"""Deciding whether a call may go out now, for one organisation. No clock, no lock, no waiting: `gate` has those.

Xero counts 60 calls a minute and 5 at a time per organisation and app, in fixed windows whose beginning it does not
tell. Any sixty seconds of ours hold at most 60 calls, so every window of Xero's does too, wherever it begins. A call
counts from before it is sent until sixty seconds after its answer, because Xero saw it somewhere in between.
Source: https://developer.xero.com/documentation/guides/oauth2/limits/
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from xerosql.api.refusal import WINDOW, Quota, Refusal
from xerosql.api.request import Headers

_SHORTEST_HOLD = 0.5  # seconds for which everybody keeps still after a refusal


@dataclass(frozen=True, slots=True)
class LimitsSnapshot:
    """What is left, as far as this process knows. None where Xero has not said yet; `reset_at` is the day's.

    `minute_free_in` is the time in seconds until the minute has its next free place, 0 if it has one now; None if all
    that fills it is still under way. `day_limit` is the larger of what the settings say and what Xero has shown.
    """

    tenant: str
    minute_remaining: int
    day_remaining: int | None
    app_remaining: int | None
    in_flight: int
    reset_at: datetime | None
    minute_limit: int
    day_limit: int
    minute_free_in: float | None


class TenantLimits:
    """The quotas of one organisation. All times are monotonic seconds, given by the caller."""

    def __init__(self, calls_per_minute: int = 60, max_in_flight: int = 5) -> None:
        self._per_minute = calls_per_minute
        self._max_in_flight = max_in_flight
        self._started: list[float] = []  # calls in flight, by the time they were let through, in order
        self._ended: list[float] = []  # when each call of the last window ended, in order
        self._others = 0  # calls that other programs must have made, as of _others_at
        self._others_at = -math.inf
        self._not_before = -math.inf
        self._day_ends: float | None = None
        self._day_end_is_known = False
        self._day_remaining: int | None = None
        self._day_limit = 0
        self._app_remaining: int | None = None

    def tighten(self, calls_per_minute: int, max_in_flight: int) -> None:
        """Several connections share these quotas; the most modest one sets the pace."""
        self._per_minute = min(self._per_minute, calls_per_minute)
        self._max_in_flight = min(self._max_in_flight, max_in_flight)

    def allow_a_day(self, calls: int) -> None:
        """Somebody knows of so many calls a day. Xero does not tell how many there are, so the most that is known."""
        self._day_limit = max(self._day_limit, calls)

    # -- Asking ------------------------------------------------------------------------------------------------------

    def day_over(self, now: float) -> float | None:
        """Seconds during which the day's quota stays used up; None if a call may be tried.

        When Xero has said that nothing is left but not until when, one call at a time may be tried: it is refused
        without cost, and the refusal brings the time.
        """
        return None if self._day_ends is None or now >= self._day_ends else self._day_ends - now

    def wait(self, now: float, before: int = 0) -> float:
        """Seconds until a call may be tried: 0 for now, infinity for "once one in flight has ended".

        `before` are so many others that are to go first.
        """
        places = 1 if self._day_remaining == 0 else self._max_in_flight
        if len(self._started) + before >= places:
            return math.inf
        return self._until_the_minute_takes(before + 1, now)

    def snapshot(self, tenant: str, now: float, wall_clock: datetime) -> LimitsSnapshot:
        """What is left at this moment."""
        seconds, free_in = self.day_over(now) if self._day_end_is_known else None, self._until_the_minute_takes(1, now)
        return LimitsSnapshot(
            tenant=tenant,
            minute_remaining=max(0, self._per_minute - self._used(now)),
            day_remaining=self._day_remaining,
            app_remaining=self._app_remaining,
            in_flight=len(self._started),
            reset_at=None if seconds is None else wall_clock + timedelta(seconds=seconds),
            minute_limit=self._per_minute,
            day_limit=self._day_limit,
            minute_free_in=None if free_in == math.inf else free_in,
        )

    def _until_the_minute_takes(self, calls: int, now: float) -> float:
        """Seconds until the minute has room for so many; infinity if that depends on one in flight."""
        excess = self._used(now) + calls - 1 - self._per_minute
        full = 0.0 if excess < 0 else self._leaving(excess, now) + WINDOW - now
        return max(0.0, self._not_before - now, full)

    def _leaving(self, place: int, now: float) -> float:
        """The moment of the call that is `place`th to leave the minute; the others' leave together."""
        recent = self._ended[bisect_right(self._ended, now - WINDOW) :]
        theirs = self._others_still(now)
        before = bisect_right(recent, self._others_at)
        if before <= place < before + theirs:
            return self._others_at
        own = place if place < before else place - theirs
        return recent[own] if own < len(recent) else math.inf

    def _used(self, now: float) -> int:
        return self._own(now - WINDOW) + self._others_still(now)

    def _own(self, since: float) -> int:
        return len(self._started) + len(self._ended) - bisect_right(self._ended, since)

    def _others_still(self, now: float) -> int:
        return self._others if now < self._others_at + WINDOW else 0

    # -- Telling -----------------------------------------------------------------------------------------------------

    def start(self, now: float) -> float:
        """Let a call through. The time returned is its name until it ends."""
        self._started.append(now)
        return now

    def cancel(self, started: float) -> None:
        """The call never left this machine, so Xero cannot have counted it."""
        self._started.remove(started)

    def end(self, started: float, now: float) -> None:
        """The call has its answer, or will never have one."""
        self._started.remove(started)
        self._ended.append(now)
        del self._ended[: bisect_right(self._ended, min([*self._started[:1], started]) - WINDOW)]

    def learn(self, headers: Headers, started: float, now: float) -> None:
        """Take over what the answer to the call that `started` then says about the quotas."""
        self._day_remaining = _count(headers, "X-DayLimit-Remaining", self._day_remaining)
        self.allow_a_day((self._day_remaining or 0) + 1)  # this call was one of them
        self._app_remaining = _count(headers, "X-AppMinLimit-Remaining", self._app_remaining)
        if self._app_remaining == 0:
            self._hold(now + WINDOW)
        remaining = _count(headers, "X-MinLimit-Remaining", None)
        if remaining is not None:
            self._learn_of_others(remaining, started, now)

    def refused(self, refusal: Refusal, now: float) -> None:
        """Nobody else needs to try while Xero refuses."""
        if refusal.quota is Quota.DAY:
            self._day_remaining = 0
            self._day_end_is_known = refusal.seconds is not None
            self._day_ends = now + (WINDOW if refusal.seconds is None else refusal.seconds)
        elif refusal.quota is Quota.MINUTE:
            self._hold(now + max(_SHORTEST_HOLD, WINDOW if refusal.seconds is None else refusal.seconds))
        else:
            self._hold(now + max(_SHORTEST_HOLD, refusal.seconds or 0.0))

    def _hold(self, until: float) -> None:
        self._not_before = max(self._not_before, until)

    def _learn_of_others(self, remaining: int, started: float, now: float) -> None:
        """Other programs use the same minute: what we cannot have used ourselves was them.

        Their calls are forgotten after a minute, or sooner, when the answer to a later call shows a fresh window.
        """
        theirs = self._per_minute - remaining - self._own(started - WINDOW)
        if theirs > self._others_still(now):
            self._others, self._others_at = theirs, now
        elif started > self._others_at:
            self._others = min(self._others, max(0, self._per_minute - remaining - 1))


def _count(headers: Headers, name: str, otherwise: int | None) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else otherwise
