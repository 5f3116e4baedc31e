"""Queries, changes, prepared statements and transactions, as pyarrow's client speaks them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pyarrow
import pytest
from pyarrow import flight

from tests.aio.conftest import Desk
from tests.server.flight.conftest import Client, rows, serving
from tests.server.test_running import eventually
from xerosql.server.flight import FlightServer, messages
from xerosql.server.flight.messages import (
    CommandPreparedStatementQuery,
    CommandPreparedStatementUpdate,
    CommandStatementIngest,
    CommandStatementQuery,
    TableDefinitionOptions,
)
from xerosql.simulator import Simulator

Serve = Callable[..., AbstractContextManager[FlightServer]]


def batch(**columns: list[Any]) -> Any:
    return pyarrow.RecordBatch.from_pydict(columns)


# -- Queries -----------------------------------------------------------------------------------------------------------


def test_a_query_is_described_for_nothing_and_run_by_its_ticket(client: Client, simulator: Simulator) -> None:
    """Asking for the flight or its columns makes no call; the rows come with what they have cost."""
    before = simulator.calls
    command = CommandStatementQuery("SELECT Name, TotalInvoicedValue FROM Projects WHERE Status = 'CLOSED'")
    info = client.info(command)
    assert client.schema(command) == info.schema
    assert simulator.calls == before
    assert info.total_records == -1
    chunks = list(client.redeem(info))
    assert sum(each.data.num_rows for each in chunks) == 15
    assert json.loads(chunks[-1].app_metadata.to_pybytes()) == {"api_calls": simulator.calls - before}
    assert simulator.calls == before + 1


def test_money_is_exact_and_types_are_the_engines(client: Client) -> None:
    """Decimals of Xero's digits, whole numbers, dates, times and NULL."""
    table = client.table(
        CommandStatementQuery(
            "SELECT CAST('12345678901234.5678' AS DECIMAL(18,4)) AS money, 1 AS one, DATE '2026-03-31' AS day, "
            "TIMESTAMP '2026-03-31 17:30:00' AS at, true AS yes, NULL AS nothing, 'x' AS text"
        )
    )
    assert table.schema.types == [
        *(pyarrow.decimal128(18, 4), pyarrow.int32(), pyarrow.date32(), pyarrow.timestamp("us")),
        *(pyarrow.bool_(), pyarrow.null(), pyarrow.string()),
    ]
    assert table["money"].to_pylist() == [Decimal("12345678901234.5678")]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT Name FROM Projects WHERE 1 = 0", 0),
        ("SELECT Name FROM Projects LIMIT 10", 10),
        ("SHOW max_calls", 1),
        ("CALL GetLimitInfo()", None),
        ("EXPLAIN SELECT Name FROM Projects", None),
        ("EXPLAIN (FORMAT JSON) SELECT Name FROM Projects", 1),
        ("WITH p AS (SELECT Name FROM Projects) SELECT count(*) FROM p", 1),
        ("SELECT schema_name FROM information_schema.schemata", None),
        ("SELECT n, n FROM generate_series(1, 100000) AS s(n)", 100_000),
    ],
)
def test_every_statement_with_rows_is_a_query(client: Client, sql: str, count: int | None) -> None:
    """With the columns that were promised, which `table` compares."""
    found = client.table(CommandStatementQuery(sql)).num_rows
    assert count in (None, found)


def test_a_ticket_is_good_for_one_use(client: Client) -> None:
    """A second one would ask Xero again."""
    info = client.info(CommandStatementQuery("SELECT 1"))
    assert client.redeem(info).read_all().num_rows == 1
    with pytest.raises(pyarrow.ArrowKeyError, match="no longer"):
        client.redeem(info)


def test_tickets_that_nobody_redeems_are_forgotten(client: Client, server: FlightServer) -> None:
    """The oldest go first, so that none can fill the memory with them."""
    first = client.info(CommandStatementQuery("SELECT 0"))
    for number in range(1001):
        last = client.info(CommandStatementQuery(f"SELECT {number}"))
    assert client.redeem(last).read_all().num_rows == 1
    with pytest.raises(pyarrow.ArrowKeyError, match="no longer"):
        client.redeem(first)


@pytest.mark.parametrize(
    ("sql", "error", "sqlstate"),
    [
        ("SELECT * FROM nope", pyarrow.ArrowKeyError, "42P01"),
        ("SELECT nope FROM Projects", pyarrow.ArrowInvalid, "42703"),
        ("SELECT (", pyarrow.ArrowInvalid, "42601"),
        ("SELECT CAST('x' AS INTEGER)", pyarrow.ArrowInvalid, "22000"),
        ("SELECT CAST(Name AS INTEGER) FROM Projects", pyarrow.ArrowInvalid, "22000"),
        ("SELECT * FROM read_csv('/etc/passwd')", pyarrow.ArrowNotImplementedError, "0A000"),
        ("COMMIT", pyarrow.ArrowNotImplementedError, "0A000"),
        ("DELETE FROM Projects", pyarrow.ArrowNotImplementedError, ""),
        ("INSERT INTO Projects (Name) VALUES (NULL)", pyarrow.ArrowInvalid, ""),
        ("INSERT INTO Projects (Name, ContactId) VALUES ('a', 'b')", pyarrow.ArrowInvalid, "22"),
    ],
)
def test_errors_have_flights_status_and_our_words(
    client: Client, sql: str, error: type[Exception], sqlstate: str
) -> None:
    """With the SQLSTATE, and without a traceback or a path of ours."""
    with pytest.raises(error) as caught:
        client.query(sql)
    text = str(caught.value)
    assert f"(SQLSTATE {sqlstate}" in text
    assert "Traceback" not in text
    assert ".py" not in text
    assert client.query("SELECT 1") == [(1,)]


# -- Changes -----------------------------------------------------------------------------------------------------------


def test_a_change_tells_its_rows_and_needs_the_right(client: Client, reader: Client) -> None:
    """By DoPut, and as a query, since ADBC's cursors send everything so; who may only read is told."""
    assert client.update("CREATE TABLE scratch.few AS SELECT 1 AS n") == -1
    assert client.update("INSERT INTO scratch.few VALUES (2), (3)") == 2
    info = client.info(CommandStatementQuery("UPDATE scratch.few SET n = n + 1"))
    assert (info.total_records, info.endpoints, len(info.schema)) == (3, [], 0)
    returned = client.info(CommandStatementQuery("INSERT INTO scratch.few VALUES (9) RETURNING n"))
    assert returned.total_records == 1
    assert rows(client.redeem(returned).read_all()) == [(9,)]
    for attempt in (reader.update, reader.query):
        with pytest.raises(flight.FlightUnauthorizedError, match="25006"):
            attempt("DELETE FROM scratch.few")
    assert reader.query("SELECT sum(n) FROM scratch.few") == [(18,)]
    client.update("DROP TABLE scratch.few")


def test_a_write_to_xero_is_sent_once(client: Client, simulator: Simulator) -> None:
    """When its flight is asked for; the RETURNING waits for its ticket."""
    project, before = client.query("SELECT ProjectId FROM Projects LIMIT 1")[0][0], len(writes(simulator))
    info = client.info(
        CommandStatementQuery(
            f"INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) "
            f"VALUES ('{project}', 'By Flight', 12.5, 'NZD', 'TIME') RETURNING Name, RateValue"
        )
    )
    assert not hasattr(info, "app_metadata") or json.loads(info.app_metadata)["api_calls"] >= 1  # pyarrow 18 has not
    assert len(writes(simulator)) == before + 1
    assert rows(client.redeem(info).read_all()) == [("By Flight", Decimal("12.5000"))]
    assert len(writes(simulator)) == before + 1


def writes(simulator: Simulator) -> list[Any]:
    return [each for each in simulator.requests if each.method != "GET"]


def test_writes_go_into_the_queue_where_that_is_the_mode() -> None:
    """Each is committed on its own; within a transaction they wait for its commit, and a rollback drops them."""
    simulator = Simulator(limits=False)
    insert = (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) "
        "SELECT ProjectId, 'Queued', 1, 'NZD', 'TIME' FROM Projects LIMIT 1"
    )
    with serving(simulator.handle, simulator.tenants[0][0], queued=True) as server, Client(server) as client:
        connection = server.sessions.connection

        def queued() -> int:
            return int(connection.execute("SELECT count(*) FROM XeroTasks").fetchall()[0][0])

        client.update(insert)
        assert queued() == 1
        with pytest.raises(pyarrow.ArrowInvalid):
            client.update("INSERT INTO Tasks (ProjectId, Name) VALUES ('x', 'y')")
        transaction = client.begin()
        client.update(insert, transaction)
        assert queued() == 1
        client.end(transaction, commit=False)
        transaction = client.begin()
        client.update(insert, transaction)
        client.end(transaction, commit=True)
        assert queued() == 2
        assert writes(simulator) == []


# -- Prepared statements -----------------------------------------------------------------------------------------------


def test_a_prepared_statement_is_bound_and_run_again_and_again(client: Client) -> None:
    """Its schemas are told when it is prepared; several sets of values give the rows of all of them."""
    prepared = client.prepare("SELECT Name, Status FROM Projects WHERE Status = ? AND MinutesLogged > ? ORDER BY 1")
    parameters = pyarrow.ipc.read_schema(pyarrow.py_buffer(prepared.parameter_schema))
    columns = pyarrow.ipc.read_schema(pyarrow.py_buffer(prepared.dataset_schema))
    assert parameters.types == [pyarrow.string(), pyarrow.int32()]
    assert columns.names == ["Name", "Status"]
    command = CommandPreparedStatementQuery(prepared.prepared_statement_handle)
    client.put(command, [batch(a=["CLOSED"], b=[-1])])
    closed = rows(client.table(command))
    client.put(command, [batch(a=["INPROGRESS"], b=[-1])])
    others = rows(client.table(command))
    assert (len(closed), len(others)) == (15, 33)
    client.put(command, [batch(a=["CLOSED", "INPROGRESS"], b=[-1, -1])])
    assert rows(client.table(command)) == closed + others
    client.act("ClosePreparedStatement", messages.wrapped(closing(prepared.prepared_statement_handle)))
    with pytest.raises(pyarrow.ArrowKeyError, match="no such prepared statement"):
        client.info(command)


def closing(handle: bytes) -> messages.ActionClosePreparedStatementRequest:
    return messages.ActionClosePreparedStatementRequest(handle)


def test_named_parameters_are_bound_by_the_names_of_columns(client: Client) -> None:
    """Or by their places, where the columns are called otherwise."""
    prepared = client.prepare("SELECT CAST(:b AS INTEGER) - CAST(:a AS INTEGER) AS d")
    schema = pyarrow.ipc.read_schema(pyarrow.py_buffer(prepared.parameter_schema))
    assert schema.names == ["b", "a"]
    command = CommandPreparedStatementQuery(prepared.prepared_statement_handle)
    client.put(command, [batch(a=[1], b=[10])])
    assert rows(client.table(command)) == [(9,)]
    client.put(command, [batch(x=[1], y=[10])])
    assert rows(client.table(command)) == [(-9,)]


def test_the_wrong_number_of_values_is_an_error(client: Client) -> None:
    """And none at all, where some are needed."""
    command = CommandPreparedStatementQuery(client.prepare("SELECT ? AS a").prepared_statement_handle)
    with pytest.raises(pyarrow.ArrowInvalid, match="42P02"):
        client.table(command)
    client.put(command, [batch(a=[1], b=[2])])
    with pytest.raises(pyarrow.ArrowInvalid, match="42P02"):
        client.table(command)


def test_a_prepared_change_takes_its_values_with_it(client: Client) -> None:
    """All rows of an upload are one executemany; with none the bound ones count."""
    client.update("CREATE TABLE scratch.bound (a INTEGER, b VARCHAR)")
    handle = client.prepare("INSERT INTO scratch.bound VALUES (?, ?)").prepared_statement_handle
    sent = [batch(a=[1, 2], b=["x", None]), batch(a=[3], b=["z"])]
    assert client.counted(CommandPreparedStatementUpdate(handle), sent) == 3
    client.put(CommandPreparedStatementQuery(handle), [batch(a=[4], b=["w"])])
    assert client.counted(CommandPreparedStatementUpdate(handle)) == 1
    assert client.query("SELECT * FROM scratch.bound ORDER BY a") == [(1, "x"), (2, None), (3, "z"), (4, "w")]
    client.update("DROP TABLE scratch.bound")


def test_a_connection_has_room_for_so_many_prepared_statements(client: Client) -> None:
    """The next one is refused, and there is room again once one is closed."""
    handles = [client.prepare("SELECT 1").prepared_statement_handle for _ in range(1000)]
    with pytest.raises(pyarrow.ArrowInvalid, match="53400"):
        client.prepare("SELECT 1")
    client.act("ClosePreparedStatement", messages.wrapped(closing(handles[0])))
    client.prepare("SELECT 1")


# -- Transactions ------------------------------------------------------------------------------------------------------


def test_a_transaction_is_seen_by_its_own_statements_only(client: Client, reader: Client) -> None:
    """Until it is committed; a rollback leaves nothing of it."""
    client.update("CREATE TABLE scratch.kept (n INTEGER)")
    count = "SELECT count(*) FROM scratch.kept"
    for commit in (False, True):
        transaction = client.begin()
        client.update("INSERT INTO scratch.kept VALUES (1)", transaction)
        assert client.query(count, transaction) == [(1,)]
        assert client.query(count) == reader.query(count) == [(0,)]
        client.end(transaction, commit=commit)
        assert client.query(count) == [(int(commit),)]
    with pytest.raises(pyarrow.ArrowKeyError, match="no such transaction"):
        client.query(count, transaction)
    client.update("DROP TABLE scratch.kept")


def test_what_went_to_xero_cannot_be_rolled_back_and_that_is_said(client: Client) -> None:
    """The transaction is over all the same."""
    transaction = client.begin()
    client.update(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) "
        "SELECT ProjectId, 'Stays', 1, 'NZD', 'TIME' FROM Projects LIMIT 1",
        transaction,
    )
    with pytest.raises(pyarrow.ArrowNotImplementedError, match="cannot be rolled back"):
        client.end(transaction, commit=False)
    with pytest.raises(pyarrow.ArrowKeyError):
        client.end(transaction, commit=True)


def test_a_prepared_statement_goes_on_in_the_next_transaction(client: Client) -> None:
    """As ADBC uses it: prepared once, run before and after a commit, and rolled back with the second."""
    client.update("CREATE TABLE scratch.again (n INTEGER)")
    first = client.begin()
    handle = client.prepare("INSERT INTO scratch.again VALUES (1)", first).prepared_statement_handle
    client.counted(CommandPreparedStatementUpdate(handle))
    client.end(first, commit=True)
    second = client.begin()
    client.counted(CommandPreparedStatementUpdate(handle))
    client.end(second, commit=False)
    assert client.query("SELECT count(*) FROM scratch.again") == [(1,)]
    with pytest.raises(pyarrow.ArrowKeyError, match="no such transaction"):
        client.counted(CommandPreparedStatementUpdate(handle))
    client.update("DROP TABLE scratch.again")


# -- Ingestion ---------------------------------------------------------------------------------------------------------

CREATE, APPEND = TableDefinitionOptions(1, 1), TableDefinitionOptions(2, 2)
REPLACE, CREATE_OR_APPEND = TableDefinitionOptions(1, 3), TableDefinitionOptions(1, 2)


def test_rows_are_taken_into_the_scratch_schema(client: Client, reader: Client) -> None:
    """In each of ADBC's modes; columns are matched by name."""
    sent = [batch(n=[1, 2], text=["a", None])]
    with pytest.raises(pyarrow.ArrowKeyError, match="42P01"):
        client.counted(CommandStatementIngest(APPEND, "taken", "scratch"), sent)
    assert client.counted(CommandStatementIngest(CREATE, "taken"), sent) == 2
    with pytest.raises(pyarrow.ArrowInvalid, match="42P07"):
        client.counted(CommandStatementIngest(CREATE, "Taken"), sent)
    assert client.counted(CommandStatementIngest(APPEND, "taken"), [batch(text=["c"], n=[3])]) == 1
    assert client.query("SELECT n, text FROM scratch.taken ORDER BY n") == [(1, "a"), (2, None), (3, "c")]
    assert client.counted(CommandStatementIngest(REPLACE, "taken"), sent) == 2
    assert client.counted(CommandStatementIngest(CREATE_OR_APPEND, "taken"), sent) == 2
    assert client.query("SELECT count(*) FROM scratch.taken") == [(4,)]
    with pytest.raises(flight.FlightUnauthorizedError, match="25006"):
        reader.counted(CommandStatementIngest(CREATE, "mine"), sent)
    client.update("DROP TABLE scratch.taken")


def test_temporary_tables_are_the_sessions(client: Client, reader: Client) -> None:
    """Made by an upload or a statement, within transactions too; who may only read may have them."""
    sent = [batch(n=[1, 2])]
    listed = "SELECT table_name FROM information_schema.tables WHERE table_type = 'LOCAL TEMPORARY' ORDER BY 1"
    for each in (client, reader):
        assert each.counted(CommandStatementIngest(CREATE, "mine", temporary=True), sent) == 2
        assert each.counted(CommandStatementIngest(APPEND, "mine"), sent) == 2
        assert each.counted(CommandStatementIngest(APPEND, "mine", "pg_temp"), sent) == 2
        assert each.query("SELECT count(*) FROM mine") == [(6,)]
    client.update("CREATE TEMP TABLE emptied (n bigint) ON COMMIT DELETE ROWS")
    assert client.counted(CommandStatementIngest(APPEND, "emptied"), sent) == 2
    assert client.query("SELECT * FROM emptied") == []
    assert client.counted(CommandStatementIngest(REPLACE, "emptied", temporary=True), sent) == 2
    assert client.query("SELECT * FROM emptied") == [(1,), (2,)]
    transaction = client.begin()
    client.update("INSERT INTO mine VALUES (3)", transaction)
    client.counted(CommandStatementIngest(CREATE, "more", transaction_id=transaction, temporary=True), sent)
    assert client.query("SELECT count(*) FROM mine, more", transaction) == [(14,)]
    assert client.query(listed) == [("emptied",), ("mine",)]
    client.end(transaction, commit=True)
    assert client.query(listed) == [("emptied",), ("mine",), ("more",)]
    assert reader.query(listed) == [("mine",)]
    found = rows(client.table(messages.CommandGetTables(table_types=("LOCAL TEMPORARY",))))
    assert [(name, kind) for _, _, name, kind in found] == [
        ("emptied", "LOCAL TEMPORARY"),
        ("mine", "LOCAL TEMPORARY"),
        ("more", "LOCAL TEMPORARY"),
    ]
    with pytest.raises(pyarrow.ArrowInvalid, match="42P16"):
        client.counted(CommandStatementIngest(CREATE, "mine", "scratch", temporary=True), sent)
    reader.act("CloseSession")


def test_rows_for_a_table_of_xeros_are_one_insert(client: Client, simulator: Simulator) -> None:
    """All are checked before the first is sent."""
    project = client.query("SELECT ProjectId FROM Projects LIMIT 1")[0][0]
    columns = {
        "ProjectId": [project] * 2,
        "RateValue": [1.5, 2.5],
        "RateCurrency": ["NZD"] * 2,
        "ChargeType": ["TIME"] * 2,
    }
    before = len(writes(simulator))
    good, bad = batch(Name=["One", "Two"], **columns), batch(Name=["Three", None], **columns)
    with pytest.raises(pyarrow.ArrowInvalid):
        client.counted(CommandStatementIngest(APPEND, "Tasks", "projects"), [bad])
    assert len(writes(simulator)) == before
    assert client.counted(CommandStatementIngest(APPEND, "Tasks"), [good]) == 2
    assert len(writes(simulator)) == before + 2
    with pytest.raises(pyarrow.ArrowNotImplementedError, match="appended"):
        client.counted(CommandStatementIngest(CREATE, "Tasks", "projects"), [good])


def test_an_upload_is_rolled_back_with_its_transaction(client: Client) -> None:
    """The table is gone with it."""
    transaction = client.begin()
    client.counted(CommandStatementIngest(CREATE, "passing", transaction_id=transaction), [batch(n=[1])])
    assert client.query("SELECT n FROM scratch.passing", transaction) == [(1,)]
    client.end(transaction, commit=False)
    with pytest.raises(pyarrow.ArrowKeyError, match="42P01"):
        client.query("SELECT n FROM scratch.passing")


# -- On their way ------------------------------------------------------------------------------------------------------


def test_the_first_rows_come_before_the_last_page() -> None:
    """Rows leave as they come, and no more is asked for once the client wants no more."""
    desk = Desk(Simulator(projects=20_000, tasks_per_project=0, limits=False))
    desk.hold(part="page=40")  # the engine takes some batches before it hands out the first, but not so many
    with serving(desk.handle, desk.sim.tenants[0][0]) as server, Client(server) as client:
        stream = client.stream(CommandStatementQuery("SELECT Name FROM Projects"))
        assert 0 < stream.read_chunk().data.num_rows < 10_000
        assert desk.sim.calls < 40
        stream.cancel()
        desk.open()
        eventually(lambda: not any(each.working for each in server.sessions))
        assert desk.sim.calls < 40
