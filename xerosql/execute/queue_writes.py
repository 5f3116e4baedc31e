"""UPDATE and DELETE on the tables of the schema queue. One local transaction; the only calls look up a ResultId."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xerosql.api import Request, path_of
from xerosql.catalog.model import Table
from xerosql.errors import DataError, IntegrityError, NotSupportedError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.guard import refuse, unfiltered
from xerosql.execute.queue_rows import TYPES, require, rights_on
from xerosql.execute.read import Reading, held_relation
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.write import Outcome
from xerosql.payload.coerce import coerced
from xerosql.payload.validate import given
from xerosql.plan.known import well_formed
from xerosql.plan.model import DeletePlan, ReadPlan, UpdatePlan

if TYPE_CHECKING:
    from xerosql.queue.control import Wish
    from xerosql.queue.model import Task, TaskType

NOT_FOUND = frozenset((404,))
TASKS = "queue.XeroTasks"

#: The new values of each row to change, by its key.
Changes = dict[object, dict[str, object]]


class QueueWriter:
    """One execution of an UPDATE or DELETE of rows of the queue."""

    def __init__(self, session: Session, stats: Stats, cancelled: Cancellation) -> None:
        self.session = session
        self.stats = stats
        self.cancelled = cancelled

    def write(self, plan: UpdatePlan | DeletePlan, many: Sequence[Sequence[object]]) -> Outcome:
        """Change or delete the rows of every set of parameters, or none of them.

        Raises IntegrityError, with the rows and the reasons, where one cannot be changed so.
        """
        table = plan.table
        require(self.session, rights_on(table).change, table)
        refuse(unfiltered(plan, self.session.variables))
        changes = self.changes(plan, many)
        if isinstance(plan, DeletePlan):
            if plan.returning is not None:
                raise NotSupportedError(f"DELETE FROM {table.name} with RETURNING is not supported; SELECT them first")
            return Outcome(self.session.queue.purge([int(str(key)) for key in changes]))
        rows = self.changed(table, changes)
        returned = self.returned(plan, plan.returning, list(changes), many) if plan.returning and many else None
        return Outcome(rows, returned=returned)

    def changes(self, plan: UpdatePlan | DeletePlan, many: Sequence[Sequence[object]]) -> Changes:
        """The rows that the statement means; IntegrityError if it gives one several new values."""
        table, found = plan.table, Changes()
        columns = plan.columns if isinstance(plan, UpdatePlan) else ()
        for parameters in many:
            inner = Cancellation(within=self.cancelled)
            reading = Reading(self.session, plan.targets, parameters, self.stats, inner, fresh=True)
            try:
                rows = reading.fetch(None)
            finally:
                reading.close()
            for key, *values in rows:
                new = new_values(table, columns, values, str(key))
                if found.setdefault(key, new) != new:
                    raise IntegrityError(f"the statement gives {table.item} {key} several new values", sqlstate="21000")
        return found

    def changed(self, table: Table, changes: Changes) -> int:
        queue = self.session.queue
        by_name = {str(key): values for key, values in changes.items()}
        if table.full_name == TYPES:
            return queue.change_types(by_name)
        if table.full_name != TASKS:
            return queue.change_tenants(by_name)
        from xerosql.queue.control import Wish

        wishes = [Wish(int(key), values) for key, values in by_name.items()]
        for wish in wishes:
            self.check_result(wish)
        return queue.control(wishes)

    def returned(
        self, plan: UpdatePlan, returning: ReadPlan, keys: Sequence[object], many: Sequence[Sequence[object]]
    ) -> Reading:
        """RETURNING over the rows as they are now."""
        scan, table = returning.scans[0], plan.table
        wanted = {table[table.key[0]].json: list(keys)}
        rows = self.session.queue.rows(table.full_name, wanted, [table[name].json for name in scan.columns])
        mine = [row for row in rows if getattr(row, table[table.key[0]].json) in set(keys)]
        relation = held_relation(scan, mine)
        inner = Cancellation(within=self.cancelled)
        return Reading(self.session, returning, many[0], self.stats, inner, given={scan.name: relation})

    # -- Whether a row is there ----------------------------------------------------------------------------------------

    def check_result(self, wish: Wish) -> None:
        """IntegrityError unless Xero has the row that is to be a task's result."""
        found = wish.values.get("ResultId")
        task = self.session.queue.task(wish.task) if given(found) else None
        if task is None or found is None:
            return
        kind = self.session.queue.types[task.type]
        if not self.is_there(task, kind, str(found)):
            raise IntegrityError(
                f"nothing was changed: Xero has no {kind.table.item} {found} in the organisation of task {task.id}",
                sqlstate="23503",
            )

    def is_there(self, task: Task, kind: TaskType, result_id: str) -> bool:
        table = kind.table
        names = table.identity or table.key
        if not well_formed(result_id, len(names)):
            raise DataError(
                f"{result_id!r} is no Id of {table.name}, which takes {table[table.key[0]].type.takes}",
                sqlstate="22P02",
            )
        path = next(path for path in table.paths if not path.paged)
        ids = dict(zip(names, result_id.split("/"), strict=True))
        request = Request("GET", path_of(path.url, **ids), tenant=task.tenant)
        return self.session.send(request, self.stats.tally, self.cancelled, allow=NOT_FOUND).ok


def new_values(table: Table, columns: Sequence[str], values: Sequence[object], key: str) -> dict[str, object]:
    """The values of a row in their columns' types; DataError for those that do not fit."""
    label = f"{table.item} {key}"
    return {name: coerced(table[name], value, label) for name, value in zip(columns, values, strict=True)}
