"""A task to the request that it makes: the ids that exist by now, and for an update the row as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from xerosql.api import Request, Response, new_idempotency_key, path_of
from xerosql.catalog import Catalog
from xerosql.catalog.model import AccessPath, SameAsParent, Table
from xerosql.errors import IntegrityError
from xerosql.payload.objects import Object, body_of, column_values, parsed, received, value_at
from xerosql.payload.validate import Row, complete, refuse_frozen, refuse_nulls, settled
from xerosql.queue.model import DELETE, INSERT, Task, TaskType, own_part, task_of
from xerosql.queue.parameters import read_parameters

#: Reads from Xero; None where there is nothing (404).
Read = Callable[[Request], Response | None]


@dataclass(frozen=True, slots=True)
class CreatedRow:
    """A row that another task of the queue has created: its id, and the object as Xero sent it."""

    result_id: str
    object: str | None = None


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes the request of a task.

    `created` are the rows that tasks of the queue have created, by their numbers. `written` is what the queue itself
    has lately written into the row of an update, which Xero may not show yet.
    """

    catalog: Catalog
    read: Read
    created: Mapping[int, CreatedRow]
    written: Mapping[str, object] = field(default_factory=dict)

    def request(self, task: Task, kind: TaskType) -> Request:
        """The request, with an Idempotency-Key of its own where Xero takes one.

        Raises IntegrityError and DataError, as a statement would, for what Xero would refuse, and what reading raises.
        """
        row = self.row(task, kind)
        ids = {name: str(row[name]) for name in kind.write.needs}
        path = path_of(kind.write.url, **ids) if ids else kind.write.url
        body = self.body(task, kind, row, ids)
        key = None if kind.operation == DELETE else new_idempotency_key()
        return Request(kind.write.method, path, body=body, tenant=task.tenant, idempotency_key=key)

    def row(self, task: Task, kind: TaskType) -> Row:
        """The parameters of a task in their columns' types, with real ids."""
        row = read_parameters(kind, task.parameters, f"task {task.id}")
        return {**row, **{name: self.real(value) for name, value in kind.to_come(row).items()}}

    def real(self, value: str) -> str:
        row = self.created.get(task_of(value))
        if row is None:
            raise IntegrityError(f"{value} has not been created", sqlstate="23503")
        return own_part(row.result_id)

    def body(self, task: Task, kind: TaskType, row: Row, ids: Mapping[str, str]) -> bytes | None:
        if kind.operation == DELETE:
            return None
        if kind.operation == INSERT:
            filled = complete(kind.table, row, f"task {task.id}", self.parent(task, kind, row))
            return body_of(kind.table, kind.write, filled, None)
        new = {name: value for name, value in row.items() if name in kind.write.columns}
        if new.keys() == set(kind.write.columns) and not kind.table.rules:
            return body_of(kind.table, kind.write, new, None)  # nothing of the row as it is goes back
        old = self.present(task, kind, ids)
        new = {name: value for name, value in self.written.items() if name in kind.write.columns} | new
        before = column_values(kind.table, old)
        refuse_frozen(kind.table, before, task.own_id, "updated")
        refuse_nulls(kind.table, new, task.own_id)
        return body_of(kind.table, kind.write, settled(kind.table, new, before, task.own_id), old)

    def present(self, task: Task, kind: TaskType, ids: Mapping[str, str]) -> Object:
        """The row of an update as it is now: Xero takes whole objects, and others may have changed it meanwhile."""
        response = self.read(Request("GET", path_of(own_path(kind.table).url, **ids), tenant=task.tenant))
        if response is None:
            raise IntegrityError(f"there is no {kind.table.item} {task.own_id} any more", sqlstate="02000")
        return received(response.body)

    def parent(self, task: Task, kind: TaskType, row: Row) -> dict[str, object] | None:
        """What a rule takes from the parent of a new row and the statement could not know yet."""
        rule = next((each for each in kind.table.rules if isinstance(each, SameAsParent)), None)
        if rule is None or kind.table.parent is None or row.get(rule.column) is not None:
            return None
        table = self.catalog.table(kind.table.parent.table)
        found = self.parent_object(task, table, str(row[kind.table.parent.column]))
        return {rule.parent_column: value_at(found, table[rule.parent_column].json)}

    def parent_object(self, task: Task, table: Table, own: str) -> Object:
        for each in self.created.values():
            if each.object and own_part(each.result_id) == own:
                return parsed(each.object.encode())
        response = self.read(Request("GET", path_of(own_path(table).url, **{table.own_id: own}), tenant=task.tenant))
        if response is None:
            raise IntegrityError(f"there is no {table.item} {own} in this organisation", sqlstate="23503")
        return received(response.body)


def own_path(table: Table) -> AccessPath:
    """The path of one object."""
    return next(path for path in table.paths if not path.paged)
