"""How old something is, for processes that come and go, on machines whose clocks are put right now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xerosql.api.clock import Clock

#: Seconds that a clock may be put back without anybody taking notice; time servers do that all the time.
JITTER = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on the wall clock (seconds since 1970) and on the machine's own (since it was started, never put back)."""

    wall: float
    monotonic: float

    @classmethod
    def now(cls, clock: Clock) -> Moment:
        return cls(clock.now().timestamp(), clock.monotonic())

    def most_since(self, then: Moment) -> float | None:
        """Seconds since `then`, rather too many than too few; None if the wall clock denies that it has been."""
        wall, own = self.wall - then.wall, self.monotonic - then.monotonic
        return None if wall < -JITTER else max(wall, own, 0.0)

    def least_since(self, then: Moment) -> float:
        """Seconds since `then`, rather too few than too many."""
        wall, own = self.wall - then.wall, self.monotonic - then.monotonic
        return max(0.0, wall if own < 0 else min(wall, own))  # below zero the machine has been started anew
