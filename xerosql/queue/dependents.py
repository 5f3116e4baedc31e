"""What the end of a task means for those that wait for it, and for those that follow from them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.queue.database import in_batches
from xerosql.queue.events import Event, Happened, note
from xerosql.queue.model import FINISHED, ORDER, READY, REFERENCE, Code, Status
from xerosql.queue.tables import DEPENDENCIES, TASKS

needs = DEPENDENCIES.c.needs_id
_WAITING = sa.select(DEPENDENCIES.c.task_id).where(
    needs == sa.bindparam("task"),
    DEPENDENCIES.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    ~DEPENDENCIES.c.satisfied,
)


def settle(connection: Connection, task: int, status: Status, now: datetime, who: str) -> None:
    """A task has ended: what only comes after it may go, and what needs its row is skipped unless the row is there."""
    if status not in FINISHED:
        return
    satisfy(connection, task, [REFERENCE, ORDER] if status == Status.COMPLETED else [ORDER])
    if status != Status.COMPLETED:
        for child, tenant, before in needing_row(connection, task, READY):
            skip(connection, child, tenant, before, f"task {task}, whose row it needs, is {status}", now, who)


def satisfy(connection: Connection, task: int, kinds: list[str]) -> None:
    """One thing less to wait for, for each task that waited for this one."""
    children = list(connection.execute(_WAITING, {"task": task, "kinds": kinds}).scalars())
    if children:
        waiting = (needs == task) & DEPENDENCIES.c.kind.in_(kinds) & ~DEPENDENCIES.c.satisfied
        connection.execute(DEPENDENCIES.update().where(waiting).values(satisfied=True))
    for some in in_batches(children):
        fewer = TASKS.update().where(TASKS.c.id.in_(some)).values(open_dependencies=TASKS.c.open_dependencies - 1)
        connection.execute(fewer)


def needing_row(connection: Connection, task: int, statuses: tuple[Status, ...]) -> list[tuple[int, str, Status]]:
    """The tasks of these statuses that name the row which a task creates: id, organisation, status."""
    query = (
        sa.select(TASKS.c.id, TASKS.c.tenant_id, TASKS.c.status)
        .join_from(DEPENDENCIES, TASKS, DEPENDENCIES.c.task_id == TASKS.c.id)
        .where(needs == task, DEPENDENCIES.c.kind == REFERENCE, TASKS.c.status.in_(statuses))
        .order_by(TASKS.c.id)
    )
    return [(row[0], row[1], Status(row[2])) for row in connection.execute(query)]


def skip(connection: Connection, task: int, tenant: str, before: Status, because: str, now: datetime, who: str) -> None:
    changed = {
        "status": Status.SKIPPED,
        "error_code": Code.DEPENDENCY,
        "error_message": because,
        "completed_at": now,
        "updated_at": now,
    }
    mine = (TASKS.c.id == task) & (TASKS.c.status == before)
    if not connection.execute(TASKS.update().where(mine).values(changed)).rowcount:
        return  # it needs another row too, which was given up with this one
    event = Event(task, tenant, Happened.SKIPPED, before, Status.SKIPPED, code=Code.DEPENDENCY, message=because)
    note(connection, [event], now, who)
    settle(connection, task, Status.SKIPPED, now, who)


def reopen(connection: Connection, task: int, now: datetime, who: str) -> None:
    """A task that had been given up is tried again, and with it what was skipped only because of that.

    What needs yet another row that is given up stays as it is, until that one is tried again too.
    """
    for child, tenant, before in needing_row(connection, task, (Status.SKIPPED,)):
        changed = {"status": Status.PENDING, "error_code": None, "error_message": None, "completed_at": None}
        mine = (TASKS.c.id == child) & (TASKS.c.error_code == Code.DEPENDENCY) & ~needs_what_is_given_up(child)
        if connection.execute(TASKS.update().where(mine).values(changed | {"updated_at": now})).rowcount:
            note(connection, [Event(child, tenant, Happened.REOPENED, before, Status.PENDING)], now, who)
            reopen(connection, child, now, who)


def needs_what_is_given_up(task: int) -> sa.ColumnElement[bool]:
    """Whether a task names a row that is not there and that no task is going to create."""
    parents = TASKS.alias()
    return (
        sa.select(parents.c.id)
        .join_from(DEPENDENCIES, parents, needs == parents.c.id)
        .where(DEPENDENCIES.c.task_id == task, DEPENDENCIES.c.kind == REFERENCE, ~DEPENDENCIES.c.satisfied)
        .where(parents.c.status.in_((Status.CANCELLED, Status.SKIPPED)))
        .exists()
    )
