"""The drivers that programs and tools connect with: each reads, binds, writes, and learns what there is."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pg8000.dbapi
import psycopg
import psycopg2
import pytest
import sqlalchemy as sa

from tests.server.conftest import PASSWORD, url_of
from xerosql.server import Server
from xerosql.simulator import Simulator

Connect = Callable[..., psycopg.Connection]
ROW = "SELECT Name, TotalInvoicedValue, Deadline, MinutesLogged FROM Projects"


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_gets_rows_in_their_types(connect: Connect, binary: bool) -> None:
    """With parameters whose types it does not tell."""
    cursor = connect().cursor(binary=binary)
    cursor.execute(
        f"{ROW} WHERE Status = %s AND TotalInvoicedValue > %s AND Deadline > %s ORDER BY 1",
        ["CLOSED", 5, dt.date(2020, 1, 1)],
    )
    name, value, deadline, minutes = cursor.fetchone() or ()
    assert [type(each) for each in (name, value, deadline, minutes)] == [str, Decimal, dt.datetime, int]
    assert cursor.description is not None
    assert [column.name for column in cursor.description] == ["name", "totalinvoicedvalue", "deadline", "minuteslogged"]


def test_psycopg_prepares_pipelines_and_copies(connect: Connect) -> None:
    """A prepared statement, a pipeline, a named cursor, COPY as text and binary, arrays."""
    connection = connect()
    for number in range(8):
        assert connection.execute("SELECT %s::int + 1", [number], prepare=True).fetchone() == (number + 1,)
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::text", [str(number)]) for number in range(3)]
    assert [cursor.fetchone() for cursor in cursors] == [("0",), ("1",), ("2",)]
    with connection.transaction(), connection.cursor(name="named") as cursor:
        cursor.itersize = 7
        assert len(cursor.execute("SELECT * FROM Projects").fetchall()) == 48
    with connection.cursor().copy(
        "COPY (SELECT Name, MinutesLogged FROM Projects ORDER BY 1) TO STDOUT (FORMAT binary)"
    ) as copy:
        copy.set_types(["text", "int4"])
        assert len(list(copy.rows())) == 48
    with connection.cursor().copy("COPY Projects (Name) TO STDOUT (FORMAT csv, HEADER)") as copy:
        assert b"".join(copy).splitlines()[0] == b"name"
    assert connection.execute("SELECT %s::int[], %s::text[]", [[1, 2], ["a", None]]).fetchone() == ([1, 2], ["a", None])


def test_explain_answers_as_postgresql_does(connect: Connect, simulator: Simulator) -> None:
    """In one column of text, described beforehand or not; the cost on its first line, which tools read, is calls."""
    connection, calls = connect(), simulator.calls
    for prepare in (False, True):
        cursor = connection.execute("EXPLAIN SELECT Name FROM Projects WHERE Status = %s", ["CLOSED"], prepare=prepare)
        assert [column.name for column in cursor.description or ()] == ["QUERY PLAN"]
        lines = [line for (line,) in cursor.fetchall()]
        assert re.fullmatch(r"1 call  \(cost=0\.00\.\.1\.00 rows=\d+ width=0\)", lines[0])
        assert "  1. pushed EXACT: projects.Status = $1 as states" in lines
        assert lines[-1].startswith("  quota: 1.7 % of a minute's 60 calls")
    (found,) = connection.execute("EXPLAIN (FORMAT JSON) SELECT Name FROM Projects").fetchone() or ()
    assert json.loads(found)["total"]["calls"] == 1
    assert simulator.calls == calls


def test_a_writer_writes_and_is_told_what_it_cost(connect: Connect) -> None:
    """INSERT with RETURNING, UPDATE, DELETE; the calls come as a notice."""
    connection, notices = connect(), []
    connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    (project, currency) = (
        connection.execute(
            "SELECT ProjectId, CurrencyCode FROM Projects WHERE Status = 'INPROGRESS' LIMIT 1"
        ).fetchone()
        or ()
    )
    columns, values = "ProjectId, Name, RateValue, RateCurrency, ChargeType", "%s, %s, %s, %s, 'TIME'"
    insert = f"INSERT INTO Tasks ({columns}) VALUES ({values}) RETURNING Id"
    (task,) = connection.execute(insert, [project, "Served", Decimal("12.5"), currency]).fetchone() or ()
    changed = connection.execute("UPDATE Tasks SET RateValue = %s WHERE Id = %s", [Decimal(13), task])
    assert (changed.rowcount, changed.statusmessage) == (1, "UPDATE 1")
    assert connection.execute("DELETE FROM Tasks WHERE Id = %s", [task]).statusmessage == "DELETE 1"
    assert "1 call to Xero" in notices


def test_an_error_is_psycopgs_own_class(connect: Connect) -> None:
    """By PostgreSQL's code, with the sentence that xerosql has."""
    with pytest.raises(psycopg.errors.UndefinedColumn, match="did you mean Name"):
        connect().execute("SELECT Nane FROM Projects")


def test_a_transaction_is_committed_or_rolled_back(connect: Connect) -> None:
    """Of the scratch schema; other connections see what is committed."""
    one, other = connect(autocommit=False), connect()
    one.execute("CREATE TABLE scratch.kept AS SELECT 1 AS a")
    with pytest.raises(psycopg.errors.UndefinedTable):
        other.execute("SELECT * FROM scratch.kept")
    one.commit()
    assert other.execute("SELECT a FROM scratch.kept").fetchall() == [(1,)]
    one.execute("DROP TABLE scratch.kept")
    one.rollback()
    assert other.execute("SELECT a FROM scratch.kept").fetchall() == [(1,)]


def test_psycopg2_reads_and_binds(server: Server) -> None:
    """It writes its values into the statement itself."""
    connection = psycopg2.connect(url_of(server))
    cursor = connection.cursor()
    cursor.execute(f"{ROW} WHERE Name = %s", ["'Tui & Friends' launch"])
    assert isinstance(cursor.fetchall()[0][1], Decimal)
    connection.close()


def test_pg8000_reads_and_binds(server: Server) -> None:
    """It is pure Python, and tells no types."""
    connection = pg8000.dbapi.connect("writer", host="127.0.0.1", port=server.port, database="xero", password=PASSWORD)
    cursor = connection.cursor()
    cursor.execute(
        "SELECT Name FROM Projects WHERE Status = %s AND MinutesLogged > %s ORDER BY 1 LIMIT 1", ["CLOSED", 5]
    )
    assert len(cursor.fetchall()) == 1
    connection.close()


def test_asyncpg_encodes_by_the_types_that_are_announced(server: Server) -> None:
    """Binary both ways: numbers, moments, lists; cursors; its own look into the catalog for types it does not know."""

    async def main() -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="writer", password=PASSWORD, database="xero"
        )
        rows = await connection.fetch(
            f"{ROW} WHERE TotalInvoicedValue > $1 AND Deadline > $2 AND MinutesLogged <> ALL($3) LIMIT $4",
            *(Decimal(5), dt.datetime.fromisoformat("2020-01-01"), [1, 2], 3),
        )
        assert len(rows) == 3
        assert await connection.fetchval("SELECT $1::int[]", [1, None]) == [1, None]
        async with connection.transaction():
            assert len([row async for row in connection.cursor("SELECT * FROM Projects", prefetch=10)]) == 48
        kinds = await connection.fetch("SELECT relkind, count(*) FROM pg_class GROUP BY 1")
        assert kinds[0] != (b"v", 3)
        await connection.reset()
        await connection.close()

    asyncio.run(main())


OF_SQLALCHEMY_2 = pytest.mark.skipif(sa.__version__ < "2", reason="SQLAlchemy 1.4 does not know psycopg 3")


@pytest.mark.parametrize("driver", [pytest.param("psycopg", marks=OF_SQLALCHEMY_2), "psycopg2", "pg8000"])
def test_sqlalchemy_learns_what_there_is(server: Server, driver: str) -> None:
    """Schemas, tables, columns with types and comments, keys, through each of its drivers."""
    engine = sa.create_engine(
        f"postgresql+{driver}://writer:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{server.port}/xero"
    )
    with engine.connect() as connection:
        found = sa.inspect(connection)
        assert found.get_schema_names() == ["information_schema", "projects", "queue", "scratch", "sys"]
        assert sorted(found.get_table_names(schema="projects")) == ["Projects", "Tasks", "Tenants", "Time", "Users"]
        first = {"Tasks"} if sa.__version__ < "2" else {"Tasks", "XeroTasks"}  # 1.4 lists one schema of the path only
        assert first <= set(found.get_table_names())
        assert "XeroTasks" in found.get_table_names(schema="queue")
        assert found.get_view_names(schema="sys") == ["limits", "snapshots", "statements", "variables", "workers"]
        columns = {column["name"]: column for column in found.get_columns("Tasks")}
        assert repr(columns["RateValue"]["type"]) == "NUMERIC(precision=18, scale=4)"
        assert repr(columns["Name"]["type"]) == "VARCHAR(length=100)"
        assert columns["RateValue"]["comment"].startswith("The price")
        assert not columns["Id"]["nullable"]
        assert found.get_pk_constraint("Tasks")["constrained_columns"] == ["Id"]
        (key,) = found.get_foreign_keys("Tasks")
        assert (key["constrained_columns"], key["referred_table"]) == (["ProjectId"], "Projects")
        projects = sa.Table("Projects", sa.MetaData(), autoload_with=connection)
        wanted: Any = sa.select(projects.c.Name).where(projects.c.Status == "CLOSED").order_by(projects.c.Name).limit(2)
        assert len(connection.execute(wanted).all()) == 2
    engine.dispose()
