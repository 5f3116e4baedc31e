"""Runs write plans: every row is checked before the first request, then sent one by one, with a verdict for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xerosql.api import Request, new_idempotency_key, path_of
from xerosql.catalog.model import SameAsParent, Table, Write
from xerosql.errors import (
    Error,
    IntegrityError,
    InternalError,
    NotSupportedError,
    PartialWriteError,
    located,
)
from xerosql.execute.cancel import Cancellation
from xerosql.execute.coerce import coerced
from xerosql.execute.decode import Builder, Decoder, Page
from xerosql.execute.fetch import Fetcher
from xerosql.execute.objects import Object, body_of, encoded, merged, parsed, value_at
from xerosql.execute.read import Reading
from xerosql.execute.relation import Relation
from xerosql.execute.send import Change, key_of_object, send
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.validate import Row, complete, given, refuse_frozen
from xerosql.plan.binding import Fetch
from xerosql.plan.model import DeletePlan, InsertPlan, ReadPlan, UpdatePlan, value_of

PROJECTS_A_CALL = 40

#: Organisation, Id, present object and new values of a row to change.
Target = tuple[str, str, Object, Sequence[object]]


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

    def write(self, plan: InsertPlan | UpdatePlan | DeletePlan, many: Sequence[Sequence[object]]) -> Outcome:
        """Run the plan with each set of parameters in `many`."""
        match plan:
            case InsertPlan():
                return self.insert(plan, many)
            case UpdatePlan():
                return self.update(plan, many)
            case DeletePlan():
                return self.delete(plan, many)

    # -- The three statements ------------------------------------------------------------------------------------------

    def insert(self, plan: InsertPlan, many: Sequence[Sequence[object]]) -> Outcome:
        rows = [row for parameters in many for row in self.inserted_rows(plan, parameters)]
        changes = self.insertions(plan, rows)
        self.check_returning(plan.table, plan.returning, many)
        send(self.session, plan.table, changes, self.stats.tally, self.cancelled)
        return self.outcome(plan.table, plan.returning, changes, many, created=True)

    def update(self, plan: UpdatePlan, many: Sequence[Sequence[object]]) -> Outcome:
        sets = [self.targets(plan, parameters) for parameters in many]
        for targets in sets:
            refuse_all_frozen(plan.table, targets, "updated")
        refuse_repeated(plan.table, sets)
        changes = [self.change(plan, target) for targets in sets for target in targets]
        self.check_returning(plan.table, plan.returning, many)
        send(self.session, plan.table, changes, self.stats.tally, self.cancelled)
        return self.outcome(plan.table, plan.returning, changes, many)

    def delete(self, plan: DeletePlan, many: Sequence[Sequence[object]]) -> Outcome:
        changes: dict[tuple[str, str], Change] = {}
        for parameters in many:
            for change in self.deletions(plan, parameters):
                changes.setdefault((change.tenant, change.label), change)
        self.check_returning(plan.table, plan.returning, many)
        send(self.session, plan.table, list(changes.values()), self.stats.tally, self.cancelled)
        return self.outcome(plan.table, plan.returning, list(changes.values()), many)

    # -- Insert --------------------------------------------------------------------------------------------------------

    def inserted_rows(self, plan: InsertPlan, parameters: Sequence[object]) -> list[Sequence[object]]:
        if plan.source is None:
            return [[value_of(value, parameters, {}) for value in row] for row in plan.rows]
        reading = Reading(self.session, plan.source, parameters, self.stats, self.inner())
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
        return Change(label, tenant, [request], {table[name].json: value for name, value in ids.items()})

    def coerced_row(self, table: Table, columns: Sequence[str], values: Sequence[object], label: str) -> Row:
        return {name: coerced(table[name], value, label) for name, value in zip(columns, values, strict=True)}

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
        always = tuple((each.parameter, ",".join(each.always)) for each in table.list_path.takes if each.always)
        one = Fetch(own, tenant, ((table.key[0], ids[0]),))
        several = Fetch(table.list_path, tenant, (), ((taken.parameter, ",".join(ids)), *always))
        fetcher = Fetcher(self.session, self.stats, self.cancelled)
        try:
            pages = fetcher.pages([one if len(ids) == 1 else several], whole_page, whole_object)
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
        reading = Reading(self.session, plan.targets, parameters, self.stats, self.inner(), keep_raw=target)
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
        return [(tenant, key, parsed(reading.raw[tenant, key]), values) for (tenant, key), values in found.items()]

    def change(self, plan: UpdatePlan, target: Target) -> Change:
        """One row's update: its new values in the object as it is now."""
        table, (tenant, key, read, values) = plan.table, target
        old = self.session.recent.present(table, tenant, key, read)
        new = self.coerced_row(table, plan.columns, values, key)
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
        requests = [
            Request(
                write.method,
                path_of(write.url, **ids_of(table, write, old)),
                body=body_of(table, write, new, old),
                tenant=tenant,
                idempotency_key=new_idempotency_key(),
            )
            for write in writes
        ]
        return Change(key, tenant, requests, merged(table, old, new), before=old)

    def deletions(self, plan: DeletePlan, parameters: Sequence[object]) -> list[Change]:
        write = plan.write
        targets = self.targets(plan, parameters)
        refuse_all_frozen(plan.table, targets, "deleted")
        return [
            Change(
                key,
                tenant,
                [Request(write.method, path_of(write.url, **ids_of(plan.table, write, old)), tenant=tenant)],
                old,
            )
            for tenant, key, old, _ in targets
        ]

    # -- Outcome -------------------------------------------------------------------------------------------------------

    def outcome(
        self,
        table: Table,
        returning: ReadPlan | None,
        changes: Sequence[Change],
        many: Sequence[Sequence[object]],
        *,
        created: bool = False,
    ) -> Outcome:
        ids = [key_of_object(table, change.result) for change in changes] if created else []
        if returning is None or not many:
            return Outcome(len(changes), ids[-1] if ids else None)
        try:
            returned = self.returned(table, returning, changes, many[0])
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
        self.returned(table, returning, [], many[0]).close()

    def returned(
        self, table: Table, plan: ReadPlan, changes: Sequence[Change], parameters: Sequence[object]
    ) -> Reading:
        """RETURNING over the written rows, as they were answered or sent; nothing is read again."""
        scan = plan.scans[0]
        decoder, builder = Decoder(table, scan.travelling), Builder(scan.travelling)
        items = [decoder.one(encoded(change.result)).items[0] for change in changes]
        batch = builder.batch(items, [change.tenant for change in changes])
        relation = Relation(builder, lambda: iter([batch]), keep=True)
        given = {scan.name: relation}
        return Reading(self.session, plan, parameters, self.stats, self.inner(), given=given)

    def inner(self) -> Cancellation:
        """For a read inside the statement, whose closing must not cancel the statement."""
        return Cancellation(within=self.cancelled)


def whole_page(body: bytes) -> Page:
    envelope = understood(body)
    pagination = envelope.get("pagination") or {}
    return Page(envelope.get("items") or [], int(pagination.get("pageCount") or 1))


def whole_object(body: bytes) -> Page:
    return Page([understood(body)])


def understood(body: bytes) -> Object:
    """What was read before writing; InternalError for what no documentation promises."""
    try:
        return parsed(body)
    except ValueError as error:
        raise InternalError(f"Xero's answer is not what its documentation says: {error}") from error


def column_values(table: Table, source: Object) -> Row:
    return {column.name: value_at(source, column.json) for column in table.columns if column.json}


def refuse_repeated(table: Table, sets: Sequence[Sequence[Target]]) -> None:
    """Two sets of parameters for one row would both be worked out from what it was before the first."""
    seen: set[tuple[str, str]] = set()
    for tenant, key, *_ in (target for targets in sets for target in targets):
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
