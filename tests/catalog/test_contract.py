"""What every table must keep, whichever tables there are: a new one brings its tests by existing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from xerosql.catalog import discovered, load
from xerosql.catalog.model import Column, Table

TABLES = list(load())
COLUMNS = [(table, column) for table in TABLES for column in table.columns]


#: What some tables of information_schema have no rows without.
LOCAL = (
    "CREATE TABLE scratch.parts (part integer PRIMARY KEY, weight integer CHECK (weight > 0))",
    "CREATE INDEX heavy ON scratch.parts (weight)",
    "CREATE SEQUENCE scratch.numbers",
)


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo", search_path=("projects", "information_schema")) as connection:
        for statement in LOCAL:
            connection.execute(statement)
        connection.execute(
            "SELECT count(*) FROM Users"
        ).fetchall()  # before a first call there is nothing in sys.limits
        fill_queue(connection)
        fill_snapshots(connection)
        yield connection


def fill_snapshots(connection: xerosql.Connection) -> None:
    """Something that was fetched for others to use."""
    connection.execute("SET max_age = '1 hour'")
    connection.execute("SELECT Name FROM Users").fetchall()
    connection.execute("RESET max_age")


def fill_queue(connection: xerosql.Connection) -> None:
    """Two tasks, one of which waits for the other, and a worker, so that the tables of the queue have rows."""
    with xerosql.connect("demo", write_mode="queued") as writing:
        contact = writing.execute("SELECT ContactId FROM Projects LIMIT 1").fetchone()
        project = writing.execute("INSERT INTO Projects (ContactId, Name) VALUES (?, 'Queued')", contact).lastrowid
        writing.execute(
            "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)", [project]
        )
    connection.session.queue.enter("a worker", {})


def full_name(value: Any) -> str:
    return value.full_name if isinstance(value, Table) else getattr(value, "name", str(value))


@pytest.mark.parametrize("table", TABLES, ids=full_name)
def test_a_table_says_what_it_holds(table: Table) -> None:
    """A description that is a sentence, a name for one row, and a key."""
    assert re.fullmatch(r"[A-Z].{10,}\.", table.description)
    assert table.item
    assert table.key


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=full_name)
def test_a_column_says_what_it_means(table: Table, column: Column) -> None:
    """Every column has a description that is a sentence; every number a unit; every listed value is described."""
    assert column.description.endswith(".")
    assert column.description[0].isupper()
    if column.type.python is int or column.type.name == "DECIMAL":
        assert column.unit
    if column.unit.endswith("Currency"):
        assert column.unit in {each.name for each in table.columns}
    for value in column.values:
        assert value in column.description or table.name == "Time"


@pytest.mark.parametrize("table", TABLES, ids=full_name)
def test_select_star_works_and_has_the_columns_in_order(connection: xerosql.Connection, table: Table) -> None:
    """SELECT * returns rows, under the catalog's names, in its order, each value of its column's Python type."""
    cursor = connection.execute(f"SELECT * FROM {table.full_name}")
    assert [column[0] for column in cursor.description] == [column.name for column in table.columns]
    assert [column[1] for column in cursor.description] == [column.type.name for column in table.columns]
    rows = cursor.fetchall()
    assert rows
    for place, column in enumerate(table.columns):
        values = {row[place] for row in rows}
        assert {type(value) for value in values if value is not None} <= {column.type.python}
        assert column.nullable or None not in values
        if column.values:
            assert values - {None} <= set(column.values)


@pytest.mark.parametrize("table", TABLES, ids=full_name)
def test_keys_are_unique(connection: xerosql.Connection, table: Table) -> None:
    """The key columns tell all rows apart."""
    keys = ", ".join(table.key)
    counts = connection.execute(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {table.full_name}) AS d) "
        f"FROM {table.full_name}"
    ).fetchone()
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("table", TABLES, ids=full_name)
def test_each_column_can_be_selected_alone_and_filtered(connection: xerosql.Connection, table: Table) -> None:
    """Any one column can be asked for and compared with a value of its own: that finds rows with just that value."""
    for column in table.columns:
        quoted = f'"{column.name}"'
        found = connection.execute(
            f"SELECT {quoted} FROM {table.full_name} WHERE {quoted} IS NOT NULL LIMIT 1"
        ).fetchone()
        if found is None:
            continue
        cursor = connection.execute(f"SELECT DISTINCT {quoted} FROM {table.full_name} WHERE {quoted} = ?", [found[0]])
        assert cursor.fetchall() == [found], column.name


@pytest.mark.parametrize("table", TABLES, ids=full_name)
def test_information_schema_describes_the_table(connection: xerosql.Connection, table: Table) -> None:
    """The table, and each of its columns in order, is described with its words."""
    cursor = connection.execute(
        "SELECT table_type, is_insertable_into, table_comment FROM information_schema.tables "
        "WHERE table_schema = ? AND table_name = ?",
        [table.schema, table.name],
    )
    assert cursor.fetchall() == [(table.kind, "YES" if table.insert else "NO", table.description)]
    cursor.execute(
        "SELECT column_name, ordinal_position, data_type, is_key, is_read_only, is_required, coalesce(unit, ''), "
        "column_comment FROM information_schema.columns WHERE table_schema = ? AND table_name = ? "
        "ORDER BY ordinal_position",
        [table.schema, table.name],
    )
    assert cursor.fetchall() == [
        (c.name, place, c.type.sql, c.key, table.is_read_only(c), c.required, c.unit, c.description)
        for place, c in enumerate(table.columns, start=1)
    ]


@pytest.mark.parametrize("table", [table for table in TABLES if table.source == "xero"], ids=full_name)
def test_every_tables_rows_are_of_the_tenant_asked_for(connection: xerosql.Connection, table: Table) -> None:
    """TenantId is the connection's organisation unless another is named, and IN asks several."""
    tenants = [row[0] for row in connection.execute("SELECT TenantId FROM Tenants ORDER BY IsActive DESC")]
    sql = f"SELECT DISTINCT TenantId FROM {table.full_name}"
    assert connection.execute(sql).fetchall() == [(tenants[0],)]
    assert connection.execute(f"{sql} WHERE TenantId = ?", [tenants[1]]).fetchall() == [(tenants[1],)]
    found = connection.execute(f"{sql} WHERE TenantId IN (?, ?)", tenants[1:3]).fetchall()
    assert {row[0] for row in found} == set(tenants[1:3])


def test_information_schema_lists_every_schema(connection: xerosql.Connection) -> None:
    """Every schema of the connection is listed, scratch too."""
    schemas = {row[0] for row in connection.execute("SELECT schema_name FROM information_schema.schemata")}
    assert schemas == {"projects", "information_schema", "scratch"} | {table.schema for table in discovered()}


def test_scratch_tables_are_described_too(connection: xerosql.Connection) -> None:
    """A scratch table is in information_schema while it exists."""
    connection.execute("CREATE TABLE scratch.described (x integer)")
    sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'scratch' AND table_name <> 'parts'"
    assert connection.execute(sql).fetchall() == [("x",)]
    connection.execute("DROP TABLE scratch.described")
    assert connection.execute(sql).fetchall() == []


def test_information_schema_costs_no_call(connection: xerosql.Connection) -> None:
    """The catalog describes itself without asking Xero."""
    cursor = connection.execute("SELECT count(*) FROM information_schema.columns")
    cursor.fetchall()
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 0
