"""What the queue is at just now, in the few numbers and words that a line or a screen has room for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from xerosql import Connection, OperationalError, ProgrammingError

#: Statuses of tasks that are still to be sent.
LEFT = ("Pending", "Running", "Error")
FOR_EVER = 9999

COUNTS = "SELECT XeroTaskStatus, sum(Tasks) FROM queue.XeroTaskCounts GROUP BY XeroTaskStatus"
PAUSES = (
    "SELECT coalesce(Name, DealerCode, TenantId), Reason, PausedUntil FROM queue.XeroTenants "
    "WHERE PausedUntil > ? ORDER BY 1"
)


@dataclass(frozen=True)
class State:
    """`left` counts what is still to be sent, None if that may not be seen. Each of `pauses` is a phrase."""

    counts: Counter[str] = field(default_factory=Counter)
    left: int | None = None
    pauses: tuple[str, ...] = ()


def state_of(connection: Connection) -> State:
    """The state now. A connection without the right to see the tasks, or a queue out of reach, has none."""
    try:
        counts = Counter({str(status): int(tasks) for status, tasks in connection.execute(COUNTS)})
        now = datetime.now(UTC).replace(tzinfo=None)
        pauses = tuple(pause(*row) for row in connection.execute(PAUSES, [now]))
    except (ProgrammingError, OperationalError):
        return State()
    return State(counts, sum(counts[status] for status in LEFT), pauses)


def pause(name: object, reason: object, until: Any) -> str:
    """ "paused: Elm Yard until 14:05 UTC (rate limit)"."""
    return f"paused: {name}{ending(until)} ({reason})"


def ending(until: datetime) -> str:
    """When a pause ends, as short as it can be said."""
    if until.year >= FOR_EVER:
        return " until it is resumed"
    today = until.date() == datetime.now(UTC).date()
    return f" until {until:%H:%M:%S} UTC" if today else f" until {until:%Y-%m-%d %H:%M} UTC"
