"""Tasks into the queue: all of a transaction at once, each with the tasks that must come before it."""

from __future__ import annotations

from collections import defaultdict
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
    OPEN,
    ORDER,
    REFERENCE,
    NewTask,
    Status,
    TaskType,
    TaskTypes,
    own_part,
    provisional,
    task_of,
)
from xerosql.queue.parameters import encoded_parameters, read_parameters
from xerosql.queue.tables import DEPENDENCIES, NUMBERS, SUBJECTS, TASK_TYPES, TASKS, TENANTS


@dataclass(frozen=True, slots=True)
class Parent:
    """The task that creates a row which others name: what it is at, the id that it was given, and for whom it is."""

    type: str
    status: Status
    result_id: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An open task that was added before: its type, and the row that it writes as a subject."""

    id: int
    type: str
    own: str


def reserve(connection: Connection, count: int) -> int:
    """The first of `count` ids that no other task will have."""
    mine = NUMBERS.c.name == "next_id"
    connection.execute(NUMBERS.update().where(mine).values(value=NUMBERS.c.value + count))
    beyond: int = connection.execute(sa.select(NUMBERS.c.value).where(mine)).scalar_one()
    return beyond - count


def publish(connection: Connection, types: TaskTypes, tasks: Sequence[NewTask], now: datetime, who: str) -> None:
    """Add the tasks in their order.

    Raises IntegrityError for a task that names a row which is never created: its task is unknown, Failed, Cancelled or
    Skipped. DataError where the row is of another table.
    """
    tasks = resolved(connection, types, tasks)
    delays, more = settings_of(connection, types)
    waits = Waits(types, more, open_tasks(connection, tasks))
    rows, needs = [], []
    for task in tasks:
        found = waits.add(task)
        needs += found
        delay = delays[task.type.name]
        rows.append(row_of(task, now, now + timedelta(minutes=delay) if delay else None, len(found)))
    remember_tenants(connection, {task.tenant for task in tasks})
    connection.execute(TASKS.insert(), rows)
    subjects = [
        {"task_id": task.id, "subject": subject, "tenant_id": task.tenant}
        for task in tasks
        for subject in subjects_of(task)
    ]
    connection.execute(SUBJECTS.insert(), subjects)
    if needs:
        connection.execute(DEPENDENCIES.insert(), needs)
    events = [Event(task.id, task.tenant, Happened.ADDED, None, Status.PENDING) for task in tasks]
    note(connection, events, now, who)


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
    named = {task_of(str(value)) for task in tasks for value in references(task)}
    parents = {
        task.id: Parent(task.type.name, Status.PENDING, None, task.customer)
        for task in tasks
        if task.type.operation == INSERT
    }
    parents |= parents_of(connection, named - parents.keys())
    return [with_ids(task, parents, types) for task in tasks]


def references(task: NewTask) -> list[object]:
    """The provisional ids that a task names, besides that of the row which it creates."""
    found = [value for value in task.parameters.values() if is_provisional(value)]
    return [*found, *([task.own_id] if is_provisional(task.own_id) and task.type.operation != INSERT else [])]


def parents_of(connection: Connection, ids: Iterable[int]) -> dict[int, Parent]:
    found: dict[int, Parent] = {}
    for some in in_batches(sorted(ids)):
        columns = (TASKS.c.id, TASKS.c.type, TASKS.c.status, TASKS.c.result_id, TASKS.c.customer)
        query = sa.select(*columns).where(TASKS.c.id.in_(some))
        found |= {row[0]: Parent(row[1], Status(row[2]), row[3], row[4]) for row in connection.execute(query)}
    return found


def with_ids(task: NewTask, parents: Mapping[int, Parent], types: TaskTypes) -> NewTask:
    def real(column: str, value: object) -> object:
        return real_id(column, value, parents, types) if is_provisional(value) else value

    parameters = {column: real(column, value) for column, value in task.parameters.items()}
    own = task.own_id if task.type.operation == INSERT else str(real(task.type.own_id, task.own_id))
    customers = (parents[task_of(str(value))].customer for value in references(task))
    return replace(task, parameters=parameters, own_id=own, customer=task.customer or next(customers, None))


def real_id(column: str, value: object, parents: Mapping[int, Parent], types: TaskTypes) -> object:
    """The id that a provisional one stands for by now, or the same if the row is still to be created."""
    parent = parents.get(task_of(str(value)))
    if parent is None:
        raise IntegrityError(f"there is no task {value} in this queue ({column})", sqlstate="23503")
    kind = types[parent.type]
    if kind.operation != INSERT or kind.own_id != column:
        raise DataError(f"{value} is no {column}: that task {kind.write.about}", sqlstate="22P02")
    if parent.status in (Status.FAILED, Status.CANCELLED, Status.SKIPPED):
        raise IntegrityError(
            f"task {task_of(str(value))}, which is to create the row of {column}, is {parent.status}; retry it first",
            sqlstate="23503",
        )
    return own_part(parent.result_id) if parent.status == Status.COMPLETED and parent.result_id else value


# -- What comes before what --------------------------------------------------------------------------------------------


def own_subject(kind: TaskType, own_id: str) -> str:
    return f"{kind.own_id}={own_id}"


def subjects_of(task: NewTask) -> list[str]:
    """The rows that a task concerns: its own, and each that one of its columns names."""
    ids = {column: value for column, value in task.parameters.items() if isinstance(value, str)}
    ids = {column: value for column, value in ids.items() if column.endswith("Id") and column != "TenantId"}
    return sorted({own_subject(task.type, task.own_id), *(f"{column}={value}" for column, value in ids.items())})


def open_tasks(connection: Connection, tasks: Sequence[NewTask]) -> dict[tuple[str, str], list[Earlier]]:
    """The open tasks that concern any row of the new ones, by organisation and subject."""
    wanted = sorted({subject for task in tasks for subject in subjects_of(task)})
    found: dict[tuple[str, str], list[Earlier]] = defaultdict(list)
    for some in in_batches(wanted):
        query = (
            sa.select(SUBJECTS.c.tenant_id, SUBJECTS.c.subject, TASKS.c.id, TASKS.c.type, TASKS.c.own_id)
            .join_from(SUBJECTS, TASKS, SUBJECTS.c.task_id == TASKS.c.id)
            .where(SUBJECTS.c.subject.in_(some), TASKS.c.status.in_(OPEN))
            .order_by(TASKS.c.id)
        )
        for tenant, subject, number, kind, own in connection.execute(query):
            found[tenant, subject].append(Earlier(number, kind, own))
    return found


class Waits:
    """Works out, task by task in the order in which they are added, which others each has to wait for."""

    def __init__(
        self,
        types: TaskTypes,
        more: Mapping[str, frozenset[str]],
        known: dict[tuple[str, str], list[Earlier]],
    ) -> None:
        self.types = types
        self.more = more
        self.known = known

    def add(self, task: NewTask) -> list[dict[str, object]]:
        """The dependencies of a task; those that are added later see it."""
        needs = {task_of(str(value)): REFERENCE for value in references(task)}
        own = own_subject(task.type, task.own_id)
        after = {*task.type.write.after, *self.more.get(task.type.name, ())}
        for subject in subjects_of(task):
            for earlier in self.known.get((task.tenant, subject), ()):
                if self.comes_first(earlier, subject, own, after):
                    needs.setdefault(earlier.id, ORDER)
        for subject in subjects_of(task):
            self.known.setdefault((task.tenant, subject), []).append(Earlier(task.id, task.type.name, task.own_id))
        return [{"task_id": task.id, "needs_id": each, "kind": kind} for each, kind in needs.items()]

    def comes_first(self, earlier: Earlier, subject: str, own: str, after: set[str]) -> bool:
        """Whether an earlier task is on the same row, or of a type that goes first and one names the other's row."""
        others = own_subject(self.types[earlier.type], earlier.own)
        return others == own or (earlier.type in after and subject in (own, others))


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
