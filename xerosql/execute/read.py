"""Runs a read plan: binds its scans, lets the engine pull them, and hands out the rows."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from arro3.core import RecordBatch

from xerosql.catalog.model import Table
from xerosql.errors import Error, OperationalError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.decode import Builder
from xerosql.execute.engine import ColumnType, Result
from xerosql.execute.fetch import Fetcher
from xerosql.execute.relation import Relation, ScanReader
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.system import system_rows
from xerosql.plan.binding import Binding, bind, shared
from xerosql.plan.model import Computed, ReadPlan, Scan, value_of

CANCELLED = "57014"


class Reading:
    """One execution of a read plan. Closing it stops the fetching.

    `given` are relations to read instead of binding the scans. `raw` has the JSON of every object that the scan called
    `keep_raw` read, by organisation and key.
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
        given: Mapping[str, Relation] | None = None,
    ) -> None:
        self.session = session
        self.plan = plan
        self.parameters = parameters
        self.stats = stats
        self.cancelled = cancelled
        self.raw: dict[tuple[str, ...], bytes] = {}
        self.fetcher = Fetcher(session, stats, cancelled, share=shares_requests(plan))
        self.relations = dict(given) if given is not None else self.bound(keep_raw)
        weakref.finalize(self, end_pulls, tuple(self.relations.values()))  # for results that nobody closes
        self.result = self.start(change)

    def start(self, change: bool) -> Result:
        engine, values = self.session.engine, [self.parameters[index] for index in self.plan.uses]
        try:
            if change:
                return engine.change(self.plan.sql, values, self.relations)
            return engine.query(
                self.plan.sql,
                values,
                self.relations,
                in_transaction=self.plan.uses_scratch,
                cancelled=self.cancelled,
            )
        except Error as error:
            self.abandon()
            raise self.cause_of(error) from error.__cause__

    def bound(self, keep_raw: str) -> dict[str, Relation]:
        """A relation for every scan, none of them pulled yet."""
        computed = self.computed()
        scans = [scan for scan in self.plan.scans if scan.table.source == "xero"]
        bindings = shared([(scan.table, self.binding_of(scan, computed)) for scan in scans])
        relations = {
            scan.name: self.relation_of(scan, binding, keep_raw=scan.name == keep_raw)
            for scan, binding in zip(scans, bindings, strict=True)
        }
        for scan in self.plan.scans:
            if scan.table.source != "xero":
                relations[scan.name] = held_relation(scan, self.rows_of(scan.table))
        return relations

    def binding_of(self, scan: Scan, computed: dict[str, object]) -> Binding:
        parent = self.session.catalog.table(scan.table.parent.table) if scan.table.parent else None
        narrowed = scan if self.session.settings.pushdown else without_pushdown(scan)
        return bind(
            narrowed, lambda value: value_of(value, self.parameters, computed), self.session.default_tenant, parent
        )

    def relation_of(self, scan: Scan, binding: Binding, *, keep_raw: bool) -> Relation:
        reader = ScanReader(
            scan,
            binding,
            self.fetcher,
            self.session.catalog,
            keep_raw=keep_raw,
            page_by_page=self.plan.may_stop_early,
        )
        if reader.raw is not None:
            self.raw = reader.raw
        return reader.relation(keep=self.plan.may_rescan)

    def computed(self) -> dict[str, object]:
        """The constant expressions that conditions use, evaluated once."""
        wanted = [
            value.sql
            for scan in self.plan.scans
            for condition in scan.conditions
            for value in condition.values
            if isinstance(value, Computed)
        ]
        expressions = list(dict.fromkeys(wanted))
        return dict(zip(expressions, self.session.engine.evaluate(expressions), strict=True)) if expressions else {}

    def rows_of(self, table: Table) -> list[SimpleNamespace]:
        """The rows of a table that no access path reads."""
        match table.source:
            case "catalog":
                return self.session.catalog.rows_of(table, self.session.names.scratch)
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

    def abandon(self) -> None:
        self.cancelled.set()
        self.fetcher.close()

    def close(self) -> None:
        self.abandon()
        self.result.close()


def end_pulls(relations: Iterable[Relation]) -> None:
    for relation in relations:
        relation.close()


def held_relation(scan: Scan, rows: list[SimpleNamespace]) -> Relation:
    """A relation of rows that are in memory already."""
    builder = Builder(scan.travelling)

    def batches() -> Any:
        batch: RecordBatch = builder.batch(rows, [""] * len(rows))
        yield batch

    return Relation(builder, batches, keep=True)


def without_pushdown(scan: Scan) -> Scan:
    """The scan that reads the whole table; only TenantId, which says whose table, stays."""
    return replace(scan, conditions=tuple(each for each in scan.conditions if each.column == "tenantid"))


def shares_requests(plan: ReadPlan) -> bool:
    """Whether two scans of the plan may ask Xero the same thing."""
    asked: list[str] = []
    for scan in plan.scans:
        asked.append(scan.table.full_name)
        if scan.table.parent is not None:
            asked.append(scan.table.parent.table)
    return len(set(asked)) < len(asked)
