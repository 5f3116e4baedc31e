"""One statement from text to verdict: plan it, bind its parameters, run it by its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xerosql.errors import NotSupportedError, OperationalError, ProgrammingError, located
from xerosql.execute.cancel import Cancellation
from xerosql.execute.read import Reading
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.plan.model import DeletePlan, InsertPlan, Plan, ReadPlan, ScratchPlan, TransactionPlan, UpdatePlan
from xerosql.plan.parameters import values_for


class Statement:
    """A statement being run: its result if it has one, and the counts a cursor shows."""

    def __init__(self, session: Session, sql: str) -> None:
        self.session = session
        self.sql = sql
        self.stats = Stats()
        self.cancelled = Cancellation()
        self.reading: Reading | None = None
        self.rowcount = -1
        self.lastrowid: str | None = None
        self.fetched = 0

    def run(self, given: Sequence[object], *, many: bool = False) -> None:
        """Plan and execute with each set of parameters in `given`."""
        try:
            plan = self.session.plan(self.sql)
            sets = [values_for(plan.parameters, each) for each in given]
            self.dispatch(plan, sets, many)
        except RecursionError as error:
            raise ProgrammingError("the statement is nested too deeply", sqlstate="54001") from error
        finally:
            if self.reading is None:
                self.stats.end()

    def dispatch(self, plan: Plan, sets: list[list[object]], many: bool) -> None:
        match plan:
            case ReadPlan():
                self.read(plan, sets, many)
            case InsertPlan() | UpdatePlan() | DeletePlan():
                self.write(plan, sets)
            case ScratchPlan():
                self.change_scratch(plan, sets)
            case TransactionPlan():
                self.session.transact(plan.action)

    def read(self, plan: ReadPlan, sets: list[list[object]], many: bool) -> None:
        if many:
            raise NotSupportedError("executemany() is for writes; run a SELECT once for each set of parameters")
        self.reading = Reading(self.session, plan, sets[0], self.stats, self.cancelled)

    def write(self, plan: InsertPlan | UpdatePlan | DeletePlan, sets: list[list[object]]) -> None:
        from xerosql.execute.write import Writer  # a program that only reads does without it

        with located(table=plan.table.full_name):
            outcome = Writer(self.session, self.stats, self.cancelled).write(plan, sets)
        self.rowcount = outcome.rows
        self.lastrowid = outcome.last_id
        self.reading = outcome.returned

    def change_scratch(self, plan: ScratchPlan, sets: list[list[object]]) -> None:
        self.session.begin_if_needed()
        self.rowcount = 0 if plan.counts_rows else -1
        try:
            for values in sets:
                reading = Reading(self.session, plan.query, values, self.stats, self.cancelled, change=True)
                if plan.has_rows:
                    self.reading = reading
                    self.rowcount += len(reading.result.rows or ())
                elif plan.counts_rows:
                    self.rowcount += counted(reading)
        finally:
            if plan.changes_schema:
                self.session.scratch_changed()

    # -- Rows ----------------------------------------------------------------------------------------------------------

    def fetch(self, size: int | None) -> list[tuple[Any, ...]]:
        """The next rows; at the end the count is known and the clock stops."""
        reading = self.open_reading()
        rows = reading.fetch(size)
        self.fetched += len(rows)
        if size is None or len(rows) < size:
            self.exhausted(reading)
        return rows

    def arrow(self) -> Any:
        reading = self.open_reading()
        table = reading.arrow()
        self.fetched += table.num_rows
        self.exhausted(reading)
        return table

    def open_reading(self) -> Reading:
        if self.cancelled.is_set():
            raise OperationalError("the statement was cancelled", sqlstate="57014")
        if self.reading is None:
            raise ProgrammingError("the statement has no rows", sqlstate="24000")
        return self.reading

    def exhausted(self, reading: Reading) -> None:
        if self.rowcount < 0:
            self.rowcount = self.fetched
        self.stats.end()
        reading.fetcher.close()

    def cancel(self) -> None:
        """Stop from another thread: no further call is made, and the engine ends what it is at."""
        self.cancelled.set()

    def close(self) -> None:
        self.stats.end()
        if self.reading is not None:
            self.reading.close()


def counted(reading: Reading) -> int:
    """The engine answers a change with the number of its rows."""
    rows = reading.fetch(None)
    value = rows[0][0] if rows and rows[0] else 0
    return value if isinstance(value, int) else 0
