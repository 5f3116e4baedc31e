"""What a client should not send: errors, and a server that goes on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import fields

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import flight

from tests.server.flight.conftest import Client
from tests.server.test_running import eventually
from xerosql.server.flight import FlightServer, messages, uploads
from xerosql.server.flight.messages import AnyMessage, CommandPreparedStatementQuery, CommandStatementQuery, wrapped
from xerosql.server.flight.protobuf import read, write
from xerosql.simulator import Simulator

REFUSED = (flight.FlightError, pyarrow.ArrowException, OSError, KeyError)
HANDLES = (
    messages.TicketStatementQuery,
    messages.CommandPreparedStatementQuery,
    messages.CommandPreparedStatementUpdate,
)


def bad_commands() -> Iterator[bytes]:
    """Random bytes, messages cut short or with a bit turned, and commands at the wrong place."""
    chance = random.Random(7)
    good = [wrapped(make()) for make in messages.COMMANDS.values()]
    good += [wrapped(CommandStatementQuery("SELECT 1", b"x" * 16))]
    yield from (b"", b"\0", b"\xff" * 20, b"SELECT 1")
    for _ in range(60):
        yield chance.randbytes(chance.randrange(80))
        changed = bytearray(chance.choice(good))
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        yield bytes(changed)
        whole = chance.choice(good)
        yield whole[: chance.randrange(len(whole))]
    yield write(AnyMessage("type.googleapis.com/arrow.flight.protocol.sql.CommandStatementSubstraitPlan", b""))
    yield write(AnyMessage("CommandStatementQuery", b""))


def complaint_about(attempt: Callable[[], object]) -> str:
    """What is said against it, nothing if it goes well."""
    try:
        attempt()
    except REFUSED as error:
        return str(error)
    return ""


def test_what_is_no_command_is_an_error_and_the_server_goes_on(client: Client, simulator: Simulator) -> None:
    """At every door: flights, schemas, tickets, uploads and actions. None of it costs a call."""
    calls = simulator.calls
    for data in bad_commands():
        for attempt in (
            lambda data=data: client.flight.get_flight_info(flight.FlightDescriptor.for_command(data), client.options),
            lambda data=data: client.flight.get_schema(flight.FlightDescriptor.for_command(data), client.options),
            lambda data=data: client.flight.do_get(flight.Ticket(data), client.options).read_all(),
            lambda data=data: client.act("CreatePreparedStatement", data),
            lambda data=data: client.act("CancelFlightInfo", data),
        ):
            said = complaint_about(attempt)
            assert "internal error" not in said, data
            assert "Traceback" not in said
    assert client.query("SELECT 1") == [(1,)]
    assert simulator.calls == calls


@pytest.mark.parametrize("name", ["EndTransaction", "ClosePreparedStatement", "CancelQuery", "BeginSavepoint", "", "x"])
def test_actions_that_there_are_not_or_that_are_wrong_are_errors(client: Client, name: str) -> None:
    """With a status, not a broken connection."""
    with pytest.raises(REFUSED):
        client.act(name, b"\xff\xff\xff")
    with pytest.raises(REFUSED):
        client.act(name, wrapped(CommandStatementQuery("SELECT 1")))
    assert client.query("SELECT 1") == [(1,)]


def test_handles_that_nobody_was_given_are_unknown(client: Client) -> None:
    """Of any length."""
    for handle in (b"", b"x" * 16, bytes(16), b"y" * 100_000):
        for make in HANDLES:
            message = make(handle)
            with pytest.raises(REFUSED):
                client.flight.do_get(flight.Ticket(wrapped(message)), client.options).read_all()
            if make is not messages.TicketStatementQuery:
                with pytest.raises(REFUSED, match="no such prepared statement"):
                    client.put(message)
        with pytest.raises(REFUSED, match="no such transaction"):
            client.end(handle or b"\0", commit=True)


def test_a_statement_that_is_too_long_is_refused(client: Client) -> None:
    """As at the other door, before it is planned."""
    long = f"SELECT '{'x' * 1_000_001}'"
    for attempt in (client.query, client.update, client.prepare):
        with pytest.raises(pyarrow.ArrowInvalid, match="54000"):
            attempt(long)
    with pytest.raises(pyarrow.ArrowInvalid, match="5400"):
        client.query("SELECT " + "(" * 20_000 + "1" + ")" * 20_000)
    assert client.query("SELECT 1") == [(1,)]


def test_parameters_that_take_too_much_memory_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """While they come, not once they are there."""
    monkeypatch.setattr(uploads, "MOST", 10_000)
    handle = client.prepare("SELECT ? AS a").prepared_statement_handle
    batches = [pyarrow.RecordBatch.from_pydict({"a": ["x" * 1000]}) for _ in range(100)]
    with pytest.raises(REFUSED):
        client.put(CommandPreparedStatementQuery(handle), batches)
    assert client.query("SELECT 1") == [(1,)]


def test_an_upload_that_breaks_off_leaves_nothing(client: Client, server: FlightServer) -> None:
    """The table is not made of half the rows."""
    ingest = messages.CommandStatementIngest(messages.TableDefinitionOptions(1, 1), "broken")
    descriptor = flight.FlightDescriptor.for_command(wrapped(ingest))
    batch = pyarrow.RecordBatch.from_pydict({"n": list(range(1000))})
    options = flight.FlightCallOptions(headers=client.options_headers, timeout=0.5)
    writer, answers = client.flight.do_put(descriptor, batch.schema, options)
    writer.write_batch(batch)
    assert answers.read() is None  # the time is over before the upload is
    with pytest.raises(REFUSED):
        writer.close()
    eventually(lambda: not any(each.working for each in server.sessions))
    with pytest.raises(pyarrow.ArrowKeyError, match="42P01"):
        client.query("SELECT * FROM scratch.broken")


def test_a_path_is_no_command(client: Client) -> None:
    """Flights have commands here; nothing is listed, nothing is exchanged."""
    descriptor = flight.FlightDescriptor.for_path("projects", "Projects")
    with pytest.raises(pyarrow.ArrowInvalid, match="path"):
        client.flight.get_flight_info(descriptor, client.options)
    with pytest.raises(pyarrow.ArrowNotImplementedError):
        list(client.flight.list_flights(b"", client.options))
    assert client.query("SELECT 1") == [(1,)]


def test_too_many_transactions_are_refused(server: FlightServer) -> None:
    """Each holds a connection to the engine."""
    with Client(server) as client:
        for _ in range(20):
            client.begin()
        with pytest.raises(pyarrow.ArrowInvalid, match="53400"):
            client.begin()
        client.act("CloseSession")


# -- The format --------------------------------------------------------------------------------------------------------

texts, blobs, numbers = st.text(max_size=20), st.binary(max_size=20), st.integers(-(2**63), 2**63 - 1)


@given(texts, blobs, numbers, st.booleans(), st.lists(texts, max_size=3), st.lists(numbers, max_size=3))
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_again(
    text: str, blob: bytes, number: int, truth: bool, several: list[str], many: list[int]
) -> None:
    """Every kind of field, with fields that the reader does not know in between."""
    for message in (
        messages.CommandStatementIngest(
            messages.TableDefinitionOptions(number, 2), text, truth * text, "", truth, blob
        ),
        messages.CommandGetTables(None, text or None, None, tuple(several), truth),
        messages.CommandGetSqlInfo(tuple(many)),
        messages.DoPutUpdateResult(number),
    ):
        data = write(message)
        assert read(type(message), data) == message
        unknown = write(messages.ActionCancelQueryRequest(blob)).replace(b"\x0a", b"\xfa\x07", 1)
        assert read(type(message), data + unknown) == message


@given(st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_message_or_a_value_error(data: bytes) -> None:
    """Never anything else."""
    for message in (*messages.COMMANDS.values(), messages.CancelFlightInfoRequest, AnyMessage):
        try:
            found = read(message, data)
        except ValueError:
            continue
        assert isinstance(found, message)
        assert all(hasattr(found, each.name) for each in fields(found))


def test_numbers_are_written_as_the_format_has_them() -> None:
    """By its own examples: 150 in field 1, a text in field 2, packed numbers in field 1."""
    assert write(messages.DoPutUpdateResult(150)) == bytes.fromhex("089601")
    assert write(messages.DoPutUpdateResult(-1)) == bytes.fromhex("08ffffffffffffffffff01")
    assert write(messages.CommandGetDbSchemas(None, "testing")) == bytes.fromhex("120774657374696e67")
    assert read(messages.CommandGetSqlInfo, bytes.fromhex("0a06038e029ea705")).info == (3, 270, 86942)
    assert read(messages.CommandGetSqlInfo, bytes.fromhex("0803088e02")).info == (3, 270)
