"""The writes of a transaction on their way into the queue: buffered until commit(), with ids that only the queue knows.

No transaction of the queue's database is open meanwhile, so nobody waits for a program that thinks.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from xerosql.catalog.model import Table, Write
from xerosql.errors import Error
from xerosql.execute.prepared import DELETE, INSERT, Change, Prepared
from xerosql.payload.objects import Object, merged, put_at, value_at
from xerosql.queue.model import NewTask, TaskTypes, provisional

if TYPE_CHECKING:
    from xerosql.queue.store import Queue

_log = logging.getLogger("xerosql.queue")
#: Ids that a connection takes from the queue at a time.
BLOCK = 20
#: From so many tasks on, a commit says what they mean for the day's quota.
MANY = 100


class Outbox:
    """What the statements of a connection have written and not committed yet. Its session holds the lock."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.types: TaskTypes = queue.types
        self.tasks: list[NewTask] = []
        self._ids: list[int] = []

    def add(self, prepared: Prepared) -> list[Object]:
        """Buffer the writes of a statement; the rows' objects, those to be created with provisional ids."""
        results: list[Object] = []
        tasks: list[NewTask] = []
        self.take_ids(prepared.calls)
        for change in prepared.changes:
            made = list(self.tasks_of(prepared, change))
            tasks += [task for task, _ in made]
            results.append(made[-1][1])
        self.tasks += tasks
        return results

    def take_ids(self, count: int) -> None:
        """Have at least so many ids at hand."""
        missing = count - len(self._ids)
        if missing > 0:
            first = self.queue.reserve(max(missing, BLOCK))
            self._ids += range(first, first + max(missing, BLOCK))

    def tasks_of(self, prepared: Prepared, change: Change) -> Iterable[tuple[NewTask, Object]]:
        """The tasks of one row, a request each, with the object as it will be."""
        table = prepared.table
        for write in writes_of(prepared, change):
            number, kind = self._ids.pop(0), self.types.of(table, write)
            result, own = change.after, str(value_at(change.after, table[table.own_id].json))
            if prepared.kind == INSERT:
                own = provisional(number)
                result = {**change.after}
                put_at(result, table[table.own_id].json, own)
            ids = {name: str(value_at(result, table[name].json)) for name in write.needs}
            values = {} if prepared.kind == DELETE else change.values
            wanted = {name: value for name, value in values.items() if name in write.columns and keeps(prepared, value)}
            yield NewTask(number, kind, change.tenant, {**ids, **wanted}, own, change.customer), result

    def unsent(self, table: Table, tasks: frozenset[int]) -> Iterator[tuple[str, Object]]:
        """Organisation and object of each row of a table that these tasks create, or whose parents they create."""
        ids = {provisional(number) for number in tasks}
        stored = self.queue.about(table, tasks)
        buffered = [task for task in self.tasks if task.type.table is table]
        rows: dict[str, tuple[str, Object]] = {}
        for task in (*stored, *buffered):
            if task.type.operation == INSERT:
                if task.own_id in ids or ids & set(task.type.to_come(task.parameters).values()):
                    created = merged(table, {}, task.parameters)
                    put_at(created, table[table.own_id].json, task.own_id)
                    rows[task.own_id] = task.tenant, created
            elif task.own_id in rows:
                tenant, before = rows.pop(task.own_id)
                if task.type.operation != DELETE:
                    new = {name: value for name, value in task.parameters.items() if name in task.type.write.columns}
                    rows[task.own_id] = tenant, merged(table, before, new)
        yield from rows.values()

    # -- The end of a transaction --------------------------------------------------------------------------------------

    def publish(self, day_left: Callable[[str], int | None]) -> None:
        """Give all to the queue, or nothing. What cannot be added is dropped, unless trying again may work."""
        if not self.tasks:
            return
        try:
            self.queue.publish(self.tasks)
        except Error as error:
            if not error.retryable:
                self.drop()
            raise
        added = Counter(task.tenant for task in self.tasks)
        self.drop()
        self.warn(added, day_left)

    def drop(self) -> None:
        """Forget what has not been committed."""
        self.tasks = []

    def warn(self, added: Mapping[str, int], day_left: Callable[[str], int | None]) -> None:
        """Say so where an organisation's tasks are more than it will take today."""
        for tenant, count in added.items():
            if count < MANY:
                continue
            try:
                left, waiting = day_left(tenant), self.queue.waiting(tenant)
            except Error:  # they are in the queue, and that is what matters
                continue
            if left is None or waiting <= left:
                continue
            message = (
                f"{count:,} tasks were added; {waiting:,} now wait for organisation {tenant}, which takes about "
                f"{left:,} more calls today. The rest is sent when its day begins anew"
            )
            _log.warning(message)
            warnings.warn(message, UserWarning, stacklevel=2)


def writes_of(prepared: Prepared, change: Change) -> list[Write]:
    """The requests of a row, as the table declares them."""
    table = prepared.table
    if prepared.kind == INSERT:
        return [table.insert] if table.insert else []
    if prepared.kind == DELETE:
        return [table.delete] if table.delete else []
    return [write for write in table.updates if set(write.columns) & set(change.values)]


def keeps(prepared: Prepared, value: object) -> bool:
    """Whether a value is one to write: an INSERT sends no NULLs, an UPDATE takes a value away with one."""
    return prepared.kind != INSERT or value is not None
