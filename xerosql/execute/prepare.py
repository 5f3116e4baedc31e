"""Makes writes ready: reads the rows they change, checks every value and rule, and builds the requests. Sends none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from xerosql.api import Request, new_idempotency_key, path_of
from xerosql.catalog import Catalog
from xerosql.catalog.model import PAIR, UUID, SameAsParent, Table, Write
from xerosql.errors import IntegrityError, located
from xerosql.execute.cancel import Cancellation
from xerosql.execute.decode import Page, raw_page
from xerosql.execute.fetch import Fetcher
from xerosql.execute.prepared import DELETE, INSERT, UPDATE, Change, Prepared
from xerosql.execute.read import Reading
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.unsent import named, reading_of, unsent_rows
from xerosql.payload.coerce import coerced
from xerosql.payload.objects import Object, body_of, column_values, merged, received, value_at
from xerosql.payload.validate import Row, complete, refuse_frozen, refuse_nulls, settled
from xerosql.plan.access import Fetch, always
from xerosql.plan.known import is_provisional
from xerosql.plan.model import DeletePlan, InsertPlan, UpdatePlan, value_of

PROJECTS_A_CALL = 40

#: Organisation, Id, present object and new values of a row to change.
Target = tuple[str, str, Object, Sequence[object]]
#: Rows of the query for the targets, and what gives the object of one by organisation and Id.
Rows = list[tuple[Any, ...]]
Objects = Callable[[str, str], Object]


class Preparation:
    """The reads and checks that come before the requests of one write statement."""

    def __init__(self, session: Session, stats: Stats, cancelled: Cancellation) -> None:
        self.session = session
        self.stats = stats
        self.cancelled = cancelled
        self.queued = session.queued

    # -- The three statements ------------------------------------------------------------------------------------------

    def insert(self, plan: InsertPlan, many: Sequence[Sequence[object]]) -> Prepared:
        rows = [row for parameters in many for row in self.inserted_rows(plan, parameters)]
        return Prepared(plan.table, INSERT, tuple(self.insertions(plan, rows)))

    def update(self, plan: UpdatePlan, many: Sequence[Sequence[object]]) -> Prepared:
        targets = list(chain.from_iterable(self.targets(plan, parameters) for parameters in many))
        refuse_all_frozen(plan.table, targets, "updated")
        refuse_repeated(plan.table, targets)
        return Prepared(plan.table, UPDATE, tuple(self.change(plan, target) for target in targets))

    def delete(self, plan: DeletePlan, many: Sequence[Sequence[object]]) -> Prepared:
        targets = list(chain.from_iterable(self.targets(plan, parameters) for parameters in many))
        refuse_all_frozen(plan.table, targets, "deleted")
        once = {(tenant, key): old for tenant, key, old, _ in targets}
        return Prepared(plan.table, DELETE, tuple(deletion(plan, *row, old) for row, old in once.items()))

    def coerced_row(self, table: Table, columns: Sequence[str], values: Sequence[object], label: str) -> Row:
        """The values in their columns' types; into the queue, ids may be of rows that it has yet to create."""
        return {
            name: value
            if self.queued and is_provisional(value) and table[name].type in (UUID, PAIR)
            else coerced(table[name], value, label)
            for name, value in zip(columns, values, strict=True)
        }

    # -- Insert --------------------------------------------------------------------------------------------------------

    def inserted_rows(self, plan: InsertPlan, parameters: Sequence[object]) -> list[Sequence[object]]:
        if plan.source is None:
            return [[value_of(value, parameters, {}) for value in row] for row in plan.rows]
        inner = Cancellation(within=self.cancelled)
        reading = Reading(self.session, plan.source, parameters, self.stats, inner, fresh=True)
        try:
            return list(reading.fetch(None))
        finally:
            reading.close()

    def insertions(self, plan: InsertPlan, values: Sequence[Sequence[object]]) -> list[Change]:
        table, write = plan.table, plan.write
        rows: list[Row] = []
        for place, given_values in enumerate(values, start=1):
            with located(row=place):
                rows.append(self.coerced_row(table, plan.columns, given_values, f"row {place}"))
        for row in rows:
            row["TenantId"] = row.get("TenantId") or self.session.default_tenant()
        parents = self.parents(table, rows)
        changes = []
        for place, row in enumerate(rows, start=1):
            with located(row=place):
                changes.append(self.insertion(table, write, f"row {place}", row, parents))
        return changes

    def insertion(
        self, table: Table, write: Write, label: str, row: Row, parents: dict[tuple[str, str], Object]
    ) -> Change:
        tenant = str(row.pop("TenantId"))
        found = self.parent_of(table, row, tenant, label, parents)
        filled = complete(table, row, label, told_by_parent(self.session.catalog, table, found))
        ids = {name: str(filled[name]) for name in write.needs}
        request = Request(
            write.method,
            path_of(write.url, **ids) if ids else write.url,
            body=body_of(table, write, filled, None),
            tenant=tenant,
            idempotency_key=new_idempotency_key(),
        )
        after = merged(table, {}, filled)
        customer = customer_of(self.session.catalog, table, after, found)
        return Change(label, tenant, (request,), after, sets=(tuple(row),), values=filled, customer=customer)

    def parents(self, table: Table, rows: Sequence[Row]) -> dict[tuple[str, str], Object]:
        """The parent of every row, in as few calls as the list takes ids; only for tables with a rule that needs it."""
        if table.parent is None or not any(isinstance(rule, SameAsParent) for rule in table.rules):
            return {}
        wanted: dict[str, list[str]] = {}
        for row in rows:
            asked = wanted.setdefault(str(row["TenantId"]), [])
            key = row[table.parent.column]
            if key is not None and key not in asked and not is_provisional(key):
                asked.append(str(row[table.parent.column]))
        parent = self.session.catalog.table(table.parent.table)
        found = {}
        for tenant, ids in wanted.items():
            for start in range(0, len(ids), PROJECTS_A_CALL):
                for item in self.objects(parent, tenant, ids[start : start + PROJECTS_A_CALL]):
                    found[tenant, str(value_at(item, parent[parent.key[0]].json))] = item
        return found

    def objects(self, table: Table, tenant: str, ids: Sequence[str]) -> list[Object]:
        """The objects with these ids, by one read."""
        own = next(path for path in table.paths if not path.paged)
        taken = next(each for each in table.list_path.takes if each.column == table.key[0])
        one = Fetch(own, tenant, ((table.key[0], ids[0]),))
        query = ((taken.parameter, ",".join(ids)), *always(table.list_path))
        several = Fetch(table.list_path, tenant, (), query, table.list_path.page_size)
        fetcher = Fetcher(self.session, self.stats, self.cancelled)
        try:
            pages = fetcher.pages([one if len(ids) == 1 else several], whole_page, whole_object, eager=True)
            return [item for _, page, _ in pages for item in page.items]
        finally:
            fetcher.close()

    def parent_of(
        self, table: Table, row: Row, tenant: str, label: str, parents: dict[tuple[str, str], Object]
    ) -> Object | None:
        """The parent of a row, None where no rule asks for it or it is still to be created."""
        if table.parent is None or not any(isinstance(each, SameAsParent) for each in table.rules):
            return None
        if row.get(table.parent.column) is None or is_provisional(row[table.parent.column]):
            return None
        parent = self.session.catalog.table(table.parent.table)
        found = parents.get((tenant, str(row[table.parent.column])))
        if found is None:
            raise IntegrityError(
                f"there is no {parent.item} {row[table.parent.column]} in this organisation ({label})",
                sqlstate="23503",
            )
        return found

    # -- Update and delete ---------------------------------------------------------------------------------------------

    def targets(self, plan: UpdatePlan | DeletePlan, parameters: Sequence[object]) -> list[Target]:
        """Organisation, Id, present object and new values of every row to change; each row once."""
        unsent = named(plan.targets, parameters) if self.queued else frozenset()
        rows, objects = self.unsent(plan, parameters, unsent) if unsent else self.read(plan, parameters)
        found: dict[tuple[str, str], Sequence[object]] = {}
        for tenant, key, *values in rows:
            where = (str(tenant), str(key))
            if found.setdefault(where, values) != values:
                raise IntegrityError(
                    f"the statement gives {plan.table.item} {key} several new values; "
                    "make the joined rows unique for each",
                    sqlstate="21000",
                )
        return [(tenant, key, objects(tenant, key), values) for (tenant, key), values in found.items()]

    def read(self, plan: UpdatePlan | DeletePlan, parameters: Sequence[object]) -> tuple[Rows, Objects]:
        """The rows of a statement that Xero has, and their objects by organisation and Id."""
        target = plan.targets.scans[0].name
        inner = Cancellation(within=self.cancelled)
        reading = Reading(self.session, plan.targets, parameters, self.stats, inner, keep_raw=target, fresh=True)
        try:
            return reading.fetch(None), lambda tenant, key: received(reading.raw[tenant, key])
        finally:
            reading.close()

    def unsent(
        self, plan: UpdatePlan | DeletePlan, parameters: Sequence[object], tasks: frozenset[int]
    ) -> tuple[Rows, Objects]:
        """The rows of a statement that the queue has yet to create."""
        rows = unsent_rows(self.session.outbox, plan.table, tasks)
        target = plan.targets.scans[0].name
        targets, values, relation = reading_of(plan.targets, rows, parameters)
        inner = Cancellation(within=self.cancelled)
        reading = Reading(self.session, targets, values, self.stats, inner, fresh=True, given={target: relation})
        try:
            return reading.fetch(None), lambda tenant, key: rows[tenant, key]
        finally:
            reading.close()

    def change(self, plan: UpdatePlan, target: Target) -> Change:
        """One row's update: its new values in the object as it is now."""
        table, (tenant, key, read, values) = plan.table, target
        old = self.session.recent.present(table, tenant, key, read)
        new = self.coerced_row(table, plan.columns, values, key)
        refuse_nulls(table, new, key)
        new = settled(table, new, column_values(table, old), key)
        writes = [write for write in table.updates if set(write.columns) & set(new)]
        requests = tuple(
            Request(
                write.method,
                path_of(write.url, **ids_of(table, write, old)),
                body=body_of(table, write, new, old),
                tenant=tenant,
                idempotency_key=new_idempotency_key(),
            )
            for write in writes
        )
        sets = tuple(tuple(name for name in plan.columns if name in write.columns) for write in writes)
        return Change(
            key,
            tenant,
            requests,
            merged(table, old, new),
            before=old,
            sets=sets,
            values=new,
            customer=customer_of(self.session.catalog, table, old, None),
        )


def whole_page(body: bytes) -> Page:
    page = raw_page(body)
    return Page([received(bytes(item)) for item in page.items], page.pagination.pageCount)


def whole_object(body: bytes) -> Page:
    return Page([received(body)])


def told_by_parent(catalog: Catalog, table: Table, parent: Object | None) -> dict[str, object] | None:
    """What the rules of a table ask of a row's parent."""
    rule = next((each for each in table.rules if isinstance(each, SameAsParent)), None)
    if parent is None or rule is None or table.parent is None:
        return None
    column = catalog.table(table.parent.table)[rule.parent_column]
    return {rule.parent_column: value_at(parent, column.json)}


def customer_of(catalog: Catalog, table: Table, own: Object, parent: Object | None) -> str | None:
    """For whom a row is: by its own column that says so, or by its parent's."""
    if table.customer:
        found = value_at(own, table[table.customer].json)
        return None if found is None else str(found)
    if parent is not None and table.parent is not None:
        return customer_of(catalog, catalog.table(table.parent.table), parent, None)
    return None


def deletion(plan: DeletePlan, tenant: str, key: str, old: Object) -> Change:
    """One row's deletion. Xero takes no Idempotency-Key for it."""
    path = path_of(plan.write.url, **ids_of(plan.table, plan.write, old))
    return Change(key, tenant, (Request(plan.write.method, path, tenant=tenant),), after=old)


def refuse_repeated(table: Table, targets: Sequence[Target]) -> None:
    """Two sets of parameters for one row would both be worked out from what it was before the first."""
    seen: set[tuple[str, str]] = set()
    for tenant, key, *_ in targets:
        if (tenant, key) in seen:
            raise IntegrityError(
                f"two sets of parameters change {table.item} {key}; execute() them one after the other",
                sqlstate="21000",
            )
        seen.add((tenant, key))


def refuse_all_frozen(table: Table, targets: Sequence[Target], verb: str) -> None:
    for _, key, old, _ in targets:
        refuse_frozen(table, column_values(table, old), key, verb)


def ids_of(table: Table, write: Write, source: Object) -> dict[str, str]:
    return {name: str(value_at(source, table[name].json)) for name in write.needs}
