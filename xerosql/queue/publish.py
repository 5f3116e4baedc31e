"""Tasks into the queue: all of a transaction at once, each with the tasks that must come before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.catalog.model import Table
from xerosql.errors import DataError, IntegrityError
from xerosql.plan.known import is_provisional
from xerosql.queue.database import in_batches
from xerosql.queue.events import Event, Happened, note
from xerosql.queue.model import (
    INSERT,
    NewTask,
    Status,
    TaskTypes,
    own_part,
    provisional,
    task_of,
)
from xerosql.queue.parameters import encoded_parameters, read_parameters
from xerosql.queue.tables import DEPENDENCIES, EVENTS, NUMBERS, SUBJECTS, TASK_TYPES, TASKS, TENANTS
from xerosql.queue.waits import Waits, open_tasks, references, subject_rows


@dataclass(frozen=True, slots=True)
class Parent:
    """The task that creates a row which others name: what it is at, the id that it was given, and for whom it is."""

    type: str
    status: Status
    result_id: str | None = None
    customer: str | None = None


def reserve(connection: Connection, count: int) -> int:
    """The first of `count` ids that no other task will have."""
    mine = NUMBERS.c.name == "next_id"
    connection.execute(NUMBERS.update().where(mine).values(value=NUMBERS.c.value + count))
    beyond: int = connection.execute(sa.select(NUMBERS.c.value).where(mine)).scalar_one()
    return beyond - count


def publish(connection: Connection, types: TaskTypes, tasks: Sequence[NewTask], now: datetime, who: str) -> None:
    """Add the tasks in their order. Nothing is added twice: the commit of the same tasks may have worked unheard.

    Raises IntegrityError for a task that names a row which is never created: its task is unknown, Failed, Cancelled or
    Skipped. DataError where the row is of another table.
    """
    added = added_before(connection, [task.id for task in tasks])
    tasks = [task for task in tasks if task.id not in added]
    if not tasks:
        return
    tasks = resolved(connection, types, tasks)
    delays, more = settings_of(connection, types)
    waits = Waits(more, open_tasks(connection, types, tasks))
    rows, needs = [], []
    for task in tasks:
        found = waits.add(task)
        needs += found
        delay = delays[task.type.name]
        rows.append(row_of(task, now, now + timedelta(minutes=delay) if delay else None, len(found)))
    remember_tenants(connection, {task.tenant for task in tasks})
    connection.execute(TASKS.insert(), rows)
    connection.execute(SUBJECTS.insert(), [row for task in tasks for row in subject_rows(task)])
    if needs:
        connection.execute(DEPENDENCIES.insert(), needs)
    events = [Event(task.id, task.tenant, Happened.ADDED, None, Status.PENDING) for task in tasks]
    note(connection, events, now, who)


def added_before(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Those of the tasks that were added already, by a commit that seemed to fail. They may be gone again by now."""
    found: set[int] = set()
    for some in in_batches(ids):
        query = sa.select(EVENTS.c.task_id).where(EVENTS.c.task_id.in_(some), EVENTS.c.event == Happened.ADDED.value)
        found |= set(connection.execute(query).scalars())
    return found


def row_of(task: NewTask, now: datetime, not_before: datetime | None, needs: int) -> dict[str, object]:
    return {
        "id": task.id,
        "type": task.type.name,
        "tenant_id": task.tenant,
        "status": Status.PENDING,
        "parameters": encoded_parameters(task.parameters),
        "own_id": task.own_id,
        "customer": task.customer,
        "added_at": now,
        "updated_at": now,
        "not_before": not_before,
        "open_dependencies": needs,
    }


def remember_tenants(connection: Connection, tenants: Iterable[str]) -> None:
    """A row for each organisation that has none."""
    wanted = set(tenants)
    known = set(connection.execute(sa.select(TENANTS.c.tenant_id).where(TENANTS.c.tenant_id.in_(wanted))).scalars())
    if wanted - known:
        connection.execute(TENANTS.insert(), [{"tenant_id": each} for each in sorted(wanted - known)])


def name_tenants(connection: Connection, names: Mapping[str, str]) -> None:
    """What organisations are called, where that is known."""
    remember_tenants(connection, names)
    for tenant, name in names.items():
        if name:
            connection.execute(TENANTS.update().where(TENANTS.c.tenant_id == tenant).values(name=name))


def settings_of(connection: Connection, types: TaskTypes) -> tuple[dict[str, int], dict[str, frozenset[str]]]:
    """The delay of each type in minutes, and the types that come before it besides those that it is born with."""
    remember_types(connection, types)
    found = connection.execute(sa.select(TASK_TYPES.c.type, TASK_TYPES.c.delay_minutes, TASK_TYPES.c.more_dependencies))
    rows = found.all()
    return {row[0]: row[1] for row in rows}, {row[0]: frozenset(row[2].split()) for row in rows}


def remember_types(connection: Connection, types: TaskTypes) -> None:
    """A row for each type that has none."""
    known = set(connection.execute(sa.select(TASK_TYPES.c.type)).scalars())
    missing = [
        {"type": name, "display_name": each.display_name, "description": each.description}
        for name, each in types.items()
        if name not in known
    ]
    if missing:
        connection.execute(TASK_TYPES.insert(), missing)


# -- Rows that are yet to be created -----------------------------------------------------------------------------------


def resolved(connection: Connection, types: TaskTypes, tasks: Sequence[NewTask]) -> list[NewTask]:
    """The tasks with real ids for those rows that have been created by now."""
    named = {task_of(value) for task in tasks for value in references(task)}
    parents = {
        task.id: Parent(task.type.name, Status.PENDING, None, task.customer)
        for task in tasks
        if task.type.operation == INSERT
    }
    parents |= parents_of(connection, named - parents.keys())
    return [with_ids(task, parents, types) for task in tasks]


def parents_of(connection: Connection, ids: Iterable[int]) -> dict[int, Parent]:
    found: dict[int, Parent] = {}
    for some in in_batches(sorted(ids)):
        columns = (TASKS.c.id, TASKS.c.type, TASKS.c.status, TASKS.c.result_id, TASKS.c.customer)
        query = sa.select(*columns).where(TASKS.c.id.in_(some))
        found |= {row[0]: Parent(row[1], Status(row[2]), row[3], row[4]) for row in connection.execute(query)}
    return found


def with_ids(task: NewTask, parents: Mapping[int, Parent], types: TaskTypes) -> NewTask:
    to_come = task.type.to_come(task.parameters)
    real = {column: real_id(column, value, parents, types) for column, value in to_come.items()}
    own = task.own_id
    if is_provisional(own) and task.type.operation != INSERT:
        own = real_id(task.type.own_id, own, parents, types)
    customers = (parents[task_of(value)].customer for value in references(task))
    return replace(
        task, parameters={**task.parameters, **real}, own_id=own, customer=task.customer or next(customers, None)
    )


def real_id(column: str, value: str, parents: Mapping[int, Parent], types: TaskTypes) -> str:
    """The id that a provisional one stands for by now, or the same if the row is still to be created."""
    parent = parents.get(task_of(value))
    if parent is None:
        raise IntegrityError(f"there is no task {value} in this queue ({column})", sqlstate="23503")
    kind = types[parent.type]
    if kind.operation != INSERT or kind.own_id != column:
        raise DataError(f"{value} is no {column}: that task {kind.write.about}", sqlstate="22P02")
    if parent.status in (Status.FAILED, Status.CANCELLED, Status.SKIPPED):
        raise IntegrityError(
            f"task {task_of(value)}, which is to create the row of {column}, is {parent.status}; retry it first",
            sqlstate="23503",
        )
    return own_part(parent.result_id) if parent.status == Status.COMPLETED and parent.result_id else value


# -- Rows that have not been created yet -------------------------------------------------------------------------------


def tasks_about(connection: Connection, types: TaskTypes, table: Table, tasks: Collection[int]) -> Iterator[NewTask]:
    """The tasks on rows of a table that these tasks create, or whose parents they create, in their order."""
    names = [name for name, kind in types.items() if kind.table is table]
    ids = [provisional(number) for number in tasks]
    columns = [table.own_id, *([table.parent.column] if table.parent else [])]
    subjects = [f"{column}={each}" for column in columns for each in ids]
    there = sa.select(SUBJECTS.c.task_id).where(SUBJECTS.c.subject.in_(subjects))
    query = (
        sa.select(TASKS.c.id, TASKS.c.type, TASKS.c.tenant_id, TASKS.c.parameters, TASKS.c.own_id, TASKS.c.customer)
        .where(TASKS.c.type.in_(names), sa.or_(TASKS.c.id.in_(list(tasks)), TASKS.c.id.in_(there)))
        .where(TASKS.c.status.not_in((Status.CANCELLED, Status.SKIPPED)))
        .order_by(TASKS.c.id)
    )
    for row in connection.execute(query):
        kind = types[row.type]
        own = provisional(row.id) if kind.operation == INSERT else row.own_id
        values = read_parameters(kind, row.parameters, f"task {row.id}")
        yield NewTask(row.id, kind, row.tenant_id, values, own, row.customer)
