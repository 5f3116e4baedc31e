"""Temporary tables and views: of one connection alone, found before all others, gone with it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture(scope="module")
def first(simulator: Simulator) -> Iterator[xerosql.Connection]:
    """The connection whose siblings the others are."""
    tenant = simulator.tenants[0][0]
    with xerosql.connect(
        handler=simulator.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000
    ) as connection:
        connection.execute("CREATE TABLE scratch.lasting (x integer)")
        yield connection


@pytest.fixture
def connection(first: xerosql.Connection) -> Iterator[xerosql.Connection]:
    with first.sibling() as connection:
        yield connection


def rows(connection: xerosql.Connection, sql: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
    return connection.execute(sql, values).fetchall()


def run(connection: xerosql.Connection, *statements: str) -> None:
    for sql in statements:
        connection.execute(sql).close()


def held(connection: xerosql.Connection) -> list[list[tuple[Any, ...]]]:
    """What the engine holds for temporary tables, whosever they are."""
    return [
        connection.session.engine.rows(sql)
        for sql in (
            "SELECT schema_name FROM duckdb_schemas() WHERE schema_name LIKE 'pg_temp%'",
            "SELECT sequence_name FROM duckdb_sequences() WHERE sequence_name LIKE 'pg_temp%'",
            "SELECT * FROM xerosql_kept.declared WHERE schema_name LIKE 'pg_temp%'",
        )
    ]


# -- What can be done with them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TEMP TABLE t (a integer, b varchar)",
        "CREATE TEMPORARY TABLE IF NOT EXISTS t (a integer, b varchar)",
        "CREATE LOCAL TEMP TABLE t (a integer, b varchar) ON COMMIT PRESERVE ROWS",
        "CREATE GLOBAL TEMPORARY TABLE t (a integer, b varchar)",
        "CREATE TABLE pg_temp.t (a integer, b varchar)",
        "CREATE OR REPLACE TEMP TABLE t (a integer, b varchar)",
        "CREATE TEMP TABLE t AS SELECT 1 AS a, 'x' AS b WHERE false",
        "SELECT 1 AS a, 'x' AS b INTO TEMP t WHERE false",
    ],
)
def test_one_is_made_in_every_way_that_postgresql_has(connection: xerosql.Connection, made: str) -> None:
    run(connection, made, "INSERT INTO t VALUES (1, 'one')", "INSERT INTO pg_temp.t VALUES (2, 'two')")
    assert rows(connection, "SELECT * FROM t ORDER BY a") == [(1, "one"), (2, "two")]
    listed = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema LIKE 'pg_temp%'"
    assert rows(connection, listed) == [("t", "LOCAL TEMPORARY")]


def test_it_is_changed_and_dropped_as_any_table(connection: xerosql.Connection) -> None:
    run(
        connection,
        "CREATE TEMP TABLE t (id SERIAL PRIMARY KEY, note varchar(10), of_id integer REFERENCES t (id))",
        "INSERT INTO t (note) VALUES ('a'), ('b'), ('c')",
        "UPDATE t SET note = 'z' WHERE id = 1",
        "DELETE FROM t WHERE id = 2",
        "CREATE INDEX by_note ON t (note)",
        "DROP INDEX by_note",
        "COMMENT ON TABLE t IS 'Notes.'",
        "COMMENT ON COLUMN t.note IS 'One.'",
    )
    assert rows(connection, "SELECT id, note FROM t ORDER BY id") == [(1, "z"), (3, "c")]
    facts = (
        "SELECT column_name, is_identity, character_maximum_length, column_comment FROM information_schema.columns "
        "WHERE table_schema LIKE 'pg_temp%' ORDER BY ordinal_position"
    )
    assert rows(connection, facts) == [
        ("id", "YES", None, None),
        ("note", "NO", 10, "One."),
        ("of_id", "NO", None, None),
    ]
    keys = "SELECT constraint_schema = unique_constraint_schema FROM information_schema.referential_constraints"
    assert (True,) in rows(connection, f"{keys} WHERE constraint_schema LIKE 'pg_temp%'")
    run(
        connection, "CREATE TEMP TABLE u (x integer)", "ALTER TABLE u ADD COLUMN y integer", "ALTER TABLE u RENAME TO v"
    )
    run(connection, "INSERT INTO v VALUES (1, 2)", "TRUNCATE v")
    assert rows(connection, "SELECT x, y FROM v") == []
    run(connection, "DROP TABLE v", "DROP TABLE IF EXISTS pg_temp.v")
    with pytest.raises(xerosql.ProgrammingError, match='no table "v"'):
        connection.execute("SELECT * FROM v")


def test_it_hides_a_lasting_table_of_its_name(connection: xerosql.Connection) -> None:
    """Of Xero's, of scratch, of the whole search path; the whole name finds the other one."""
    run(connection, "CREATE TEMP TABLE Tasks AS SELECT Name FROM projects.Tasks LIMIT 3")
    assert rows(connection, "SELECT count(*) FROM tasks, pg_temp.Tasks AS again") == [(9,)]
    assert rows(connection, "SELECT count(*) FROM projects.Tasks")[0][0] > 3
    connection.search_path = ("scratch", "projects")
    run(connection, "CREATE TEMP TABLE lasting AS SELECT 7 AS y")
    assert rows(connection, "SELECT y FROM lasting") == [(7,)]
    assert rows(connection, "SELECT x FROM scratch.lasting") == []
    run(connection, "DROP TABLE lasting")
    assert rows(connection, "SELECT x FROM lasting") == []
    connection.search_path = ("projects", "pg_temp")
    assert rows(connection, "SELECT count(*) FROM Tasks")[0][0] > 3, "the path says where"


def test_a_view_of_it_is_temporary_itself(connection: xerosql.Connection) -> None:
    run(connection, "CREATE TEMP TABLE t AS SELECT 1 AS a", "CREATE TEMP VIEW v AS SELECT a + 1 AS b FROM t")
    run(connection, "CREATE VIEW w (c) AS SELECT b + 1 FROM v", "CREATE TEMP VIEW x AS SELECT x FROM scratch.lasting")
    assert rows(connection, "SELECT * FROM v, w") == [(2, 3)]
    assert rows(connection, "SELECT * FROM x") == []
    listed = "SELECT table_name FROM information_schema.views WHERE table_schema LIKE 'pg_temp%' ORDER BY table_name"
    assert rows(connection, listed) == [("v",), ("w",), ("x",)]


def test_a_column_may_have_its_tables_whole_name(connection: xerosql.Connection) -> None:
    """As dbt writes its snapshots."""
    run(
        connection,
        "CREATE TEMP TABLE t AS SELECT 1 AS a, 2 AS b",
        "CREATE TABLE scratch.named AS SELECT 1 AS a, 0 AS b",
        "UPDATE xero.scratch.named SET b = s.b FROM t AS s WHERE s.a = xero.scratch.named.a",
    )
    assert rows(connection, "SELECT xero.scratch.named.b FROM xero.scratch.named") == [(2,)]
    assert rows(connection, "SELECT pg_temp.t.b FROM pg_temp.t WHERE xero.pg_temp.t.a = 1") == [(2,)]
    run(connection, "DELETE FROM scratch.named USING t WHERE pg_temp.t.a = scratch.named.a")
    assert rows(connection, "SELECT * FROM scratch.named") == []
    run(connection, "DROP TABLE scratch.named")


def test_its_keys_say_what_to_ask_xero(connection: xerosql.Connection) -> None:
    """As those of a scratch table do; reading it costs no call."""
    wanted = rows(connection, "SELECT ProjectId FROM Projects WHERE Status = 'INPROGRESS' LIMIT 2")
    run(connection, "CREATE TEMP TABLE chosen (ProjectId varchar)")
    connection.cursor().executemany("INSERT INTO chosen VALUES (?)", wanted)
    cursor = connection.execute("SELECT count(DISTINCT t.ProjectId) FROM chosen JOIN Tasks t USING (ProjectId)")
    assert cursor.fetchall() == [(2,)]
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 2
    plan = {text for _, _, text in rows(connection, "EXPLAIN SELECT 1 FROM chosen JOIN Tasks USING (ProjectId)")}
    assert "the temporary tables" in plan
    with connection.execute("SELECT * FROM chosen") as alone:
        assert len(alone.fetchall()) == 2
        assert alone.stats is not None
        assert alone.stats.api_calls == 0


# -- Commits -----------------------------------------------------------------------------------------------------------


def test_on_commit_rows_or_the_table_go(connection: xerosql.Connection) -> None:
    """A statement that stands alone is committed by itself. A new name or a drop takes the declaration along."""
    run(connection, "CREATE TEMP TABLE emptied (x integer) ON COMMIT DELETE ROWS", "INSERT INTO emptied VALUES (1)")
    assert rows(connection, "SELECT * FROM emptied") == []
    run(connection, "ALTER TABLE emptied RENAME TO renamed", "BEGIN", "INSERT INTO renamed VALUES (1)")
    run(connection, "CREATE TEMP TABLE passing ON COMMIT DROP AS SELECT 2 AS x")
    assert rows(connection, "SELECT * FROM renamed, passing") == [(1, 2)]
    run(connection, "COMMIT")
    assert rows(connection, "SELECT * FROM renamed") == []
    with pytest.raises(xerosql.ProgrammingError, match='no table "passing"'):
        connection.execute("SELECT * FROM passing")
    run(connection, "DROP TABLE renamed", "CREATE TEMP TABLE renamed (x integer)", "INSERT INTO renamed VALUES (3)")
    assert rows(connection, "SELECT * FROM renamed") == [(3,)]


def test_a_rollback_takes_it_back(first: xerosql.Connection) -> None:
    """Also where it was the first of its connection; a failed transaction can be rolled back."""
    with first.sibling() as connection:
        connection.autocommit = False
        run(connection, "CREATE TEMP TABLE t (x integer UNIQUE)", "INSERT INTO t VALUES (1)")
        assert rows(connection, "SELECT * FROM t") == [(1,)]
        connection.rollback()
        with pytest.raises(xerosql.ProgrammingError, match='no table "t"'):
            connection.execute("SELECT * FROM t")
        run(connection, "CREATE TEMP TABLE t (x integer UNIQUE) ON COMMIT DELETE ROWS")
        connection.commit()
        run(connection, "INSERT INTO t VALUES (1)")
        with pytest.raises(xerosql.IntegrityError):
            connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(xerosql.OperationalError, match="rolled back instead"):
            connection.commit()
        assert rows(connection, "SELECT * FROM t") == []


# -- Whose they are ----------------------------------------------------------------------------------------------------


def test_nobody_else_sees_it(connection: xerosql.Connection, first: xerosql.Connection) -> None:
    """Two may have the same name, of different columns; statements are the same text with another meaning."""
    run(connection, "CREATE TEMP TABLE t AS SELECT 1 AS a")
    with first.sibling() as other:
        with pytest.raises(xerosql.ProgrammingError, match='no table "t"'):
            other.execute("SELECT * FROM t")
        run(other, "CREATE TEMP TABLE t AS SELECT 'x' AS b, 2 AS c")
        assert rows(other, "SELECT * FROM t") == [("x", 2)]
        assert rows(connection, "SELECT * FROM t") == [(1,)]
        (name,) = rows(other, "SELECT table_schema FROM information_schema.tables WHERE table_name = 't'")[0]
        for sql in (f"SELECT * FROM {name}.t", f"DROP TABLE {name}.t", f"INSERT INTO {name}.t VALUES (1)"):
            with pytest.raises(xerosql.ProgrammingError, match="no table"):
                connection.execute(sql)
        with pytest.raises(xerosql.ProgrammingError, match="temporary schemas of other sessions") as caught:
            connection.execute(f"CREATE TABLE {name}.u (x integer)")
        assert caught.value.sqlstate == "42P16"
        assert rows(first, "SELECT * FROM information_schema.tables WHERE table_type = 'LOCAL TEMPORARY'") == []


def test_a_read_only_connection_may_have_them(first: xerosql.Connection) -> None:
    with first.sibling(read_only=True) as reader:
        run(reader, "CREATE TEMP TABLE t AS SELECT Name FROM Tasks LIMIT 2", "INSERT INTO t VALUES ('x')")
        assert rows(reader, "SELECT count(*) FROM t") == [(3,)]
        for sql in ("CREATE TABLE scratch.mine (x integer)", "INSERT INTO scratch.lasting VALUES (1)"):
            with pytest.raises(xerosql.ProgrammingError, match="read-only"):
                reader.execute(sql)


def test_clients_that_come_and_go_leave_nothing(first: xerosql.Connection) -> None:
    """Closed, with a transaction open or a result half read, or forgotten without a word."""
    engines = []
    for number in range(24):
        client = first.sibling()
        if number % 3 == 0:
            run(client, "BEGIN")
        run(client, "CREATE TEMP TABLE t (id SERIAL, note varchar(5))", "INSERT INTO t (note) VALUES ('a'), ('b')")
        cursor = client.execute("SELECT * FROM t")
        assert cursor.fetchone() == (1, "a")
        if number % 2:
            engines.append(client.session.engine)  # so that it is the closing that drops them
            client.close()
        del client, cursor
    gc.collect()
    assert rows(first, "SELECT 1") == [(1,)]
    assert held(first) == [[], [], []]


# -- What is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("CREATE TEMP TABLE scratch.t (a integer)", "42P16"),
        ("CREATE TABLE scratch.t (a integer) ON COMMIT DROP", "42P16"),
        ("CREATE TEMP TABLE lasting2 (a integer); DROP TABLE lasting2", "0A000"),
        ("CREATE TEMP SEQUENCE s", "0A000"),
        ("CREATE TEMP TABLE here (a integer)", "42P07"),
        ("CREATE VIEW scratch.v AS SELECT * FROM here", "42P16"),
        ("DROP TABLE pg_temp_999999.t", "42P01"),
        ("SELECT * FROM pg_temp.nothing", "42P01"),
    ],
)
def test_what_makes_no_sense_is_refused(first: xerosql.Connection, sql: str, sqlstate: str) -> None:
    with first.sibling() as connection:
        run(connection, "CREATE TEMP TABLE here (a integer)")
        with pytest.raises(xerosql.Error) as caught:
            connection.execute(sql)
        assert caught.value.sqlstate == sqlstate
