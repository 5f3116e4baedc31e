"""The audit: one line for everything that happens to a task. Nothing here is ever changed or taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from xerosql.queue.model import Status
from xerosql.queue.tables import EVENTS


class Happened(StrEnum):
    """What can happen to a task."""

    ADDED = "added"
    SENT = "sent"
    COMPLETED = "completed"
    FAILED = "failed"
    TROUBLE = "trouble"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    LOST = "lost"  # its worker was not heard of any more
    REPLAYED = "replayed"
    ADOPTED = "adopted"
    ABSENT = "absent"
    LATE = "late"
    CONFLICT = "conflict"
    SKIPPED = "skipped"
    REOPENED = "reopened"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    RESOLVED = "resolved"
    EDITED = "edited"
    RESCHEDULED = "rescheduled"
    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit. `before` and `after` are what the task was at, and is then."""

    task: int
    tenant: str
    what: Happened
    before: Status | None
    after: Status | None
    http_status: int | None = None
    correlation_id: str | None = None
    key: str | None = None
    body_hash: str | None = None
    code: str | None = None
    message: str | None = None


_ADD = EVENTS.insert().inline()


def note(connection: Connection, events: Sequence[Event], now: datetime, who: str) -> None:
    """Write the events down. `who` is a person, a program or a worker."""
    if events:
        connection.execute(_ADD, [values(event, now, who) for event in events])


def values(event: Event, now: datetime, who: str) -> dict[str, object]:
    return {
        "task_id": event.task,
        "tenant_id": event.tenant,
        "at": now,
        "event": event.what.value,
        "from_status": event.before,
        "to_status": event.after,
        "who": who,
        "http_status": event.http_status,
        "correlation_id": event.correlation_id,
        "idempotency_key": event.key,
        "body_hash": event.body_hash,
        "code": event.code,
        "message": event.message,
    }
