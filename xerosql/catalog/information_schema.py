"""The catalog described as tables: `information_schema.schemata`, `.tables` and `.columns`.

The columns PostgreSQL has come first, under its names; ours follow: what a column means, its unit, whether it can be
written, and which filters Xero itself applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace

from xerosql.catalog.model import BOOL, INT, TEXT, AccessPath, Column, Table
from xerosql.types import SqlType

CATALOG_NAME = "xero"
#: Local tables with full DDL and real transactions; the engine holds them, not the catalog.
SCRATCH = "scratch"


def describing_tables() -> tuple[Table, ...]:
    return (SCHEMATA, TABLES, COLUMNS)


LocalTables = Mapping[str, Mapping[str, str]]


def described(table: Table, catalog: Iterable[Table], local: LocalTables) -> list[SimpleNamespace]:
    """The rows of one of these tables, for every table of the catalog and every `local` one (name, columns, types).

    The columns are attributes of each row.
    """
    names = [column.json for column in table.columns]
    rows = [*row_values(table, list(catalog)), *local_values(table, local)]
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in rows]


def local_values(table: Table, local: LocalTables) -> list[tuple[object, ...]]:
    """The same for the scratch schema, of which only names and types are known."""
    if table is SCHEMATA:
        return [(CATALOG_NAME, SCRATCH)]
    if table is TABLES:
        return [(CATALOG_NAME, SCRATCH, name, "BASE TABLE", "YES", "A table of this connection.") for name in local]
    return [
        (
            *(CATALOG_NAME, SCRATCH, name, column, place, "YES", kind),
            *[None] * 3,
            False,
            False,
            False,
            None,
            None,
            0,
            None,
        )
        for name, columns in local.items()
        for place, (column, kind) in enumerate(columns.items(), start=1)
    ]


def row_values(table: Table, tables: list[Table]) -> list[tuple[object, ...]]:
    if table is SCHEMATA:
        return [(CATALOG_NAME, schema) for schema in dict.fromkeys(each.schema for each in tables)]
    if table is TABLES:
        return [(CATALOG_NAME, t.schema, t.name, t.kind, "YES" if t.insert else "NO", t.description) for t in tables]
    return [row for each in tables for row in column_rows(each)]


def column_rows(table: Table) -> Iterator[tuple[object, ...]]:
    for position, column in enumerate(table.columns, start=1):
        yield (
            *(CATALOG_NAME, table.schema, table.name, column.name, position),
            "YES" if column.nullable else "NO",
            *(column.type.sql, column.type.precision, column.type.scale, column.max_length),
            *(column.key, table.is_read_only(column), column.required),
            *(column.unit or None, pushed_to_xero(table, column) or None, int(column.hydrated), column.description),
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


def _column(name: str, description: str, *, type_: SqlType = TEXT, key: bool = False, unit: str = "") -> Column:
    return Column(name, type_, name, description, key=key, unit=unit)


def _table(name: str, description: str, *columns: Column) -> Table:
    return Table("information_schema", name, "row", description, columns, source="catalog", kind="VIEW")


SCHEMATA = _table(
    "schemata",
    "The schemas of this connection.",
    _column("catalog_name", "Always xero.", key=True),
    _column("schema_name", "The schema's name.", key=True),
)
TABLES = _table(
    "tables",
    "The virtual tables of this connection.",
    _column("table_catalog", "Always xero.", key=True),
    _column("table_schema", "The schema the table is in.", key=True),
    _column("table_name", "The table's name.", key=True),
    _column("table_type", "BASE TABLE, or VIEW where nothing can be written."),
    _column("is_insertable_into", "YES or NO."),
    _column("table_comment", "What the table holds."),
)
COLUMNS = _table(
    "columns",
    "The columns of the virtual tables.",
    _column("table_catalog", "Always xero.", key=True),
    _column("table_schema", "The schema the table is in.", key=True),
    _column("table_name", "The table's name.", key=True),
    _column("column_name", "The column's name.", key=True),
    _column("ordinal_position", "Its place in the table, from 1.", type_=INT, unit="place"),
    _column("is_nullable", "YES or NO."),
    _column("data_type", "Its SQL type."),
    _column("numeric_precision", "Digits in all.", type_=INT, unit="digits"),
    _column("numeric_scale", "Digits behind the point.", type_=INT, unit="digits"),
    _column("character_maximum_length", "The longest text that can be written.", type_=INT, unit="characters"),
    _column("is_key", "Whether it names the row.", type_=BOOL),
    _column("is_read_only", "Whether no statement can give it a value.", type_=BOOL),
    _column("is_required", "Whether an INSERT must give it a value.", type_=BOOL),
    _column("unit", "What its numbers count, or the column that says so."),
    _column("pushed_operators", "The comparisons that Xero applies, which save calls."),
    _column(
        "calls_per_row",
        "API calls that it costs for each row of a list; 0: it comes with the list.",
        type_=INT,
        unit="calls",
    ),
    _column("column_comment", "What it means."),
)
