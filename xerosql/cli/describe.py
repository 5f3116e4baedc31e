"""`xerosql tables` and `xerosql describe`, and the shell's `\\d`: the catalog as information_schema tells it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TextIO

from xerosql import Connection, ProgrammingError
from xerosql.catalog import is_temporary, near
from xerosql.cli.connecting import catalog_connection
from xerosql.cli.table import Layout, Row, show

TABLES = "SELECT table_schema, table_name, table_type, table_comment FROM information_schema.tables"
COLUMNS = (
    "SELECT column_name, data_type, is_key, is_required, is_read_only, unit, pushed_operators, calls_per_row, "
    "column_comment FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
)
HEADINGS = ("Column", "Type", "Notes", "Meaning")


def list_tables() -> None:
    with catalog_connection() as connection:
        show_tables(connection, sys.stdout)


def describe_table(name: str) -> None:
    with catalog_connection() as connection:
        show_columns(connection, name, sys.stdout)


def show_tables(connection: Connection, to: TextIO) -> None:
    """Every table with what it holds, those of the search path first and under their bare names."""
    rows = [(full_name(connection, row), kind_of(row[2]), row[3] or "") for row in tables_of(connection)]
    show(("Table", "", "Holds"), rows, to)


def show_columns(connection: Connection, name: str, to: TextIO) -> None:
    """A table's columns. ProgrammingError, with names that look like it, if there is no such table."""
    schema, table, kind, comment = found(connection, name)
    to.write(
        f"{full_name(connection, (schema, table))}{', ' if kind_of(kind) else ''}{kind_of(kind)}. {comment or ''}\n\n"
    )
    rows = connection.execute(COLUMNS, [schema, table]).fetchall()
    show(HEADINGS, [described(row, read_only_table=kind == "VIEW") for row in rows], to, Layout.TABLE)


def tables_of(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(TABLES).fetchall()


def found(connection: Connection, name: str) -> tuple[Any, ...]:
    wanted = name.strip().rstrip(";").strip('"').lower()
    tables = tables_of(connection)
    for row in sorted(
        tables, key=lambda row: (not is_temporary(row[0]), row[0] not in connection.settings.search_path)
    ):
        if wanted in (row[1].lower(), f"{row[0]}.{row[1]}".lower()):
            return row
    hint = near(wanted, [row[1] for row in tables]) or "; `xerosql tables` lists them"
    raise ProgrammingError(f'there is no table "{name}"{hint}', sqlstate="42P01")


def full_name(connection: Connection, row: Row) -> str:
    is_bare = row[0] in connection.settings.search_path or is_temporary(str(row[0]))
    return str(row[1]) if is_bare else f"{row[0]}.{row[1]}"


def kind_of(table_type: object) -> str:
    return {"VIEW": "read only", "LOCAL TEMPORARY": "temporary"}.get(str(table_type), "")


def described(row: Sequence[Any], *, read_only_table: bool) -> tuple[str, ...]:
    """A line of the description; its notes say what can be written, the unit, and which comparisons save calls."""
    name, type_, key, required, read_only, unit, pushed, calls, comment = row
    marks = [("key", key), ("required", required), ("read only", read_only and not read_only_table)]
    notes = [mark for mark, set_ in marks if set_]
    notes += [f"in {unit}"] if unit else []
    notes += [f"saves calls: {pushed.replace(' ', ', ')}"] if pushed else []
    notes += [f"costs {calls} call{'s' * (calls != 1)} for each row"] if calls else []
    return (name, type_, "; ".join(notes), comment or "")
