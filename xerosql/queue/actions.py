"""What a person can do with a task: each verb with what the task must be at, for those who act and those who look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.queue.model import FINISHED, INSERT, REFERENCE, Status, TaskType
from xerosql.queue.tables import DEPENDENCIES, TASKS


class Action(StrEnum):
    """A verb, as the column Actions has it."""

    RETRY = "retry"
    ABSENT = "absent"  # retry it, for Xero has no such row
    CANCEL = "cancel"
    SKIP = "skip"
    RESOLVE = "resolve"  # it did happen
    EDIT = "edit"


RETRIED = (Status.ERROR, Status.FAILED, Status.CANCELLED, Status.SKIPPED)
CANCELLED = (Status.PENDING, Status.ERROR, Status.FAILED, Status.UNCERTAIN)
GIVEN_UP = (Status.PENDING, Status.ERROR, Status.FAILED)
TOLD = (Status.UNCERTAIN, Status.FAILED)


def actions_on(row: Any, kind: TaskType, *, orphan: bool) -> Iterator[Action]:
    """The verbs that a row of the table of tasks takes; an `orphan` names the row of a task that is given up."""
    status = Status(row.status)
    if status in (*RETRIED, Status.UNCERTAIN) and not row.result_id and not orphan:
        yield Action.ABSENT if may_have_been_created(row, kind) else Action.RETRY
    if status in (*CANCELLED, Status.RUNNING):
        yield Action.CANCEL
    if status in GIVEN_UP:
        yield Action.SKIP
    if status in TOLD:
        yield Action.RESOLVE
    if takes_parameters(row):
        yield Action.EDIT


def may_have_been_created(row: Any, kind: TaskType) -> bool:
    """Whether sending it again might create its row a second time."""
    return kind.operation == INSERT and (row.status == Status.UNCERTAIN or row.first_sent_at is not None)


def takes_parameters(row: Any) -> bool:
    """Whether nothing of what it says can have been applied."""
    return row.status == Status.FAILED or (row.status == Status.PENDING and row.first_sent_at is None)


def given_up_parents(connection: Connection, tasks: Sequence[int] | None) -> set[int]:
    """Those of the tasks, or of all, that name the row of a task which will not create it as it stands."""
    query = (
        sa.select(DEPENDENCIES.c.task_id)
        .outerjoin_from(DEPENDENCIES, TASKS, DEPENDENCIES.c.needs_id == TASKS.c.id)
        .where(
            DEPENDENCIES.c.kind == REFERENCE,
            ~DEPENDENCIES.c.satisfied,
            sa.or_(TASKS.c.status.is_(None), TASKS.c.status.in_(FINISHED)),
        )
    )
    if tasks is not None:
        query = query.where(DEPENDENCIES.c.task_id.in_(tasks))
    return set(connection.execute(query).scalars())
