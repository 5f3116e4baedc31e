"""Makes writes ready: reads the rows they change, checks every value and rule, and builds the requests. Sends none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from xerosql.api import Request, new_idempotency_key, path_of
from xerosql.catalog.model import SameAsParent, Table, Write
from xerosql.errors import IntegrityError, located
from xerosql.execute.cancel import Cancellation
from xerosql.execute.coerce import coerced
from xerosql.execute.decode import Page, raw_page
from xerosql.execute.fetch import Fetcher
from xerosql.execute.objects import Object, body_of, merged, received, value_at
from xerosql.execute.prepared import DELETE, INSERT, UPDATE, Change, Prepared
from xerosql.execute.read import Reading
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.validate import Row, complete, given, refuse_frozen
from xerosql.plan.access import Fetch, always
from xerosql.plan.model import DeletePlan, InsertPlan, UpdatePlan, value_of

PROJECTS_A_CALL = 40

#: Organisation, Id, present object and new values of a row to change.
Target = tuple[str, str, Object, Sequence[object]]


class Preparation:
    """The reads and checks that come before the requests of one write statement."""

    def __init__(self, session: Session, stats: Stats, cancelled: Cancellation) -> None:
        self.session = session
        self.stats = stats
        self.cancelled = cancelled

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

    # -- Insert --------------------------------------------------------------------------------------------------------

    def inserted_rows(self, plan: InsertPlan, parameters: Sequence[object]) -> list[Sequence[object]]:
        if plan.source is None:
            return [[value_of(value, parameters, {}) for value in row] for row in plan.rows]
        reading = Reading(self.session, plan.source, parameters, self.stats, Cancellation(within=self.cancelled))
        try:
            return list(reading.fetch(None))
        finally:
            reading.close()

    def insertions(self, plan: InsertPlan, values: Sequence[Sequence[object]]) -> list[Change]:
        table, write = plan.table, plan.write
        rows: list[Row] = []
        for place, given_values in enumerate(values, start=1):
            with located(row=place):
                rows.append(coerced_row(table, plan.columns, given_values, f"row {place}"))
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
        parent = self.parent_of(table, row, tenant, label, parents)
        filled = complete(table, row, label, parent)
        ids = {name: str(filled[name]) for name in write.needs}
        request = Request(
            write.method,
            path_of(write.url, **ids) if ids else write.url,
            body=body_of(table, write, filled, None),
            tenant=tenant,
            idempotency_key=new_idempotency_key(),
        )
        return Change(label, tenant, (request,), merged(table, {}, filled), sets=(tuple(row),))

    def parents(self, table: Table, rows: Sequence[Row]) -> dict[tuple[str, str], Object]:
        """The parent of every row, in as few calls as the list takes ids; only for tables with a rule that needs it."""
        if table.parent is None or not any(isinstance(rule, SameAsParent) for rule in table.rules):
            return {}
        wanted: dict[str, list[str]] = {}
        for row in rows:
            asked = wanted.setdefault(str(row["TenantId"]), [])
            if row[table.parent.column] is not None and row[table.parent.column] not in asked:
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
    ) -> dict[str, object] | None:
        rule = next((each for each in table.rules if isinstance(each, SameAsParent)), None)
        if rule is None or table.parent is None or row.get(table.parent.column) is None:
            return None
        parent = self.session.catalog.table(table.parent.table)
        found = parents.get((tenant, str(row[table.parent.column])))
        if found is None:
            raise IntegrityError(
                f"there is no {parent.item} {row[table.parent.column]} in this organisation ({label})",
                sqlstate="23503",
            )
        return {rule.parent_column: value_at(found, parent[rule.parent_column].json)}

    # -- Update and delete ---------------------------------------------------------------------------------------------

    def targets(self, plan: UpdatePlan | DeletePlan, parameters: Sequence[object]) -> list[Target]:
        """Organisation, Id, present object and new values of every row to change; each row once."""
        target = plan.targets.scans[0].name
        reading = Reading(
            self.session, plan.targets, parameters, self.stats, Cancellation(within=self.cancelled), keep_raw=target
        )
        try:
            rows = reading.fetch(None)
        finally:
            reading.close()
        found: dict[tuple[str, str], Sequence[object]] = {}
        for tenant, key, *values in rows:
            where = (str(tenant), str(key))
            if found.setdefault(where, values) != values:
                raise IntegrityError(
                    f"the statement gives {plan.table.item} {key} several new values; "
                    "make the joined rows unique for each",
                    sqlstate="21000",
                )
        return [(tenant, key, received(reading.raw[tenant, key]), values) for (tenant, key), values in found.items()]

    def change(self, plan: UpdatePlan, target: Target) -> Change:
        """One row's update: its new values in the object as it is now."""
        table, (tenant, key, read, values) = plan.table, target
        old = self.session.recent.present(table, tenant, key, read)
        new = coerced_row(table, plan.columns, values, key)
        refuse_nulls(table, new, key)
        before = column_values(table, old)
        for rule in table.rules:
            if isinstance(rule, SameAsParent) and rule.column in new and new[rule.column] is None:
                new[rule.column] = before.get(rule.column)  # NULL asks for the parent's, which it has already
        after = {**before, **new}
        check = {rule.column: before.get(rule.column) for rule in table.rules if isinstance(rule, SameAsParent)}
        parent = {rule.parent_column: check[rule.column] for rule in table.rules if isinstance(rule, SameAsParent)}
        complete(table, after, key, parent if None not in parent.values() else None)
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
        return Change(key, tenant, requests, merged(table, old, new), before=old, sets=sets)


def whole_page(body: bytes) -> Page:
    page = raw_page(body)
    return Page([received(bytes(item)) for item in page.items], page.pagination.pageCount)


def whole_object(body: bytes) -> Page:
    return Page([received(body)])


def coerced_row(table: Table, columns: Sequence[str], values: Sequence[object], label: str) -> Row:
    return {name: coerced(table[name], value, label) for name, value in zip(columns, values, strict=True)}


def deletion(plan: DeletePlan, tenant: str, key: str, old: Object) -> Change:
    """One row's deletion. Xero takes no Idempotency-Key for it."""
    path = path_of(plan.write.url, **ids_of(plan.table, plan.write, old))
    return Change(key, tenant, (Request(plan.write.method, path, tenant=tenant),), after=old)


def column_values(table: Table, source: Object) -> Row:
    return {column.name: value_at(source, column.json) for column in table.columns if column.json}


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


def refuse_nulls(table: Table, new: Row, key: str) -> None:
    for name, value in new.items():
        if table[name].required and not given(value):
            raise IntegrityError(f"{name} cannot be set to NULL or nothing ({table.item} {key})", sqlstate="23502")


def ids_of(table: Table, write: Write, source: Object) -> dict[str, str]:
    return {name: str(value_at(source, table[name].json)) for name in write.needs}
