"""Tasks that create rows which look the same: whose row is whose is not to be told, only that each has one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.queue.claims import task_from
from xerosql.queue.model import Replay, Status, Task, TaskType
from xerosql.queue.recover import may_be_mistaken
from xerosql.queue.tables import TASK_TYPES, TASKS

_TAKEN = sa.select(TASKS.c.result_id).where(
    TASKS.c.tenant_id == sa.bindparam("tenant"),
    TASKS.c.id != sa.bindparam("number"),
    TASKS.c.result_id.in_(sa.bindparam("rows", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Twin:
    """Another task whose request was sent and not answered, and whose row would look like the task's own."""

    id: int
    claim: int
    status: Status
    sent_at: datetime
    sent_clock: str | None
    look_alikes: tuple[str, ...] | None


def twins(connection: Connection, task: Task, kind: TaskType) -> list[Twin]:
    """The twins of a creation. One that somebody has cancelled may have created its row all the same."""
    if task.request is None or kind.replay is not Replay.BLIND:
        return []
    query = (
        sa.select(TASKS, TASK_TYPES.c.max_attempts)
        .join_from(TASKS, TASK_TYPES, TASKS.c.type == TASK_TYPES.c.type)
        .where(
            TASKS.c.tenant_id == task.tenant,
            TASKS.c.id != task.id,
            TASKS.c.status.in_((Status.RUNNING, Status.UNCERTAIN, Status.CANCELLED)),
            TASKS.c.path == task.request.path,
            TASKS.c.sent_at.is_not(None),
            TASKS.c.result_id.is_(None),
        )
    )
    others = [task_from(row) for row in connection.execute(query)]
    return [
        Twin(each.id, each.claim, each.status, each.sent_at, each.sent_clock, each.look_alikes)
        for each in others
        if each.sent_at and each.request and may_be_mistaken(kind, task.request, each.request)
    ]


def taken(connection: Connection, task: Task, rows: Collection[str]) -> set[str]:
    """Those of the rows that other tasks of the organisation have created."""
    wanted = {"tenant": task.tenant, "number": task.id, "rows": list(rows)}
    return set(connection.execute(_TAKEN, wanted).scalars())
