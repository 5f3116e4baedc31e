"""Binds the scans of one execution, one after the other: each may take its keys from the rows of those before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

from xerosql.catalog import SCRATCH
from xerosql.catalog.model import PAIR, UUID, Column, Table
from xerosql.errors import DatabaseError, InternalError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.relation import Relation
from xerosql.execute.reuse import Held
from xerosql.execute.session import Session
from xerosql.execute.statistics import Actual
from xerosql.plan.access import Binding, Choices, Fetch, bind, own_path
from xerosql.plan.drafts import emptiness
from xerosql.plan.estimate import Estimator
from xerosql.plan.keys import key_query
from xerosql.plan.known import KeyValues, Known
from xerosql.plan.model import Computed, Keys, KeySource, ReadPlan, Scan, Value, value_of
from xerosql.plan.order import Step, Strategy, growing_step, strategy_for
from xerosql.snapshots import Source


class Binder:
    """What the values of one execution make of a plan's scans.

    `relations` are those that have been bound so far, by scan; taking keys from one reads it whole, until
    `cancelled`. What is in `source` is not asked for.
    """

    def __init__(
        self,
        session: Session,
        plan: ReadPlan,
        parameters: Sequence[object],
        relations: Mapping[str, Relation],
        cancelled: Cancellation,
        source: Source | None = None,
    ) -> None:
        self.session = session
        self.plan = plan
        self.parameters = parameters
        self.relations = relations
        self.cancelled = cancelled
        self.computed = self.evaluated()
        self.taken: Mapping[str, Actual] = {}  # by each scan, the last time
        self.growing: int | None = None  # the place of the scan that is read part by part until a LIMIT is reached
        self.found: dict[tuple[str, str, str], KeyValues] = {}
        self.scans = tuple(scan if session.settings.pushdown else without_pushdown(scan) for scan in plan.scans)
        self.constant = {scan.name: Known(scan.table, scan.conditions, self.resolve) for scan in self.scans}
        self.held = Held(source)
        self.keeps = source is not None
        self.estimator = Estimator(
            session.statistics,
            self.constant,
            self.tables(),
            session.tenant_so_far,
            self.held,
            self.pushed_limit(),
            self.keeps,
        )

    @cached_property
    def statement(self) -> Hashable:
        """What tells this execution from those that may take other calls."""
        values = tuple(map(repr, self.parameters))
        return self.plan.sql, values, self.session.tenant_so_far(), self.session.settings.pushdown

    def tables(self) -> dict[str, Table]:
        """The scanned tables by the names of their scans, and their parents by full name."""
        parents = {scan.table.parent.table for scan in self.scans if scan.table.parent}
        return {
            **{scan.name: scan.table for scan in self.scans},
            **{name: self.session.catalog.table(name) for name in parents},
        }

    def evaluated(self) -> dict[str, object]:
        """The constant expressions that conditions and the LIMIT use, evaluated once."""
        limit = self.plan.limit
        values = [value for scan in self.plan.scans for condition in scan.conditions for value in condition.values]
        values += [each for each in (limit.rows, limit.offset) if each is not None] if limit is not None else []
        expressions = list(dict.fromkeys(value.sql for value in values if isinstance(value, Computed)))
        return dict(zip(expressions, self.session.engine.evaluate(expressions), strict=True)) if expressions else {}

    def resolve(self, value: Value) -> object:
        return value_of(value, self.parameters, self.computed)

    # -- The order -----------------------------------------------------------------------------------------------------

    def strategy(self) -> Strategy:
        """The scans in the order that should cost the fewest calls, with what they took the last time if known.

        What that is depends on what is there already, so the order of the last time may not be the cheapest any more;
        it is taken again where all that it asked for then is there.
        """
        plan, statistics = replace(self.plan, scans=self.scans), self.session.statistics
        found, growing = self.told(strategy_for(plan, self.estimator))
        last = statistics.last_way(self.statement) if found.calls and self.held.any else None
        if last is not None and last != found.signature:
            again, place = self.told(strategy_for(plan, self.estimator, [name for name, *_ in last]))
            if again.signature == last and again.calls < found.calls:
                found, growing = again, place
        self.growing = growing
        self.taken = statistics.taken(self.statement, found.signature)
        return found

    def told(self, strategy: Strategy) -> tuple[Strategy, int | None]:
        """The strategy with what its scans took the last time, and the place of the one that grows to a LIMIT."""
        growing = growing_step(strategy, self.plan, self.limit())
        if growing is not None:
            strategy = strategy.limited(growing, self.limit() or 0)
        taken = self.session.statistics.taken(self.statement, strategy.signature)
        known = {name: (self.calls_now(each), each.rows) for name, each in taken.items()}
        costs = {name: (calls, rows) for name, (calls, rows) in known.items() if calls is not None}
        return strategy.corrected(costs), growing

    def calls_now(self, actual: Actual) -> int | None:
        """What a scan would take that took so much before; None if it is not known what of it is there already."""
        if not self.held.any:
            return actual.calls
        if actual.fetches is None:
            return None
        return sum(pages for fetch, pages in actual.fetches.items() if not self.is_held(fetch))

    def is_held(self, fetch: Fetch) -> bool:
        """Whether a fetch can be answered without a call."""
        return self.held.age(fetch) is not None

    # -- One scan ------------------------------------------------------------------------------------------------------

    def binding(self, step: Step, read: Callable[[Fetch], bool]) -> Binding:
        """The requests for a scan in its place. DataError for a malformed id."""
        scan, pushdown = step.scan, self.session.settings.pushdown
        known = Known(scan.table, scan.conditions, self.resolve, partial(self.keys, table=scan.table))
        inferred = known.inferred("TenantId")
        if inferred and inferred != [self.session.tenant_so_far()]:
            known.keep("TenantId", self.session.connected(self.cancelled))  # no row is of another one
        alone = step.alone and pushdown
        choices = Choices(self.estimator.pages, read, step.wide, alone, self.pushed_limit(), self.keeps)
        parent = self.session.catalog.table(scan.table.parent.table) if scan.table.parent else None
        return bind(scan, known, partial(self.session.default_tenant, self.cancelled), parent, choices)

    def pushed_limit(self) -> int | None:
        """How many rows of the only scan are enough, where its LIMIT may be pushed."""
        limit = self.plan.limit
        return self.limit() if limit is not None and limit.pushed and self.session.settings.pushdown else None

    def limit(self) -> int | None:
        """How many rows LIMIT and OFFSET reach over, 0 for a LIMIT of 0; None if that is not known."""
        limit = self.plan.limit
        if limit is None or limit.rows is None:
            return None
        rows = self.resolve(limit.rows)
        skipped = 0 if limit.offset is None else self.resolve(limit.offset)
        if not isinstance(rows, int) or not isinstance(skipped, int) or rows < 0 or skipped < 0:
            return None
        return rows + skipped if rows else 0

    def objects(self, scan: Scan, listed: Relation) -> Binding:
        """The read of every object of a list that the statement can use, for columns that come only so."""
        own, table = own_path(scan.table), scan.table
        if own is None:
            raise InternalError(f"{table.name} has a hydrated column and no path of one object")
        query = key_query(scan.listing, table.key[0].lower(), "", self.parameters, self.resolve, lambda _: None)
        rows = self.asked({scan.listing.name: listed}, query.sql, query.values)
        names = table.identity or table.key
        ids = [(str(tenant), tuple(zip(names, str(key).split("/"), strict=True))) for key, tenant in rows]
        return Binding(tuple(Fetch(own, tenant, pair) for tenant, pair in ids))

    def forecast(self, strategy: Strategy, place: int) -> tuple[Binding, Known, tuple[tuple[str, Keys], ...]]:
        """What a step should ask before anything has been read: its requests, with keys that only have a number."""
        step, earlier = strategy.steps[place], {each.scan.name: each.guess for each in strategy.steps[:place]}
        scan = step.scan
        used = tuple(each for each in scan.keys if all(set(one.scans) <= set(earlier) for one in each[1].sources))

        def placeholders(keys: Keys, column: Column) -> KeyValues | None:
            if not any(each is keys for _, each in used) or column.type not in (UUID, PAIR):
                return None
            number = math.ceil(self.estimator.number_of_keys(keys, earlier))
            return KeyValues({placeholder(column, each): frozenset() for each in range(max(1, number))})

        if scan.table.source != "xero":
            return Binding(), self.constant[scan.name], used
        known = Known(scan.table, scan.conditions, self.resolve, placeholders)
        alone = step.alone and self.session.settings.pushdown
        choices = Choices(self.estimator.pages, self.is_held, step.wide, alone, self.pushed_limit(), self.keeps)
        parent = self.session.catalog.table(scan.table.parent.table) if scan.table.parent else None
        return bind(scan, known, self.session.tenant_so_far, parent, choices), known, used

    def forget(self) -> None:
        """Rows have been added to a relation: the keys taken so far are not all."""
        self.found.clear()

    # -- Keys ----------------------------------------------------------------------------------------------------------

    def keys(self, keys: Keys, column: Column, table: Table) -> KeyValues | None:
        """The values of `keys` for a column of `table`, None if the rows of a source are not there yet."""
        if not self.are_there(keys):
            return None
        together: dict[object, frozenset[str]] = {}
        for source in keys.sources:
            unless = self.unless_zero(source, column, table)
            for value, tenants in self.values_of(source, unless).tenants.items():
                together[value] = together.get(value, frozenset()) | tenants
        return KeyValues(together)

    def are_there(self, keys: Keys) -> bool:
        """Whether the rows of all sources can be read by now."""
        names = [name for source in keys.sources for name in source.scans]
        return all(name in self.relations or self.plan.by_name[name].table.source == SCRATCH for name in names)

    def unless_zero(self, source: KeySource, column: Column, table: Table) -> str:
        """The column of the parents that tells which of them have no rows of `table`, if the keys are the parents'."""
        if source.within:
            return ""
        parent, scan = table.parent, self.plan.by_name[source.scan]
        if found := emptiness(scan.conditions, scan.table, {each.name: each.table for each in self.plan.scans}):
            return found
        if parent is None or not parent.empty_when or scan.table.full_name != parent.table:
            return ""
        own = parent.column.lower()
        return parent.empty_when.lower() if source.column == own and column.name.lower() == own else ""

    def values_of(self, source: KeySource, unless_zero: str) -> KeyValues:
        place = (source.scan, source.column, unless_zero)
        if place not in self.found:
            rows = self.subresult(source) if source.within else self.rows_of(source, unless_zero)
            self.found[place] = grouped(rows)
        return self.found[place]

    def subresult(self, source: KeySource) -> Iterable[tuple[object, ...]]:
        """The values of a column of a subquery's result; its tables are read whole for it."""
        query = self.plan.subresults[source.scan]
        relations = {name: self.relations[name] for name in source.within if name in self.relations}
        sql = f'SELECT DISTINCT "{source.column}", NULL FROM ({query.sql}) WHERE "{source.column}" IS NOT NULL'
        return self.asked(relations, sql, [self.parameters[index] for index in query.uses])

    def rows_of(self, source: KeySource, unless_zero: str) -> Iterable[tuple[object, ...]]:
        """Value and organisation of every useful row of a scan, which is read whole for it."""
        scan = next(each for each in self.scans if each.name == source.scan)
        earlier = partial(self.earlier_keys, before=scan)
        query = key_query(scan, source.column, unless_zero, self.parameters, self.resolve, earlier)
        relations = {} if scan.table.source == SCRATCH else {scan.name: self.relations[scan.name]}
        try:
            return self.asked(relations, query.sql, query.values)
        except DatabaseError:
            if scan.name in self.relations and self.relations[scan.name].error is not None:
                raise
            return self.asked(relations, query.plain, ())  # what only the whole query can evaluate does not choose keys

    def earlier_keys(self, keys: Keys, before: Scan) -> Iterable[object] | None:
        """The values of keys that were known already when a scan was bound."""
        order = list(self.relations)
        place = order.index(before.name) if before.name in order else 0
        if any(name not in order[:place] for source in keys.sources for name in source.scans):
            return None
        return {value for source in keys.sources for value in self.values_of(source, "").tenants}

    def asked(self, relations: Mapping[str, Relation], sql: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        result = self.session.engine.query(
            sql, values, relations, in_transaction=self.plan.uses_scratch, cancelled=self.cancelled
        )
        try:
            return result.fetch(None)
        finally:
            result.close()


def placeholder(column: Column, number: int) -> str:
    """An id that nothing has, in the form that the column takes."""
    one = f"00000000-0000-0000-0000-{number:012x}"
    return f"{one}/{one}" if column.type is PAIR else one


def grouped(rows: Iterable[tuple[object, ...]]) -> KeyValues:
    tenants: dict[object, set[str]] = {}
    for value, tenant in rows:
        tenants.setdefault(value, set()).update([str(tenant)] if tenant is not None else ())
    return KeyValues({value: frozenset(found) for value, found in tenants.items()})


def without_pushdown(scan: Scan) -> Scan:
    """The scan that reads the whole table; only TenantId, which says whose table, stays."""
    kept = tuple(each for each in scan.conditions if each.column == "tenantid" and not isinstance(each.values[0], Keys))
    return replace(scan, conditions=kept, needed=frozenset(("*", *scan.fetched)), listings=())
