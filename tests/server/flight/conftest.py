"""A Flight SQL server over a simulated Xero, and a client of pyarrow's that speaks Flight SQL by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pyarrow
import pytest
from pyarrow import flight

import xerosql
from tests.aio.conftest import Desk
from tests.server.conftest import PASSWORD, USERS
from xerosql.connection import UNLIMITED
from xerosql.server.flight import FlightOptions, FlightServer, messages
from xerosql.server.flight.protobuf import read, write
from xerosql.simulator import Simulator


@contextmanager
def serving(handler: Callable[..., Any], tenant: str, **options: Any) -> Iterator[FlightServer]:
    """A server in front of a Xero, on a free port. `queued` writes into a queue."""
    mode = "queued" if options.pop("queued", False) else "direct"
    connection = xerosql.connect(
        handler=handler,
        access_token="x",
        tenant=tenant,
        calls_per_minute=UNLIMITED,
        share_limits=False,
        write_mode=mode,
    )
    given = FlightOptions(port=0, **{"users": USERS, **options})
    with connection, FlightServer(connection, given) as server:
        yield server


class Client:
    """A client that has signed in, or not if `user` is None."""

    def __init__(self, server: FlightServer, user: str | None = "writer", password: str = PASSWORD) -> None:
        self.flight = flight.connect(f"grpc://127.0.0.1:{server.port}")
        self.options_headers = headers = [] if user is None else [self.flight.authenticate_basic_token(user, password)]
        self.options = flight.FlightCallOptions(headers=headers)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.flight.close()

    # -- Asking --------------------------------------------------------------------------------------------------------

    def info(self, command: object) -> flight.FlightInfo:
        return self.flight.get_flight_info(described(command), self.options)

    def schema(self, command: object) -> Any:
        return self.flight.get_schema(described(command), self.options).schema

    def stream(self, command: object) -> flight.FlightStreamReader:
        return self.redeem(self.info(command))

    def redeem(self, info: flight.FlightInfo) -> flight.FlightStreamReader:
        return self.flight.do_get(info.endpoints[0].ticket, self.options)

    def table(self, command: object) -> Any:
        """All rows, in the schema that was promised."""
        info = self.info(command)
        table = self.redeem(info).read_all()
        assert table.schema == info.schema
        return table

    def query(self, sql: str, transaction: bytes = b"") -> list[tuple[Any, ...]]:
        return rows(self.table(messages.CommandStatementQuery(sql, transaction)))

    # -- Sending -------------------------------------------------------------------------------------------------------

    def put(self, command: object, batches: Sequence[Any] = (), schema: Any = None) -> bytes:
        given = schema or (batches[0].schema if batches else pyarrow.schema([]))
        writer, answers = self.flight.do_put(described(command), given, self.options)
        try:
            for batch in batches:
                writer.write_batch(batch)
            writer.done_writing()
            answer = answers.read()
        finally:
            writer.close()
        return b"" if answer is None else answer.to_pybytes()

    def update(self, sql: str, transaction: bytes = b"") -> int:
        return self.counted(messages.CommandStatementUpdate(sql, transaction))

    def counted(self, command: object, batches: Sequence[Any] = ()) -> int:
        return read(messages.DoPutUpdateResult, self.put(command, batches)).record_count

    # -- Actions -------------------------------------------------------------------------------------------------------

    def act(self, name: str, body: bytes = b"") -> list[bytes]:
        action = flight.Action(name, body)
        return [each.body.to_pybytes() for each in self.flight.do_action(action, self.options)]

    def prepare(self, sql: str, transaction: bytes = b"") -> messages.ActionCreatePreparedStatementResult:
        asked = messages.ActionCreatePreparedStatementRequest(sql, transaction)
        (answer,) = self.act("CreatePreparedStatement", messages.wrapped(asked))
        return messages.unwrapped(messages.ActionCreatePreparedStatementResult, answer)

    def begin(self) -> bytes:
        (answer,) = self.act("BeginTransaction")
        return messages.unwrapped(messages.ActionBeginTransactionResult, answer).transaction_id

    def end(self, transaction: bytes, *, commit: bool) -> None:
        action = messages.COMMIT if commit else messages.ROLLBACK
        self.act("EndTransaction", messages.wrapped(messages.ActionEndTransactionRequest(transaction, action)))

    def cancel(self, info: flight.FlightInfo) -> int:
        tickets = tuple(messages.Endpoint(messages.Ticket(each.ticket.ticket)) for each in info.endpoints)
        asked = messages.CancelFlightInfoRequest(messages.FlightInfo(tickets))
        (answer,) = self.act("CancelFlightInfo", write(asked))
        return read(messages.Status, answer).status


def described(command: object) -> flight.FlightDescriptor:
    data = command if isinstance(command, bytes) else messages.wrapped(command)
    return flight.FlightDescriptor.for_command(data)


def rows(table: Any) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.fixture(scope="module")
def server(simulator: Simulator) -> Iterator[FlightServer]:
    """One for the tests of a module."""
    with serving(simulator.handle, simulator.tenants[0][0]) as started:
        yield started


@pytest.fixture
def client(server: FlightServer) -> Iterator[Client]:
    with Client(server) as signed_in:
        yield signed_in


@pytest.fixture
def reader(server: FlightServer) -> Iterator[Client]:
    """A client who may not write."""
    with Client(server, "reader") as signed_in:
        yield signed_in


@pytest.fixture
def serve_desk(desk: Desk) -> Callable[..., AbstractContextManager[FlightServer]]:
    return lambda **options: serving(desk.handle, desk.sim.tenants[0][0], **options)
