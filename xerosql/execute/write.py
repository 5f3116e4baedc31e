"""Runs write plans: every row is made ready before the first request, then sent one by one, with a verdict for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xerosql.catalog.model import Table
from xerosql.errors import Error, NotSupportedError, PartialWriteError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.decode import Builder, Decoder
from xerosql.execute.guard import refuse, too_dear, too_many, unfiltered
from xerosql.execute.prepare import Preparation
from xerosql.execute.prepared import Prepared, key_of_object
from xerosql.execute.read import Reading
from xerosql.execute.relation import Relation
from xerosql.execute.send import send
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.payload.objects import Object, encoded, value_at
from xerosql.plan.model import DeletePlan, InsertPlan, ReadPlan, UpdatePlan

WritePlan = InsertPlan | UpdatePlan | DeletePlan


@dataclass
class Outcome:
    """What a write statement did. `last_id` is the Id of the last row it created."""

    rows: int
    last_id: str | None = None
    returned: Reading | None = None


class Writer:
    """One execution of a write plan, with one set of parameters or many."""

    def __init__(self, session: Session, stats: Stats, cancelled: Cancellation) -> None:
        self.session = session
        self.stats = stats
        self.cancelled = cancelled

    def write(self, plan: WritePlan, many: Sequence[Sequence[object]]) -> Outcome:
        """Run the plan with each set of parameters in `many`; BudgetError, with nothing written, beyond its budgets."""
        refuse(unfiltered(plan, self.session.variables))
        prepared = self.prepare(plan, many)
        refuse(too_many(prepared, self.session.variables))
        if self.session.queued:
            return self.queued(plan, prepared, many)
        refuse(too_dear(prepared, self.session, self.stats.api_calls))
        results = send(self.session, prepared, self.stats.tally, self.cancelled)
        return self.outcome(prepared, results, plan.returning, many)

    def queued(self, plan: WritePlan, prepared: Prepared, many: Sequence[Sequence[object]]) -> Outcome:
        """Into the queue instead, at the end of the transaction; the rows are shown with provisional ids."""
        with self.session.lock:
            results = self.session.outbox.add(prepared)
            if not self.session.engine_in_transaction:
                try:
                    self.session.outbox.publish(self.session.day_left)
                finally:
                    self.session.outbox.drop()  # after an error too: who repeats the statement gets it once
        outcome = self.outcome(prepared, results, plan.returning, many)
        if prepared.creates and results:
            outcome.last_id = str(value_at(results[-1], prepared.table[prepared.table.own_id].json))
        return outcome

    def prepare(self, plan: WritePlan, many: Sequence[Sequence[object]]) -> Prepared:
        """Everything up to the requests: rows read, values and rules checked, RETURNING tried on no rows."""
        preparation = Preparation(self.session, self.stats, self.cancelled)
        match plan:
            case InsertPlan():
                prepared = preparation.insert(plan, many)
            case UpdatePlan():
                prepared = preparation.update(plan, many)
            case DeletePlan():
                prepared = preparation.delete(plan, many)
        self.check_returning(plan.table, plan.returning, many)
        return prepared

    def outcome(
        self,
        prepared: Prepared,
        results: Sequence[Object],
        returning: ReadPlan | None,
        many: Sequence[Sequence[object]],
    ) -> Outcome:
        """The counts, and RETURNING over the objects as they are now."""
        changes, table = prepared.changes, prepared.table
        ids = [key_of_object(table, result) for result in results] if prepared.creates else []
        if returning is None or not many:
            return Outcome(len(changes), ids[-1] if ids else None)
        try:
            returned = self.returned(table, returning, results, [change.tenant for change in changes], many[0])
        except Error as error:
            labels = ids or [change.label for change in changes]
            raise PartialWriteError(
                f"all {len(changes)} rows were written, but RETURNING failed: {error.message}", written=labels
            ) from error
        return Outcome(len(changes), ids[-1] if ids else None, returned)

    def check_returning(self, table: Table, returning: ReadPlan | None, many: Sequence[Sequence[object]]) -> None:
        """Let the engine try RETURNING on no rows, so that a mistake in it shows before anything is sent."""
        if returning is None or not many:
            return
        if returning.uses and len(many) > 1:
            raise NotSupportedError("RETURNING in executemany() cannot have parameters of its own")
        self.returned(table, returning, [], [], many[0]).close()

    def returned(
        self,
        table: Table,
        plan: ReadPlan,
        results: Sequence[Object],
        tenants: Sequence[str],
        parameters: Sequence[object],
    ) -> Reading:
        """RETURNING over the written rows, as they were answered or sent; nothing is read again."""
        scan = plan.scans[0]
        decoder, builder = Decoder(table, scan.travelling), Builder(scan.travelling)
        items = [decoder.one(encoded(result)).items[0] for result in results]
        batch = builder.batch(items, tenants)
        relation = Relation(builder, lambda: iter([batch]), keep=True)
        inner = Cancellation(within=self.cancelled)
        return Reading(self.session, plan, parameters, self.stats, inner, given={scan.name: relation})
