"""Time, as a thing that can be handed in: the simulator asks nobody else what time it is, and waits nowhere else."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

TICKS_PER_SECOND = 10_000_000  # .NET counts 100-nanosecond ticks, hence Xero's seven fractional digits


class Clock(Protocol):
    """What tells the time (seconds since 1970, UTC) and what waits."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class ManualClock:
    """A clock that stands still until somebody sleeps on it; sleeping returns at once. Starts at 2026-11-01 UTC."""

    def __init__(self, start: float = 1_793_491_200.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += max(0.0, seconds)

    advance = sleep


def moment(seconds: float) -> str:
    """A UTC time as Xero writes whole seconds: `2026-08-11T22:37:42Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fine_moment(seconds: float) -> str:
    """A UTC time as Xero stamps its own records, with seven fractional digits: `2026-08-11T22:37:42.7476524Z`."""
    whole = int(seconds)
    ticks = min(int((seconds - whole) * TICKS_PER_SECOND), TICKS_PER_SECOND - 1)
    return f"{moment(whole)[:-1]}.{ticks:07d}Z"


def read_moment(text: str) -> str:
    """Any ISO 8601 time as UTC in whole seconds; no zone means UTC. Raises ValueError for anything else."""
    value = datetime.fromisoformat(text)
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return f"{value.year:04d}{value.strftime('-%m-%dT%H:%M:%SZ')}"
