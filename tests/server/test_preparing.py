"""PREPARE, EXECUTE and DEALLOCATE in SQL, beside the statements that drivers prepare by messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from tests.server.raw import SYNC, RawClient, bind, describe, execute, parse, query

Connect = Callable[..., psycopg.Connection]
STATUS = "PREPARE by_status (text, int) AS SELECT count(*) FROM Projects WHERE Status = $1 AND MinutesLogged >= $2"


def test_a_statement_is_prepared_executed_and_forgotten(connect: Connect) -> None:
    """With the tags that PostgreSQL answers with."""
    connection = connect()
    assert connection.execute(STATUS).statusmessage == "PREPARE"
    done = connection.execute("EXECUTE by_status('CLOSED', 1 - 1)")
    assert (done.statusmessage, done.fetchall()) == ("SELECT 1", [(15,)])
    assert connection.execute("EXECUTE by_status('INPROGRESS', 0);").fetchone() == (33,)
    assert connection.execute("DEALLOCATE PREPARE by_status").statusmessage == "DEALLOCATE"
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        connection.execute("EXECUTE by_status('CLOSED', 0)")


@pytest.mark.parametrize(
    ("prepare", "run", "row"),
    [
        ("PREPARE p AS SELECT 1", "EXECUTE p", (1,)),
        ("PREPARE p (int) AS SELECT $1 + 1", "EXECUTE p(2)", (3,)),
        ("PREPARE p(date) AS SELECT $1", "EXECUTE p('2026-11-01')", (dt.date(2026, 11, 1),)),
        ("PREPARE p (numeric(10, 2), int[]) AS SELECT $1, $2[2]", "EXECUTE p (1.5, '{4,5}')", (Decimal("1.5"), 5)),
        ("PREPARE p (numeric) AS SELECT $1::text", "EXECUTE p(1.50)", ("1.50",)),
        ("PREPARE p (unknown) AS SELECT $1::int", "EXECUTE p(NULL)", (None,)),
        ('PREPARE "A b" (text) AS SELECT $1', "EXECUTE \"A b\"('(x, ''y'')')", ("(x, 'y')",)),
        ("prepare P as values (1), (2)", "execute p", (1,)),
        ("PREPARE p(text) AS SELECT Status FROM Projects WHERE Name = $1", "EXECUTE p('nope')", None),
        ("PREPARE p (oid) AS SELECT count(*) FROM pg_class WHERE oid = $1", "EXECUTE p(1259)", (1,)),
    ],
)
def test_values_are_of_the_types_that_are_declared(connect: Connect, prepare: str, run: str, row: object) -> None:
    """Or of those that the statement gives them; they may be computed."""
    connection = connect()
    connection.execute(prepare)
    assert connection.execute(run).fetchone() == row


@pytest.mark.parametrize(
    ("statements", "error"),
    [
        (["PREPARE p AS SELECT 1", "PREPARE p AS SELECT 2"], psycopg.errors.DuplicatePreparedStatement),
        (["PREPARE p (nope) AS SELECT 1"], psycopg.errors.UndefinedObject),
        (["PREPARE p (int) AS SELECT $1", "EXECUTE p"], psycopg.errors.SyntaxError),
        (["PREPARE p (int) AS SELECT $1", "EXECUTE p(1, 2)"], psycopg.errors.SyntaxError),
        (["PREPARE p (int) AS SELECT $1", "EXECUTE p('x')"], psycopg.DataError),
        (["PREPARE p AS SELECT Nane FROM Projects"], psycopg.errors.UndefinedColumn),
        (["PREPARE p AS BEGIN"], psycopg.errors.FeatureNotSupported),
        (["PREPARE TRANSACTION 'x'"], psycopg.errors.FeatureNotSupported),
        (["PREPARE p (text) AS SELECT $1", "EXECUTE p(read_text('/etc/passwd'))"], psycopg.errors.FeatureNotSupported),
        (["DEALLOCATE nope"], psycopg.errors.InvalidSqlStatementName),
    ],
)
def test_what_is_wrong_is_postgresqls_own_error(
    connect: Connect, statements: list[str], error: type[Exception]
) -> None:
    """At the statement that is wrong."""
    connection = connect()
    for sql in statements[:-1]:
        connection.execute(sql)
    with pytest.raises(error):
        connection.execute(statements[-1])


def test_explain_takes_an_execute(connect: Connect) -> None:
    """It tells what the statement would cost with these values, and makes no call."""
    connection = connect()
    notices: list[object] = []
    connection.execute(STATUS)
    connection.add_notice_handler(notices.append)
    plan = connection.execute("EXPLAIN EXECUTE by_status('CLOSED', 0)").fetchall()
    assert any("projects" in str(row).lower() for row in plan)
    assert notices == []
    analyzed = connection.execute("EXPLAIN ANALYZE EXECUTE by_status('CLOSED', 0)").fetchall()
    assert len(analyzed) >= len(plan)
    assert len(notices) == 1


def test_both_kinds_of_prepared_statements_share_their_names(raw: Callable[[], RawClient]) -> None:
    """What SQL prepares is bound by messages, and the other way round; DISCARD ALL forgets all."""
    client = raw()
    client.send(query("PREPARE both (int) AS SELECT $1 + 1"))
    assert client.kinds_until_ready() == "CZ I"
    client.send(describe("S", "both"), bind(b"41", statement="both"), execute(), SYNC)
    found = dict(client.until(b"Z"))
    assert found[b"D"].endswith(b"42")
    client.send(parse("SELECT $1::int * 2", "sent"), SYNC)
    assert client.kinds_until_ready() == "1Z I"
    client.send(query("EXECUTE sent(21)"))
    assert dict(client.until(b"Z"))[b"D"].endswith(b"42")
    client.send(parse("EXECUTE sent(21)"), describe("S"), bind(), execute(), SYNC)
    assert client.kinds_until_ready() == "1tT2DCZ I"
    client.send(query("DISCARD ALL"))
    client.until(b"Z")
    client.send(query("EXECUTE sent(21)"))
    assert client.kinds_until_ready() == "EZ I"


def test_a_reader_prepares_no_way_around_its_rights(connect: Connect) -> None:
    """The statement is checked when it is run."""
    connection = connect("reader")
    connection.execute("PREPARE p AS DELETE FROM Time WHERE Id = 'x'")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("EXECUTE p")


def test_a_prepared_statement_whose_columns_have_changed_is_refused(connect: Connect) -> None:
    """As by PostgreSQL: its client would read the rows as what they were. One that is prepared anew is fine."""
    client, other = connect(), connect()
    client.autocommit = other.autocommit = True
    read = "SELECT * FROM scratch.told"
    client.execute("CREATE VIEW scratch.told AS SELECT 1 AS x")
    assert client.execute(read, prepare=True).fetchall() == [(1,)]
    other.execute("CREATE OR REPLACE VIEW scratch.told AS SELECT 2 AS x")
    assert client.execute(read, prepare=True).fetchall() == [(2,)]
    for definition in ("SELECT 2 AS x, 3 AS y", "SELECT 'two' AS x"):
        other.execute(f"CREATE OR REPLACE VIEW scratch.told AS {definition}")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan must not change result type"):
            client.execute(read, prepare=True)
        assert client.execute(f"{read} t").fetchall()
    client.execute("DROP VIEW scratch.told")
    with pytest.raises(psycopg.errors.UndefinedTable):
        client.execute(read, prepare=True)
