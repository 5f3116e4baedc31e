"""The scratch schema: DDL and DML of a plain local database, beside Xero's tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import xerosql


@pytest.fixture
def connection(shared: Any) -> Iterator[xerosql.Connection]:
    sim, tenant, _ = shared
    with xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000) as connection:
        yield connection


def test_tables_are_made_changed_and_dropped(connection: xerosql.Connection) -> None:
    """CREATE, ALTER and DROP work as in any database, with IF EXISTS and IF NOT EXISTS."""
    for sql in (
        "CREATE TABLE scratch.a (x integer)",
        "CREATE TABLE IF NOT EXISTS scratch.a (y integer)",
        "ALTER TABLE scratch.a ADD COLUMN y varchar",
        "ALTER TABLE scratch.a RENAME COLUMN y TO z",
        "INSERT INTO scratch.a (x, z) VALUES (1, 'one')",
        "ALTER TABLE scratch.a RENAME TO b",
    ):
        connection.execute(sql)
    assert connection.execute("SELECT * FROM scratch.b").fetchall() == [(1, "one")]
    for sql in (
        "ALTER TABLE scratch.b DROP COLUMN z",
        "CREATE UNIQUE INDEX only_x ON scratch.b (x)",
        "CREATE VIEW scratch.v AS SELECT x + 1 AS y FROM scratch.b",
        "CREATE OR REPLACE VIEW scratch.v AS SELECT x + 2 AS y FROM scratch.b",
    ):
        connection.execute(sql)
    assert connection.execute("SELECT * FROM scratch.v").fetchall() == [(3,)]
    for sql in (
        "DROP VIEW scratch.v",
        "TRUNCATE TABLE scratch.b",
        "CREATE OR REPLACE TABLE scratch.b AS SELECT 5 AS q",
        "DROP TABLE scratch.b",
        "DROP TABLE IF EXISTS scratch.b",
        "DROP VIEW IF EXISTS scratch.v",
    ):
        connection.execute(sql)


@pytest.mark.parametrize(
    "sql",
    ["DROP TABLE scratch.missing", "ALTER TABLE scratch.missing ADD COLUMN x integer", "DROP VIEW scratch.missing"],
)
def test_ddl_on_what_is_not_there_is_a_programming_error(connection: xerosql.Connection, sql: str) -> None:
    """DDL on a missing table names it."""
    with pytest.raises(xerosql.ProgrammingError, match="missing"):
        connection.execute(sql)


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("CREATE TABLE scratch.twice (x integer)", "42P07"),
        ("CREATE TABLE scratch.twice AS SELECT 1 AS x", "42P07"),
        ("CREATE VIEW scratch.twice AS SELECT 1 AS x", "42P07"),
        ("CREATE TABLE scratch.seen (x integer)", "42P07"),
        ("ALTER TABLE scratch.twice RENAME TO seen", "42P07"),
        ("CREATE INDEX by_x ON scratch.twice (x)", "42P07"),
        ("CREATE SEQUENCE scratch.numbers", "42P07"),
        ("ALTER TABLE scratch.twice ADD COLUMN x integer", "42701"),
        ("CREATE TABLE scratch.other (y integer, y integer)", "42701"),
    ],
)
def test_a_name_that_is_taken_is_told(connection: xerosql.Connection, sql: str, sqlstate: str) -> None:
    """ProgrammingError with PostgreSQL's code, by which programs go on with what is there."""
    connection.execute("CREATE TABLE scratch.twice (x integer)")
    connection.execute("CREATE VIEW scratch.seen AS SELECT 1 AS x")
    connection.execute("CREATE INDEX by_x ON scratch.twice (x)")
    connection.execute("CREATE SEQUENCE scratch.numbers")
    with pytest.raises(xerosql.ProgrammingError, match="already exists") as caught:
        connection.execute(sql)
    assert caught.value.sqlstate == sqlstate


def test_xero_rows_are_kept_by_create_table_as(connection: xerosql.Connection) -> None:
    """CREATE TABLE … AS SELECT keeps a result with its names and exact types; it then costs no call."""
    connection.execute("CREATE TABLE scratch.kept AS SELECT Id, RateValue, EstimateMinutes FROM Tasks")
    cursor = connection.execute("SELECT * FROM scratch.kept")
    assert [(name.lower(), kind, scale) for name, kind, _, _, _, scale, _ in cursor.description] == [
        ("id", "VARCHAR", None),
        ("ratevalue", "DECIMAL", 4),
        ("estimateminutes", "INTEGER", 0),
    ]
    assert sorted(cursor.fetchall()) == sorted(
        connection.execute("SELECT Id, RateValue, EstimateMinutes FROM Tasks").fetchall()
    )
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 0


def test_xero_and_scratch_join(connection: xerosql.Connection) -> None:
    """A scratch table joins with Xero's tables in one query, in subqueries and set operations."""
    connection.execute("CREATE TABLE scratch.people AS SELECT UserId, upper(Name) AS loud FROM Users")
    rows = connection.execute(
        "SELECT u.Name, p.loud FROM Users u JOIN scratch.people p ON p.UserId = u.UserId "
        "WHERE u.UserId IN (SELECT UserId FROM scratch.people)"
    ).fetchall()
    assert rows
    assert all(name.upper() == loud for name, loud in rows)
    both = "SELECT UserId FROM Users EXCEPT SELECT UserId FROM scratch.people"
    assert connection.execute(both).fetchall() == []


def test_a_scratch_table_may_be_called_like_xeros(connection: xerosql.Connection) -> None:
    """A scratch table of the same name is told apart by its schema; bare names follow the search path."""
    connection.execute("CREATE TABLE scratch.Users AS SELECT 1 AS x")
    assert connection.execute("SELECT * FROM scratch.users").fetchall() == [(1,)]
    assert len(connection.execute("SELECT * FROM Users").description) == 4


def test_names_are_matched_without_case(connection: xerosql.Connection) -> None:
    """Scratch names, quoted or not, are one name in any case."""
    connection.execute('CREATE TABLE scratch."MixedCase" ("SomeColumn" integer)')
    connection.execute("INSERT INTO SCRATCH.mixedcase (somecolumn) VALUES (1)")
    assert connection.execute('SELECT "SOMECOLUMN" FROM scratch.MIXEDCASE').fetchall() == [(1,)]


def test_scratch_writes_return_rows(connection: xerosql.Connection) -> None:
    """INSERT, UPDATE and DELETE on scratch take RETURNING."""
    connection.execute("CREATE TABLE scratch.r (x integer)")
    assert connection.execute("INSERT INTO scratch.r VALUES (1), (2) RETURNING x * 10").fetchall() == [(10,), (20,)]
    assert connection.execute("UPDATE scratch.r SET x = 5 WHERE x = 1 RETURNING x").fetchall() == [(5,)]
    cursor = connection.execute("DELETE FROM scratch.r RETURNING *")
    assert sorted(cursor.fetchall()) == [(2,), (5,)]
    assert cursor.rowcount == 2


def test_executemany_fills_a_scratch_table_quickly(connection: xerosql.Connection) -> None:
    """A thousand rows of parameters are written and counted."""
    connection.execute("CREATE TABLE scratch.many (x integer, y varchar)")
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO scratch.many VALUES (?, ?)", ([n, f"row {n}"] for n in range(1000)))
    assert cursor.rowcount == 1000
    assert connection.execute("SELECT sum(x), count(DISTINCT y) FROM scratch.many").fetchone() == (499500, 1000)
