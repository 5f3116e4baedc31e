"""Time, as this layer asks for it, so that tests can bring their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Condition, Event
from typing import Protocol


class Clock(Protocol):
    """The only place where this layer learns the time or lets it pass."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never set back."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        """Let `seconds` pass, fewer if `cancelled` is set meanwhile."""

    def wait(self, condition: Condition, seconds: float | None) -> None:
        """Wait on a held condition for a notification, at most `seconds` (None: until one comes)."""


class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        if cancelled is None:
            time.sleep(seconds)
        else:
            cancelled.wait(seconds)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        condition.wait(seconds)
