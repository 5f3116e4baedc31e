"""Time that runs fast and alike for all threads and processes, so that minutes can be waited for."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Condition, Event

FOUNDED = 1_793_491_200.0  # 2026-11-01 UTC, less the machine's own uptime


class FastClock:
    """The machine's clock, `speed` times as fast. Serves clients and simulators."""

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        (cancelled or Event()).wait(max(0.0, seconds) / self.speed)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        condition.wait(None if seconds is None else seconds / self.speed)


class ClientClock(FastClock):
    """As `xerosql.api.clock.Clock` has it."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(FOUNDED + self.monotonic(), UTC)


class SimulatorClock(FastClock):
    """As `xerosql.simulator.Clock` has it."""

    def now(self) -> float:
        return FOUNDED + self.monotonic()
