"""Runs a read plan: binds its scans, lets the engine pull them, and hands out the rows."""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from time import monotonic
from types import SimpleNamespace
from typing import Any

from arro3.core import RecordBatch

from xerosql.catalog import SCRATCH
from xerosql.catalog.model import Table
from xerosql.errors import Error, OperationalError
from xerosql.execute.binder import Binder
from xerosql.execute.budget import check_binding, check_plan
from xerosql.execute.cancel import Cancellation
from xerosql.execute.decode import Builder
from xerosql.execute.fetch import Fetcher
from xerosql.execute.pace import Pace
from xerosql.execute.queue_rows import queue_rows
from xerosql.execute.relation import Relation, ScanReader
from xerosql.execute.result import ColumnType, Result
from xerosql.execute.session import Session
from xerosql.execute.statistics import Actual
from xerosql.execute.stats import Account, Stats
from xerosql.execute.system import system_rows
from xerosql.plan.access import Binding
from xerosql.plan.model import LISTING, ReadPlan, Scan
from xerosql.plan.order import Step, Strategy

CANCELLED = "57014"


class Reading:
    """One execution of a read plan. Closing it stops the fetching.

    `given` are relations to read instead of binding the scans. One that is `fresh` asks for everything itself, however
    old the connection's data may be: a write builds on it. `raw` has the JSON of every object that the scan called
    `keep_raw` read, by organisation and key. With `arrow` the rows come as record batches.
    """

    def __init__(
        self,
        session: Session,
        plan: ReadPlan,
        parameters: Sequence[object],
        stats: Stats,
        cancelled: Cancellation,
        *,
        keep_raw: str = "",
        change: bool = False,
        fresh: bool = False,
        given: Mapping[str, Relation] | None = None,
        arrow: bool = False,
    ) -> None:
        self.session = session
        self.plan = plan
        self.parameters = parameters
        self.stats = stats
        self.cancelled = Cancellation(within=cancelled)
        self.streams_arrow = arrow
        self.raw: dict[tuple[str, ...], bytes] = {}
        self.source = session.source() if plan.asks and given is None and not fresh else None
        self.fetcher = Fetcher(session, stats, self.cancelled, share=shares_requests(plan), source=self.source)
        self.relations: dict[str, Relation] = dict(given or {})
        self.accounts: dict[str, Account] = {}
        self.strategy: Strategy | None = None
        self.growing = ""  # the scan that is read part by part until a LIMIT is reached
        self.statement: Hashable = None
        weakref.finalize(self, end_pulls, self.relations, self.fetcher)  # for results that nobody closes
        self.result = self.start(change, bind=given is None, keep_raw=keep_raw)

    def start(self, change: bool, *, bind: bool, keep_raw: str) -> Result:
        engine, values = self.session.engine, [self.parameters[index] for index in self.plan.uses]
        try:
            if bind and (grown := self.bind(keep_raw)) is not None:
                return grown
            if change:
                return engine.change(self.plan.sql, values, self.relations, self.cancelled)
            return self.queried(values, arrow=self.streams_arrow)
        except Error as error:
            self.abandon()
            raise self.cause_of(error) from error.__cause__

    def queried(self, values: Sequence[object], *, arrow: bool = False) -> Result:
        return self.session.engine.query(
            self.plan.sql,
            values,
            self.relations,
            in_transaction=self.plan.uses_scratch,
            cancelled=self.cancelled,
            arrow=arrow,
        )

    def bind(self, keep_raw: str) -> Result | None:
        """A relation for every scan, in the order that costs the fewest calls. Those that give others keys are read.

        Where a LIMIT may be reached before a scan is read whole, it is read part by part, and the result is returned.
        """
        binder = Binder(self.session, self.plan, self.parameters, self.relations, self.cancelled, self.source)
        self.fetcher.is_held = binder.is_held
        self.strategy, self.statement = binder.strategy(), binder.statement
        self.stats.expect(self.strategy.calls)
        check_plan(self.session, self.plan, self.strategy, self.stats.api_calls)
        self.growing = "" if binder.growing is None else self.strategy.steps[binder.growing].scan.name
        for place, step in enumerate(self.strategy.steps):
            self.bind_step(binder, step, keep_raw)
            if binder.growing == place:
                return self.grown(binder, step, self.strategy.steps[place + 1 :], keep_raw)
        return None

    def bind_step(self, binder: Binder, step: Step, keep_raw: str) -> None:
        scan = step.scan
        if scan.table.source == "xero":
            binding = binder.binding(step, lambda fetch: self.fetcher.has_read(fetch) or binder.is_held(fetch))
            if scan.hydrated and any(fetch.path.paged for fetch in (*binding.fetches, *binding.per_parent)):
                listed = self.relations[scan.listing.name] = self.relation_of(scan.listing, binding, keep_raw=False)
                binding = binder.objects(scan, listed)
            new = sum(not binder.is_held(fetch) for fetch in binding.fetches)
            check_binding(self.session, step, new, self.stats.api_calls)
            self.relations[scan.name] = self.relation_of(scan, binding, keep_raw=scan.name == keep_raw)
        elif scan.table.source == "queue":
            self.relations[scan.name] = held_relation(scan, queue_rows(self.session, scan, binder.constant[scan.name]))
        elif scan.table.source != SCRATCH:
            self.relations[scan.name] = held_relation(scan, self.rows_of(scan.table))

    def grown(self, binder: Binder, step: Step, later: Sequence[Step], keep_raw: str) -> Result:
        """The result of as many parts of one scan as give enough rows, with what belongs to them of the later scans."""
        relation, values = self.relations[step.scan.name], [self.parameters[index] for index in self.plan.uses]
        enough = binder.resolve(self.plan.limit.rows) if self.plan.limit and self.plan.limit.rows else None
        pace = Pace(eager=False)
        while True:
            began = monotonic()
            more = relation.grow(pace.width)
            pace.learn(monotonic() - began)
            binder.forget()
            for other in later:  # none may take keys from what a later one had of fewer parts
                self.relations.pop(other.scan.name, None)
            for other in later:  # by whole lists, so that what one part has asked for serves the next
                shared = replace(other, wide=other.wide or other.scan.table.parent is not None)
                self.bind_step(binder, shared, keep_raw)
            result = self.queried(values).hold()
            if not more or not isinstance(enough, int) or len(result.rows or ()) >= enough:
                break
        return result

    def relation_of(self, scan: Scan, binding: Binding, *, keep_raw: bool) -> Relation:
        feeds = scan.name in self.plan.feeding
        reader = ScanReader(
            scan,
            binding,
            self.fetcher,
            self.session.catalog,
            keep_raw=keep_raw,
            page_by_page=scan.name == self.growing or (self.plan.may_stop_early and not feeds),
            account=self.accounts.setdefault(scan.name.removesuffix(LISTING), Account()),
        )
        if reader.raw is not None:
            self.raw = reader.raw
        return reader.relation(keep=self.plan.may_rescan or feeds)

    def rows_of(self, table: Table) -> list[SimpleNamespace]:
        """The rows of a table that no access path reads."""
        match table.source:
            case "catalog":
                return self.session.catalog.rows_of(table, self.session.local())
            case "session":
                return system_rows(self.session, table)
        return self.connected()

    def connected(self) -> list[SimpleNamespace]:
        """The rows of Tenants."""
        found = self.session.client.connections(fresh=True, tally=self.stats.tally, cancelled=self.cancelled)
        active = self.session.active_tenant(found)
        return [
            SimpleNamespace(
                tenant_id=each.tenant_id, name=each.name, type=each.type, is_active=each.tenant_id == active
            )
            for each in found
        ]

    # -- Rows ----------------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> list[tuple[str, ColumnType]]:
        """Names as the user wrote them, with their types."""
        found = self.result.columns
        names = self.plan.names if len(self.plan.names) == len(found) else [name for name, _ in found]
        return [(name, kind) for name, (_, kind) in zip(names, found, strict=True)]

    def fetch(self, size: int | None) -> list[tuple[object, ...]]:
        """The next `size` rows, all that are left if None."""
        try:
            return self.result.fetch(size)
        except Error as error:
            raise self.cause_of(error) from error.__cause__

    def batch(self) -> Any:
        """The next pyarrow.RecordBatch under the names the user wrote, None after the last."""
        try:
            batch = self.result.batch()
        except Error as error:
            raise self.cause_of(error) from error.__cause__
        if batch is None or self.has_users_names:
            return batch
        return batch.rename_columns([name for name, _ in self.columns])

    @cached_property
    def has_users_names(self) -> bool:
        """Whether the engine has the names that the user wrote; else each batch is renamed."""
        return [name for name, _ in self.columns] == [name for name, _ in self.result.columns]

    def arrow(self) -> Any:
        """What is left as a pyarrow.Table under the names the user wrote."""
        try:
            return self.result.arrow().rename_columns([name for name, _ in self.columns])
        except Error as error:
            raise self.cause_of(error) from error.__cause__

    def cause_of(self, error: Error) -> Error:
        """The error of the fetch that the engine stumbled over, if that is what happened."""
        if self.cancelled.is_set() and error.sqlstate == CANCELLED:
            return OperationalError("the statement was cancelled", sqlstate=CANCELLED)
        for relation in self.relations.values():
            failure, relation.error = relation.error, None  # kept, it would hold its traceback and so all of this
            if isinstance(failure, Error):
                return failure
            if failure is not None:
                raise failure
        return error

    def finished(self) -> None:
        """The last row has been fetched: nothing more will be asked, and what it took is known."""
        self.fetcher.close()
        self.fetcher.release()
        if self.strategy is not None:
            taken = {
                name: Actual(each.calls + each.reused, each.rows, None if self.source is None else each.fetches)
                for name, each in self.accounts.items()
            }
            self.session.statistics.learn_statement(self.statement, self.strategy.signature, taken)

    def abandon(self) -> None:
        self.cancelled.set()
        self.fetcher.close()

    def close(self) -> None:
        self.result.finish()  # first, since abandoning it interrupts what its connection does
        self.abandon()
        self.fetcher.release()
        self.result.close()


def end_pulls(relations: Mapping[str, Relation], fetcher: Fetcher) -> None:
    fetcher.close()
    for relation in relations.values():
        relation.close()


def held_relation(scan: Scan, rows: list[SimpleNamespace]) -> Relation:
    """A relation of rows that are in memory already."""
    builder = Builder(scan.travelling)

    def batches() -> Any:
        batch: RecordBatch = builder.batch(rows, [""] * len(rows))
        yield batch

    return Relation(builder, batches, keep=True)


def shares_requests(plan: ReadPlan) -> bool:
    """Whether two scans of the plan may ask Xero the same thing, or one scan twice as a LIMIT is grown to."""
    if plan.limit is not None and plan.limit.growing and len(plan.scans) > 1:
        return True
    asked: list[str] = []
    for scan in plan.scans:
        asked.append(scan.table.full_name)
        if scan.table.parent is not None:
            asked.append(scan.table.parent.table)
    return len(set(asked)) < len(asked)
