"""One statement from text to verdict: plan it, bind its parameters, run it by its kind."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xerosql.errors import NotSupportedError, OperationalError, ProgrammingError, located
from xerosql.execute.cancel import Cancellation
from xerosql.execute.held import HeldRows
from xerosql.execute.journal import CANCELLED, DONE
from xerosql.execute.read import Reading
from xerosql.execute.result import arrow_of
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.variables import variable_called
from xerosql.plan.model import (
    CallPlan,
    DeletePlan,
    ExplainPlan,
    InsertPlan,
    Plan,
    ReadPlan,
    ResetPlan,
    ScratchPlan,
    SetPlan,
    ShowPlan,
    TransactionPlan,
    UpdatePlan,
    value_of,
)
from xerosql.plan.parameters import values_for

if TYPE_CHECKING:
    from xerosql.execute.write import Outcome

#: Plans whose rows are still to be fetched when they have been run.
#: Plans that read_only refuses.
CHANGES = InsertPlan | UpdatePlan | DeletePlan | ScratchPlan
OPEN = ReadPlan | ShowPlan | CallPlan
#: Rows that are read at a time for who takes them one by one.
AHEAD = 1024


class Statement:
    """A statement being run: its result if it has one, and the counts a cursor shows. `arrow` is for `batch`."""

    def __init__(self, session: Session, sql: str, *, arrow: bool = False) -> None:
        self.session = session
        self.sql = sql
        self.streams_arrow = arrow
        self.stats = Stats(session.variables.max_calls)
        self.entry = session.journal.begin(sql, self.stats)
        self.cancelled = Cancellation()
        self.reading: Reading | HeldRows | None = None
        self.plan: Plan | None = None
        self.rowcount = -1
        self.lastrowid: str | None = None
        self.ahead: deque[tuple[Any, ...]] = deque()
        weakref.finalize(self, self.entry.end).atexit = False  # for results that nobody reads to the end or closes

    def run(self, given: Sequence[object], *, many: bool = False) -> None:
        """Plan and execute with each set of parameters in `given`."""
        with self.entry:
            try:
                self.planned_and_run(given, many)
            except RecursionError as error:
                raise ProgrammingError("the statement is nested too deeply", sqlstate="54001") from error

    def planned_and_run(self, given: Sequence[object], many: bool) -> None:
        self.plan = plan = self.session.plan(self.sql)
        self.entry.kind = plan.kind
        sets = [values_for(plan.parameters, each) for each in given]
        self.check_cancelled()
        self.dispatch(plan, sets, many)
        if not isinstance(plan, OPEN):
            self.entry.end()

    def dispatch(self, plan: Plan, sets: list[list[object]], many: bool) -> None:
        if isinstance(plan, CHANGES) and self.session.settings.read_only and not concerns_nobody_else(plan):
            raise ProgrammingError(f"{plan.kind} is refused: the connection is read-only", sqlstate="25006")
        match plan:
            case ReadPlan():
                self.read(plan, sets, many)
            case InsertPlan() | UpdatePlan() | DeletePlan():
                self.write(plan, sets)
            case ScratchPlan():
                self.change_scratch(plan, sets)
            case ExplainPlan():
                self.explain(plan, sets, many)
            case TransactionPlan():
                self.session.transact(plan.action)
            case SetPlan():
                self.change_setting(plan, sets)
            case ResetPlan():
                self.session.variables.reset(plan.name)
            case ShowPlan():
                self.show(plan, sets, many)
            case CallPlan():
                self.read(plan.query, sets, many)

    def read(self, plan: ReadPlan, sets: list[list[object]], many: bool) -> None:
        if many:
            raise NotSupportedError("executemany() is for writes; run a SELECT once for each set of parameters")
        self.reading = Reading(self.session, plan, sets[0], self.stats, self.cancelled, arrow=self.streams_arrow)

    def explain(self, plan: ExplainPlan, sets: list[list[object]], many: bool) -> None:
        from xerosql.execute.explain import explain  # most programs never ask

        if many:
            raise NotSupportedError("executemany() is for writes; EXPLAIN once for each set of parameters")
        self.reading = explain(self.session, plan, sets[0], self.stats, self.cancelled)

    def write(self, plan: InsertPlan | UpdatePlan | DeletePlan, sets: list[list[object]]) -> None:
        with located(table=plan.table.full_name):
            outcome = self.written(plan, sets)
        self.rowcount = outcome.rows
        self.lastrowid = outcome.last_id
        self.reading = outcome.returned

    def written(self, plan: InsertPlan | UpdatePlan | DeletePlan, sets: list[list[object]]) -> Outcome:
        if plan.table.source == "queue" and not isinstance(plan, InsertPlan):
            from xerosql.execute.queue_writes import QueueWriter

            return QueueWriter(self.session, self.stats, self.cancelled).write(plan, sets)
        from xerosql.execute.write import Writer  # a program that only reads does without it

        return Writer(self.session, self.stats, self.cancelled).write(plan, sets)

    def change_scratch(self, plan: ScratchPlan, sets: list[list[object]]) -> None:
        self.cancelled.writing = True
        self.check_cancelled()
        self.session.begin_if_needed()
        self.rowcount = 0 if plan.counts_rows else -1
        try:
            for statement in plan.before:
                self.session.engine.rows(statement)
            for values in sets:
                reading = Reading(self.session, plan.query, values, self.stats, self.cancelled, change=True)
                if plan.has_rows:
                    self.reading = reading
                    self.rowcount += len(reading.result.rows or ())
                elif plan.counts_rows:
                    self.rowcount += counted(reading)
            for statement in plan.after:
                self.session.engine.rows(statement)
            self.session.engine.temporary.clears |= plan.clears
            self.session.settle()
        finally:
            if plan.changes_schema:
                self.session.local_changed(temporary=plan.temporary)

    def change_setting(self, plan: SetPlan, sets: list[list[object]]) -> None:
        for values in sets:
            self.session.variables.set(plan.name, [value_of(value, values, {}) for value in plan.values])

    def show(self, plan: ShowPlan, sets: list[list[object]], many: bool) -> None:
        if plan.name is not None:
            variable_called(plan.name)  # no row is no answer to a name that does not exist
        self.read(plan.query, sets, many)

    # -- Rows ----------------------------------------------------------------------------------------------------------

    @property
    def fetched(self) -> int:
        """The rows that have been handed out."""
        return self.entry.rows_returned - len(self.ahead)

    def fetch(self, size: int | None) -> list[tuple[Any, ...]]:
        """The next `size` rows, all that are left if None; first those that were read ahead."""
        held = [self.ahead.popleft() for _ in range(len(self.ahead) if size is None else min(size, len(self.ahead)))]
        if size is not None and len(held) == size:
            return held
        return held + self.more(None if size is None else size - len(held))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Row by row. Some are read ahead; who stops in the middle gets them with the next fetch."""
        while self.ahead or self.read_ahead():
            yield self.ahead.popleft()

    def read_ahead(self) -> bool:
        self.ahead.extend(self.more(AHEAD))
        return bool(self.ahead)

    def more(self, size: int | None) -> list[tuple[Any, ...]]:
        """Rows from the result; at the end the count is known and the clock stops."""
        reading = self.open_reading()
        with self.entry:
            rows = reading.fetch(size)
        self.entry.rows_returned += len(rows)
        if size is None or len(rows) < size:
            self.exhausted(reading)
        return rows

    def batch(self) -> Any:
        """The next record batch of a statement that streams them, None after the last."""
        reading = self.open_reading()
        with self.entry:
            batch = reading.batch()
        if batch is None:
            self.exhausted(reading)
        else:
            self.entry.rows_returned += batch.num_rows
        return batch

    def arrow(self, size: int | None = None) -> Any:
        reading = self.open_reading()
        if self.ahead or size is not None:
            return arrow_of(self.fetch(size), reading.columns)
        with self.entry:
            table = reading.arrow()
        self.entry.rows_returned += table.num_rows
        self.exhausted(reading)
        return table

    def open_reading(self) -> Reading | HeldRows:
        self.check_cancelled()
        if self.reading is None:
            raise ProgrammingError("the statement has no rows", sqlstate="24000")
        return self.reading

    def check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise OperationalError("the statement was cancelled", sqlstate="57014")

    def exhausted(self, reading: Reading | HeldRows) -> None:
        if self.rowcount < 0:
            self.rowcount = self.entry.rows_returned
        self.entry.end()
        reading.finished()

    def cancel(self) -> None:
        """Stop from another thread: no further call is made, and the engine ends what it is at."""
        self.cancelled.set()
        if self.reading is not None:
            self.entry.end(CANCELLED)

    def close(self) -> None:
        self.entry.end(CANCELLED if self.cancelled.is_set() else DONE)
        if self.reading is not None:
            self.reading.close()


def concerns_nobody_else(plan: Plan) -> bool:
    """Whether a plan changes temporary tables only, or the queue's own ones, on which there are rights of their own."""
    if isinstance(plan, ScratchPlan):
        return plan.temporary
    return isinstance(plan, UpdatePlan | DeletePlan) and plan.table.source == "queue"


def counted(reading: Reading) -> int:
    """The engine answers a change with the number of its rows."""
    rows = reading.fetch(None)
    value = rows[0][0] if rows and rows[0] else 0
    return value if isinstance(value, int) else 0
