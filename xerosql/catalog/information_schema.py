"""The catalog and the local schemas described as tables, `information_schema`: what each view shows, and of whom.

The columns PostgreSQL has come first, under its names; ours follow: what a column means, its unit, whether it can be
written, and which filters Xero itself applies. `statistics`, the indexes, is MySQL's, since the standard has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace

from xerosql.catalog.information_views import (
    CATALOG_NAME,
    CHECK_CONSTRAINTS,
    COLUMNS,
    KEY_COLUMN_USAGE,
    REFERENTIAL_CONSTRAINTS,
    SCHEMATA,
    SEQUENCES,
    STATISTICS,
    TABLE_CONSTRAINTS,
    TABLES,
    VIEWS,
)
from xerosql.catalog.local import SCRATCH, is_temporary
from xerosql.catalog.model import AccessPath, Column, Table
from xerosql.catalog.references import constraints_of
from xerosql.catalog.relation import CHECK, FOREIGN_KEY, ColumnFacts, Constraint, Local, Relation

Row = tuple[object, ...]


def describing_tables() -> tuple[Table, ...]:
    return (*ROWS, SCHEMATA, SEQUENCES)


def described(table: Table, catalog: Iterable[Table], local: Local) -> list[SimpleNamespace]:
    """The rows of one of these tables, for every table of the catalog and every local one.

    The columns are attributes of each row.
    """
    tables = list(catalog)
    names = [column.json for column in table.columns]
    if table is SCHEMATA:
        found = dict.fromkeys((*(t.schema for t in tables), SCRATCH, *(each.schema for each in local.relations)))
        rows: Iterable[Row] = [(CATALOG_NAME, schema) for schema in found]
    elif table is SEQUENCES:
        rows = [(CATALOG_NAME, SCRATCH, name) for name in local.sequences]
    else:
        relations = [*(relation_of(each, tables) for each in tables), *local.relations]
        keys = {(each.schema, each.name): each for each in relations}
        rows = [row for each in relations for row in ROWS[table](each, keys)]
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in rows]


# -- Xero's tables in the words that scratch tables are told in --------------------------------------------------------


def relation_of(table: Table, tables: list[Table]) -> Relation:
    columns = tuple(facts_of(table, column) for column in table.columns)
    constraints = constraints_of(table, tables)
    return Relation(
        table.schema, table.name, table.kind, table.insert is not None, table.description, columns, constraints
    )


def facts_of(table: Table, column: Column) -> ColumnFacts:
    return ColumnFacts(
        column.name,
        column.type.sql,
        nullable=column.nullable,
        precision=column.type.precision,
        scale=column.type.scale,
        comment=column.description,
        max_length=column.max_length,
        key=column.key,
        insertable=column.name in table.insertable,
        read_only=table.is_read_only(column),
        required=column.required,
        unit=column.unit or None,
        pushed=pushed_to_xero(table, column) or None,
        calls=int(column.hydrated),
    )


def pushed_to_xero(table: Table, column: Column) -> str:
    """The operators on the column that save API calls: "=", "= IN", "> < ..", or nothing."""
    operators = [operator for path in table.paths for operator in operators_of(path, table, column)]
    if column.name == "TenantId" and table.source == "xero":
        operators = ["=", "IN"]
    return " ".join(dict.fromkeys(operators))


def operators_of(path: AccessPath, table: Table, column: Column) -> Iterator[str]:
    if column.name in path.needs or (column.name == "Id" and table.identity and set(table.identity) & set(path.needs)):
        yield from ("=", "IN")
    for taken in path.takes:
        if taken.column == column.name:
            yield from {"is": ("=",), "any": ("=", "IN"), "from": ("=", ">=", ">"), "to": ("=", "<=", "<")}[taken.kind]


# -- Rows --------------------------------------------------------------------------------------------------------------

Keys = dict[tuple[str, str], Relation]


def yes(fact: bool) -> str:
    return "YES" if fact else "NO"


def named(relation: Relation) -> Row:
    return (CATALOG_NAME, relation.schema, relation.name)


def constraint_named(relation: Relation, constraint: Constraint) -> Row:
    return (CATALOG_NAME, relation.schema, constraint.name)


def table_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    kind = "LOCAL TEMPORARY" if is_temporary(relation.schema) else relation.kind
    yield (*named(relation), kind, yes(relation.insertable), relation.comment)


def view_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    if relation.kind == "VIEW":
        yield (*named(relation), relation.definition)


def column_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    for position, column in enumerate(relation.columns, start=1):
        yield (
            *(*named(relation), column.name, position, column.default, yes(column.nullable), column.type),
            *(column.precision, column.scale, column.max_length, yes(column.identity)),
            *("ALWAYS" if column.generated else "NEVER", column.key, column.insertable, column.read_only),
            *(column.required, column.unit, column.pushed, column.calls, column.comment),
        )


def constraint_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    for each in relation.constraints:
        yield (*constraint_named(relation, each), *named(relation), each.kind)


def key_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    for each in relation.constraints:
        if each.kind == CHECK:
            continue
        for position, column in enumerate(each.columns, start=1):
            referred = position if each.kind == FOREIGN_KEY else None
            yield (*constraint_named(relation, each), *named(relation), column, position, referred)


def reference_rows(relation: Relation, keys: Keys) -> Iterator[Row]:
    for each in relation.constraints:
        if each.kind != FOREIGN_KEY:
            continue
        other = keys.get(each.refers)
        key = other.constraint_on(each.referred) if other else None
        for position, column in enumerate(each.referred, start=1):
            yield (
                *constraint_named(relation, each),
                *(CATALOG_NAME, each.refers[0], key.name if key else None),
                *("NONE", "NO ACTION", "NO ACTION", *each.refers, column, position),
            )


def check_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    for each in relation.constraints:
        if each.kind == CHECK:
            yield (*constraint_named(relation, each), each.clause, relation.name)


def index_rows(relation: Relation, _: Keys) -> Iterator[Row]:
    for index in relation.indexes:
        for position, column in enumerate(index.columns, start=1):
            yield (*named(relation), index.name, position, column, not index.unique)


ROWS: dict[Table, Callable[[Relation, Keys], Iterator[Row]]] = {
    TABLES: table_rows,
    COLUMNS: column_rows,
    VIEWS: view_rows,
    TABLE_CONSTRAINTS: constraint_rows,
    KEY_COLUMN_USAGE: key_rows,
    REFERENTIAL_CONSTRAINTS: reference_rows,
    CHECK_CONSTRAINTS: check_rows,
    STATISTICS: index_rows,
}
