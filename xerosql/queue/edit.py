"""Changing what a task is to send: read as a statement's values are, with what it waits for worked out anew."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.errors import DataError
from xerosql.payload.validate import complete, refuse_nulls
from xerosql.queue.model import INSERT, REFERENCE, NewTask, TaskType, TaskTypes
from xerosql.queue.parameters import encoded_parameters, read_parameters, referenced
from xerosql.queue.publish import resolved
from xerosql.queue.tables import DEPENDENCIES, SUBJECTS, TASKS
from xerosql.queue.waits import subject_rows


def edit(connection: Connection, types: TaskTypes, row: Any, kind: TaskType, text: str) -> None:
    """Give a task other parameters. DataError or IntegrityError for those that a statement could not have."""
    label = f"task {row.id}"
    values, old = read_parameters(kind, text, label), read_parameters(kind, row.parameters, label)
    if kind.operation == INSERT:
        complete(kind.table, values, label, None)
    else:
        for name in kind.write.needs:
            if values.get(name) != old.get(name):
                raise DataError(f"{name} says which row it is, and that stays", sqlstate="428C9")
        refuse_nulls(kind.table, {name: each for name, each in values.items() if name not in kind.write.needs}, label)
    task = NewTask(row.id, kind, row.tenant_id, values, row.own_id, row.customer)
    (task,) = resolved(connection, types, [task])
    connection.execute(
        TASKS.update().where(TASKS.c.id == row.id).values(parameters=encoded_parameters(task.parameters))
    )
    connection.execute(SUBJECTS.delete().where(SUBJECTS.c.task_id == row.id))
    connection.execute(SUBJECTS.insert(), list(subject_rows(task)))
    wait_for_rows(connection, row.id, referenced(kind, task.parameters))


def wait_for_rows(connection: Connection, task: int, wanted: set[int]) -> None:
    """Wait for the rows that a task names now, and for those that it named before no more."""
    refuse_circle(connection, task, wanted)
    mine = DEPENDENCIES.c.task_id == task
    connection.execute(DEPENDENCIES.delete().where(mine, DEPENDENCIES.c.kind == REFERENCE))
    connection.execute(DEPENDENCIES.delete().where(mine, DEPENDENCIES.c.needs_id.in_(wanted)))
    if wanted:
        rows = [{"task_id": task, "needs_id": each, "kind": REFERENCE} for each in sorted(wanted)]
        connection.execute(DEPENDENCIES.insert(), rows)
    left = sa.select(sa.func.count()).where(mine, ~DEPENDENCIES.c.satisfied).scalar_subquery()
    connection.execute(TASKS.update().where(TASKS.c.id == task).values(open_dependencies=left))


def refuse_circle(connection: Connection, task: int, wanted: set[int]) -> None:
    """DataError if a row that a task names is itself waiting for the task."""
    seen, new = set(wanted), set(wanted)
    while new:
        query = sa.select(DEPENDENCIES.c.needs_id).where(DEPENDENCIES.c.task_id.in_(new), ~DEPENDENCIES.c.satisfied)
        new = set(connection.execute(query).scalars()) - seen
        seen |= new
    if task in seen:
        raise DataError(f"it would wait for a task that waits for task {task}", sqlstate="22023")
