"""The protocol's messages: simple and extended queries, portals, errors, and what they leave behind."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from tests.server.raw import SYNC, RawClient, bind, describe, error_code, execute, message, parse, query, text

Raw = Callable[[], RawClient]


def test_a_simple_query_answers_with_its_columns_rows_and_tag(raw: Raw) -> None:
    """RowDescription, a DataRow for each row, CommandComplete, ReadyForQuery."""
    client = raw()
    client.send(query("SELECT 1 AS one, 'x' AS b"))
    found = client.until(b"Z")
    assert "".join(kind.decode() for kind, _ in found) == "TDCZ"
    assert found[0][1].startswith(struct.pack("!h", 2) + b"one\0")
    assert found[1][1] == struct.pack("!h", 2) + struct.pack("!i", 1) + b"1" + struct.pack("!i", 1) + b"x"
    assert found[2][1] == b"SELECT 1\0"


def test_statements_of_one_query_are_run_in_turn_until_one_fails(raw: Raw) -> None:
    """A semicolon in a text or comment ends no statement."""
    client = raw()
    client.send(query("SELECT ';' AS a; /* ; */ SELECT 2; SELECT nope; SELECT 3"))
    assert client.kinds_until_ready() == "TDCTDCEZ I"


@pytest.mark.parametrize("sql", ["", ";", " -- nothing\n", "/* nothing */ ;"])
def test_a_query_of_nothing_is_answered_as_such(raw: Raw, sql: str) -> None:
    """EmptyQueryResponse, in both ways to ask."""
    client = raw()
    client.send(query(sql))
    assert client.kinds_until_ready() == "IZ I"
    client.send(parse(sql), bind(), describe("P"), execute(), SYNC)
    assert client.kinds_until_ready() == "12nIZ I"


def test_a_portal_hands_out_as_many_rows_as_are_asked_for(raw: Raw) -> None:
    """PortalSuspended while there may be more, and CommandComplete at the end."""
    client = raw()
    client.send(query("BEGIN"))
    client.until(b"Z")
    client.send(
        parse("SELECT * FROM generate_series(1, 5)"), bind(), execute(rows=2), execute(rows=2), execute(rows=2), SYNC
    )
    assert client.kinds_until_ready() == "12DDsDDsDCZ T"
    client.send(execute(rows=2), SYNC)
    assert client.kinds_until_ready() == "CZ T"


def test_a_statement_is_described_with_the_types_of_its_parameters_and_columns(raw: Raw) -> None:
    """Without a call of Xero's API, and with the types of the columns beside the parameters."""
    client = raw()
    client.send(
        parse("SELECT Name, TotalInvoicedValue FROM Projects WHERE TotalInvoicedValue > $1 AND Status = $2", "s")
    )
    client.send(describe("S", "s"), SYNC)
    found = dict(client.until(b"Z"))
    assert found[b"t"] == struct.pack("!hII", 2, 1700, 25)
    assert b"totalinvoicedvalue" in found[b"T"]
    modifier = ((18 << 16) | 4) + 4
    assert struct.pack("!Ihih", 1700, -1, modifier, 0) in found[b"T"]


def test_after_an_error_everything_up_to_sync_is_passed_over(raw: Raw) -> None:
    """So that a pipeline does not run half of what depends on what failed."""
    client = raw()
    client.send(parse("SELECT nope"), bind(), execute(), parse("SELECT 1"), bind(), execute(), SYNC)
    assert client.kinds_until_ready() == "EZ I"
    client.send(parse("SELECT 1"), bind(), execute(), SYNC)
    assert client.kinds_until_ready() == "12DCZ I"


@pytest.mark.parametrize(
    ("messages", "sqlstate"),
    [
        ([bind(statement="nope")], "26000"),
        ([execute("nope")], "34000"),
        ([describe("P", "nope")], "34000"),
        ([parse("SELECT 1; SELECT 2")], "42601"),
        ([parse("SELECT $1::int"), bind()], "08P01"),
        ([parse("SELECT $1::int"), bind(b"x")], "22P02"),
        ([parse("SELECT 1", "twice"), parse("SELECT 1", "twice")], "42P05"),
        ([message(b"F", b"")], "0A000"),
        ([query("COPY Projects TO '/tmp/x'")], "0A000"),
        ([query("COPY Projects FROM STDIN")], "0A000"),
        ([query("SELECT * FROM Projects, pg_class")], "0A000"),
        ([query("SELECT " + "1+" * 600_000 + "1")], "54000"),
    ],
)
def test_a_wrong_message_is_one_error_of_that_client(raw: Raw, messages: list[bytes], sqlstate: str) -> None:
    """It has PostgreSQL's code, and the client goes on."""
    client = raw()
    client.send(*messages, *[SYNC] * (messages[0][:1] != b"Q"))
    assert error_code(client.until(b"E")[-1][1]) == sqlstate
    client.until(b"Z")
    client.send(query("SELECT 1"))
    assert client.kinds_until_ready() == "TDCZ I"


def test_an_unknown_message_ends_the_connection_with_a_reason(raw: Raw) -> None:
    """08P01, and then the server hangs up."""
    client = raw()
    client.send(message(b"@", b""))
    assert error_code(client.until(b"E")[-1][1]) == "08P01"
    with pytest.raises(EOFError):
        client.receive()


def test_a_failed_transaction_can_only_be_ended(raw: Raw) -> None:
    """Its status is E, and COMMIT answers ROLLBACK."""
    client = raw()
    for sql, kinds in (
        ("BEGIN", "CZ T"),
        ("SELECT nope", "EZ E"),
        ("SELECT 1", "EZ E"),
        ("COMMIT", "CZ I"),
        ("SELECT 1", "TDCZ I"),
    ):
        client.send(query(sql))
        assert client.kinds_until_ready() == kinds


def test_savepoints_let_a_client_go_on_after_an_error(raw: Raw) -> None:
    """As psqlodbc does around every statement."""
    client = raw()
    for sql, kinds in (
        ("BEGIN", "CZ T"),
        ("SAVEPOINT _EXEC_SVP_1", "CZ T"),
        ("SELECT nope", "EZ E"),
        ("ROLLBACK TO _EXEC_SVP_1", "CZ T"),
        ("SELECT 1", "TDCZ T"),
        ("RELEASE _EXEC_SVP_1", "CZ T"),
        ("RELEASE _EXEC_SVP_1", "EZ E"),
        ("ROLLBACK", "CZ I"),
    ):
        client.send(query(sql))
        assert client.kinds_until_ready() == kinds


def test_a_change_since_a_savepoint_is_not_said_to_be_undone(raw: Raw) -> None:
    """ROLLBACK TO is an error then, since it would be a lie."""
    client = raw()
    for sql, kinds in (
        ("BEGIN", "CZ T"),
        ("SAVEPOINT s", "CZ T"),
        ("CREATE TABLE scratch.savepoints (a INTEGER)", "CZ T"),
        ("ROLLBACK TO s", "EZ E"),
        ("ROLLBACK", "CZ I"),
    ):
        client.send(query(sql))
        assert client.kinds_until_ready() == kinds


def test_a_cursor_is_fetched_from_forward(raw: Raw) -> None:
    """DECLARE, FETCH, MOVE, CLOSE, and its end with the transaction."""
    client = raw()
    steps = [
        ("DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 10)", "EZ I"),
        ("BEGIN", "CZ T"),
        ("DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 10)", "CZ T"),
        ("FETCH 2 FROM c", "TDDCZ T"),
        ("MOVE FORWARD 3 IN c", "CZ T"),
        ("FETCH NEXT FROM c", "TDCZ T"),
        ("FETCH ALL FROM c", "TDDDDCZ T"),
        ("FETCH c", "TCZ T"),
        ("CLOSE c", "CZ T"),
        ("FETCH c", "EZ E"),
        ("ROLLBACK", "CZ I"),
    ]
    for sql, kinds in steps:
        client.send(query(sql))
        assert client.kinds_until_ready() == kinds, sql


def test_a_cursor_can_be_described_and_fetched_with_extended_queries(raw: Raw) -> None:
    """As psycopg does with the portal of a named cursor."""
    client = raw()
    client.send(query("BEGIN"), query("DECLARE c CURSOR FOR SELECT 1 AS a"))
    client.until(b"Z"), client.until(b"Z")
    client.send(describe("P", "c"), parse("FETCH FORWARD 1 FROM c"), bind(), describe("P"), execute(), SYNC)
    assert client.kinds_until_ready() == "T12TDCZ T"


def test_closing_what_is_not_there_is_no_error(raw: Raw) -> None:
    """CloseComplete in any case."""
    client = raw()
    client.send(message(b"C", b"S" + text("nope")), message(b"C", b"P" + text("nope")), SYNC)
    assert client.kinds_until_ready() == "33Z I"


def test_binary_results_have_the_types_binary_form(raw: Raw) -> None:
    """A whole number in four bytes, a NUMERIC in groups of four digits."""
    client = raw()
    client.send(parse("SELECT 7::int AS a, 12345.678::decimal(18,4) AS b"), bind(results=(1,)), execute(), SYNC)
    row = dict(client.until(b"Z"))[b"D"]
    number = struct.pack("!hhHhhhh", 3, 1, 0, 4, 1, 2345, 6780)
    assert row == struct.pack("!h", 2) + struct.pack("!ii", 4, 7) + struct.pack("!i", len(number)) + number
