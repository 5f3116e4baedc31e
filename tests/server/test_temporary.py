"""Temporary tables of the server's clients: each its own, in the catalog too, gone when the client is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import psycopg2
import pytest
import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, inspect, select, text

from tests.server.conftest import url_of
from tests.server.test_running import eventually
from xerosql.server import Server

Connect = Callable[..., psycopg.Connection[Any]]


@pytest.fixture
def client(connect: Connect) -> psycopg.Connection[Any]:
    return connect(autocommit=True)


def rows(connection: psycopg.Connection[Any], sql: str, *values: object) -> list[tuple[Any, ...]]:
    return connection.execute(sql, values or None).fetchall()


def schemas(server: Server) -> list[tuple[Any, ...]]:
    return server.connection.session.engine.rows(
        "SELECT schema_name FROM duckdb_schemas() WHERE schema_name LIKE 'pg_temp%'"
    )


def test_the_catalog_tells_its_client_of_it(client: psycopg.Connection[Any], connect: Connect) -> None:
    assert rows(client, "SELECT pg_my_temp_schema()") == [(0,)]
    client.execute("CREATE TEMP TABLE mine (id integer PRIMARY KEY, note varchar(20) NOT NULL, paid numeric(10,2))")
    client.execute("CREATE TEMP VIEW seen AS SELECT id FROM mine")
    client.execute("COMMENT ON TABLE mine IS 'Notes.'")
    told = (
        "SELECT c.relname, c.relkind, c.relpersistence, pg_table_is_visible(c.oid), n.oid = pg_my_temp_schema(), "
        "n.nspname ~ '^pg_temp_[0-9]+$', obj_description(c.oid, 'pg_class') FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relpersistence = 't' AND c.relkind <> 'i' ORDER BY 1"
    )
    assert rows(client, told) == [
        ("mine", "r", "t", True, True, True, "Notes."),
        ("seen", "v", "t", True, True, True, None),
    ]
    columns = (
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        "WHERE attrelid = 'pg_temp.mine'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert rows(client, columns) == [
        ("id", "integer", True),
        ("note", "character varying(20)", True),
        ("paid", "numeric(10,2)", False),
    ]
    key = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'mine'::regclass AND contype = 'p'"
    assert rows(client, key) == [("PRIMARY KEY (id)",)]
    listed = (
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_name IN ('mine', 'seen') ORDER BY 1"
    )
    assert rows(client, listed) == [("mine", "LOCAL TEMPORARY"), ("seen", "LOCAL TEMPORARY")]
    (path,) = rows(client, "SELECT current_schemas(true)")[0]
    assert path[0].startswith("pg_temp_")
    assert path[1] == "pg_catalog"
    cursor = client.execute("SELECT id FROM mine")
    assert cursor.pgresult is not None
    assert [(cursor.pgresult.ftable(0),)] == rows(client, "SELECT 'mine'::regclass::oid")
    other = connect(autocommit=True)
    assert rows(other, told) == rows(other, listed) == []


def test_a_prepared_statement_means_what_its_names_mean_now(client: psycopg.Connection[Any]) -> None:
    """Described anew when a temporary table hides what it read, and when that is dropped."""
    asked = "SELECT * FROM Tenants"
    client.prepare_threshold = None  # else PostgreSQL itself refuses it
    before = [column.name for column in client.execute(asked).description or ()]
    client.execute("CREATE TEMP TABLE Tenants AS SELECT 1 AS other")
    assert [column.name for column in client.execute(asked).description or ()] == ["other"]
    client.execute("DROP TABLE Tenants")
    assert [column.name for column in client.execute(asked).description or ()] == before


def test_one_that_is_called_like_the_catalogs_is_found_first(client: psycopg.Connection[Any]) -> None:
    client.execute("CREATE TEMP TABLE pg_roles AS SELECT 1 AS x")
    assert rows(client, "SELECT x FROM pg_roles") == [(1,)]
    assert ("writer",) in rows(client, "SELECT rolname FROM pg_catalog.pg_roles")


def test_a_transaction_drops_it_or_takes_it_back(client: psycopg.Connection[Any]) -> None:
    client.execute("CREATE TEMP TABLE kept (x integer) ON COMMIT DELETE ROWS")
    with client.transaction():
        client.execute("CREATE TEMP TABLE passing (x integer) ON COMMIT DROP")
        client.execute("INSERT INTO passing VALUES (1)")
        client.execute("INSERT INTO kept SELECT x FROM passing")
        assert rows(client, "SELECT * FROM kept") == [(1,)]
    assert rows(client, "SELECT * FROM kept") == []
    assert rows(client, "SELECT to_regclass('passing')") == [(None,)]
    with client.transaction():
        client.execute("CREATE TEMP TABLE undone (x integer)")
        raise psycopg.Rollback
    assert rows(client, "SELECT relname FROM pg_class WHERE relpersistence = 't'") == [("kept",)]


def test_discard_drops_them(client: psycopg.Connection[Any]) -> None:
    for word, tag in (("TEMP", "DISCARD TEMP"), ("TEMPORARY", "DISCARD TEMP"), ("ALL", "DISCARD ALL")):
        client.execute("CREATE TEMP TABLE t (x integer)")
        assert client.execute(f"DISCARD {word}").statusmessage == tag
        assert rows(client, "SELECT count(*) FROM pg_class WHERE relpersistence = 't'") == [(0,)]
    client.execute("CREATE TEMP TABLE t (x integer)")
    client.execute("DISCARD PLANS")
    with client.transaction(), pytest.raises(psycopg.errors.ActiveSqlTransaction):
        client.execute("DISCARD ALL")
    assert rows(client, "SELECT * FROM t") == []
    with pytest.raises(psycopg.errors.SyntaxError):
        client.execute("DISCARD EVERYTHING")


def test_who_may_only_read_may_have_them(connect: Connect) -> None:
    """The right TEMP of a database is everybody's, as in PostgreSQL. A read-only transaction changes rows only."""
    reader = connect("reader", autocommit=True)
    assert rows(reader, "SELECT has_database_privilege('xero', 'TEMP')") == [(True,)]
    reader.execute("CREATE TEMP TABLE staged AS SELECT Name FROM Tasks LIMIT 2")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("CREATE TABLE scratch.staged (x integer)")
    reader.execute("BEGIN READ ONLY")
    reader.execute("INSERT INTO staged VALUES ('x')")
    assert rows(reader, "SELECT count(*) FROM staged") == [(3,)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("CREATE TEMP TABLE more (x integer)")
    reader.execute("ROLLBACK")


def test_clients_that_vanish_leave_nothing(server: Server, connect: Connect) -> None:
    """Whether they say that they leave or not."""
    there = len(schemas(server))
    for number in range(12):
        client = connect(autocommit=True)
        client.execute("CREATE TEMP TABLE t (id SERIAL, x integer)")
        client.close() if number % 2 else client.pgconn.finish()
    eventually(lambda: len(schemas(server)) <= there)
    assert not server.connection.session.engine.temporaries.left


@pytest.fixture
def engine(server: Server) -> Iterator[Any]:
    engine = create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(url_of(server)), future=True)
    yield engine
    engine.dispose()


def test_sqlalchemys_postgresql_dialect_reflects_them(engine: Any) -> None:
    """Through the server, as with PostgreSQL itself."""
    table = Table(
        "staged", MetaData(), Column("id", Integer, primary_key=True), Column("note", String(5)), prefixes=["TEMP"]
    )
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": 1, "note": "a"}, {"id": 2, "note": "b"}])
        connection.execute(text("CREATE TEMP VIEW noted AS SELECT note FROM staged"))
        inspector = inspect(connection)
        if not sqlalchemy.__version__.startswith("1."):  # whose dialect does not ask for temporary ones
            assert inspector.get_temp_table_names() == ["staged"]
            assert inspector.get_temp_view_names() == ["noted"]
        assert inspector.has_table("staged")
        assert inspector.get_pk_constraint("staged")["constrained_columns"] == ["id"]
        found = Table("staged", MetaData(), autoload_with=connection)
        assert connection.execute(select(found.c.note).order_by(found.c.id)).scalars().all() == ["a", "b"]
