"""The machines of a schedule: each with a clock that is set now and then, one that does not jump, and a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Condition, Event

from tests.chaos.queue.timeline import Timeline

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Machine:
    """A machine, and its clock as clients and queues ask for it. `off` is how wrong its wall clock is, in seconds."""

    timeline: Timeline
    number: int
    booted: float = -1000.0
    starts: int = 1
    off: float = 0.0

    @property
    def name(self) -> str:
        """Another one after each start."""
        return f"machine-{self.number}-{self.starts}"

    def restart(self) -> None:
        self.booted = self.timeline.now - 5.0
        self.starts += 1

    def monotonic(self) -> float:
        return self.timeline.now - self.booted

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.timeline.now + self.off)

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        self.timeline.pause(seconds)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        """Never to a notification: whoever waits looks again a little later."""
        condition.release()
        try:
            self.timeline.pause(max(2.0, seconds or 0.0))
        finally:
            condition.acquire()


class XeroClock:
    """True time, as the simulator asks for it."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    def now(self) -> float:
        return EPOCH.timestamp() + self.timeline.now

    def sleep(self, seconds: float) -> None:
        self.timeline.pause(seconds)
