"""The tables of a server as a real PostgreSQL's: DDL, so that what clients see of both can be compared."""

from __future__ import annotations

from collections.abc import Iterator

from xerosql.catalog import load
from xerosql.server.pg_catalog.stock import stock
from xerosql.server.pg_catalog.tables import PgColumn, PgTable, tables_of


def ddl() -> Iterator[str]:
    """Schemas, tables with keys and comments, and views where there are views."""
    tables = tables_of(load(), ())
    for schema in dict.fromkeys(table.schema for table in tables):
        yield f'CREATE SCHEMA "{schema}"'
    yield 'CREATE SCHEMA "scratch"'
    for table in tables:
        yield from table_ddl(table)
    for table in tables:
        if table.references:
            schema, name, column = table.references
            yield (
                f'ALTER TABLE {full(table)} ADD CONSTRAINT "{table.reference_name}" FOREIGN KEY ("{column}") '
                f'REFERENCES "{schema}"."{name}" ("{column}")'
            )


def table_ddl(table: PgTable) -> Iterator[str]:
    columns = ", ".join(f'"{each.name}" {type_of(each)}{" NOT NULL" * each.not_null}' for each in table.columns)
    if table.kind == "v":
        nulls = ", ".join(f'NULL::{type_of(each)} AS "{each.name}"' for each in table.columns)
        yield f"CREATE VIEW {full(table)} AS SELECT {nulls}"
    else:
        key = ", ".join(f'"{name}"' for name in table.key)
        yield f'CREATE TABLE {full(table)} ({columns}, CONSTRAINT "{table.key_name}" PRIMARY KEY ({key}))'
    yield f"COMMENT ON {'VIEW' if table.kind == 'v' else 'TABLE'} {full(table)} IS {text(table.description or '')}"
    for column in table.columns:
        yield f'COMMENT ON COLUMN {full(table)}."{column.name}" IS {text(column.description or "")}'


def full(table: PgTable) -> str:
    return f'"{table.schema}"."{table.name}"'


def type_of(column: PgColumn) -> str:
    shown, modifier = stock().shown[column.type.oid], column.type.modifier
    if modifier < 0:
        return shown
    digits = modifier - 4
    return f"{shown}({digits >> 16},{digits & 0xFFFF})" if shown == "numeric" else f"{shown}({digits})"


def text(value: str) -> str:
    return "'{}'".format(value.replace("'", "''"))
