"""Flight's calls, each handed to what carries it out: commands, tickets, uploads and actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow
from pyarrow import flight

from xerosql.errors import NotSupportedError
from xerosql.server.audit import Audit
from xerosql.server.flight import messages, sql_info, tables
from xerosql.server.flight.failures import told
from xerosql.server.flight.messages import DONE, NOT_THERE, Status, command, unwrapped, wrapped
from xerosql.server.flight.protobuf import read, write
from xerosql.server.flight.sessions import Session
from xerosql.server.flight.signing_in import MIDDLEWARE
from xerosql.server.flight.statements import Statements
from xerosql.server.flight.uploads import parameter_sets

if TYPE_CHECKING:
    from xerosql.server.flight.listener import FlightServer

#: Whether a flight can say what it has cost before its rows come; older pyarrow has no place for it.
TELLS_COST = hasattr(flight.FlightInfo, "app_metadata")
#: What an action is called, and what it is for.
ACTIONS = {
    "CreatePreparedStatement": "Prepare a statement.",
    "ClosePreparedStatement": "Forget a prepared statement.",
    "BeginTransaction": "Begin a transaction.",
    "EndTransaction": "Commit a transaction, or roll it back.",
    "CancelFlightInfo": "Stop a statement.",
    "CancelQuery": "Stop a statement, as older clients say it.",
    "CloseSession": "Sign out.",
}


class Service(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow tells no types
    """Flight SQL. Every method runs on a thread of gRPC's, any number of them at once."""

    def __init__(self, server: FlightServer, location: str, **options: Any) -> None:
        super().__init__(location, **options)
        self.server = server
        self.statements = Statements(server)
        self.actions: dict[str, Callable[[Session, bytes], bytes]] = {
            "CreatePreparedStatement": self.prepare,
            "ClosePreparedStatement": self.forget,
            "BeginTransaction": self.begin,
            "EndTransaction": self.end,
            "CancelFlightInfo": self.cancel,
            "CancelQuery": self.cancel_query,
            "CloseSession": self.sign_out,
        }

    def session(self, call: flight.ServerCallContext) -> Session:
        session: Session = call.get_middleware(MIDDLEWARE).session_at(call.peer())
        if not session.address:
            session.address = address_of(call.peer())
            audit = Audit(self.server.audit_log, session.user.name, session.address, session.number)
            audit.event("connected", tls=self.server.options.encrypts)
        return session

    # -- Asking --------------------------------------------------------------------------------------------------------

    def get_flight_info(self, call: flight.ServerCallContext, descriptor: flight.FlightDescriptor) -> flight.FlightInfo:
        with told():
            session, asked = self.session(call), command(command_of(descriptor))
            match asked:
                case messages.CommandStatementQuery():
                    ready = self.statements.ready(session, call, asked.query, asked.transaction_id, [()])
                case messages.CommandPreparedStatementQuery():
                    prepared = session.prepared[asked.prepared_statement_handle]
                    sets, transaction = prepared.sets or [()], session.transaction_of(prepared)
                    ready = self.statements.ready(session, call, prepared.sql, transaction, sets)
                case _:
                    answer = self.about(session, asked)
                    endpoint = flight.FlightEndpoint(command_of(descriptor), [])
                    return flight.FlightInfo(answer.schema, descriptor, [endpoint], answer.num_rows, -1)
            endpoints = []
            if ready.run is not None:
                ticket = messages.TicketStatementQuery(session.runs.add(ready.run))
                endpoints = [flight.FlightEndpoint(wrapped(ticket), [])]
            cost = {"app_metadata": ready.cost} if TELLS_COST else {}
            return flight.FlightInfo(ready.schema, descriptor, endpoints, ready.rows, -1, **cost)

    def get_schema(self, call: flight.ServerCallContext, descriptor: flight.FlightDescriptor) -> flight.SchemaResult:
        with told():
            session, asked = self.session(call), command(command_of(descriptor))
            match asked:
                case messages.CommandStatementQuery():
                    found = self.statements.schema(session, asked.query, asked.transaction_id, ())
                case messages.CommandPreparedStatementQuery():
                    prepared = session.prepared[asked.prepared_statement_handle]
                    given = prepared.sets[0] if prepared.sets else None
                    found = self.statements.schema(session, prepared.sql, session.transaction_of(prepared), given)
                case _:
                    found = self.about(session, asked).schema
            return flight.SchemaResult(found)

    def do_get(self, call: flight.ServerCallContext, ticket: flight.Ticket) -> flight.FlightDataStream:
        with told():
            session, asked = self.session(call), command(ticket.ticket)
            if isinstance(asked, messages.TicketStatementQuery):
                return self.statements.rows(session, call, asked.statement_handle)
            return flight.RecordBatchStream(self.about(session, asked))

    def about(self, session: Session, asked: object) -> pyarrow.Table:
        """The answer to a question about the server or its catalog."""
        if isinstance(asked, messages.CommandGetSqlInfo):
            return sql_info.sql_info(asked.info, sql_info.facts(session.user))
        found = tables.answer(asked, session.connection)
        if found is None:
            raise ValueError(f"{type(asked).__name__} cannot be asked in this way")
        return found

    # -- Sending -------------------------------------------------------------------------------------------------------

    def do_put(
        self,
        call: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        with told():
            session, asked = self.session(call), command(command_of(descriptor))
            answer: object
            match asked:
                case messages.CommandStatementUpdate():
                    rows = self.statements.change(session, call, asked.query, asked.transaction_id, [()])
                    answer = messages.DoPutUpdateResult(rows)
                case messages.CommandPreparedStatementUpdate():
                    prepared = session.prepared[asked.prepared_statement_handle]
                    sets = parameter_sets(reader, call, prepared.described.names) or prepared.sets or [()]
                    transaction = session.transaction_of(prepared)
                    rows = self.statements.change(session, call, prepared.sql, transaction, sets)
                    answer = messages.DoPutUpdateResult(rows)
                case messages.CommandPreparedStatementQuery():
                    prepared = session.prepared[asked.prepared_statement_handle]
                    prepared.sets = parameter_sets(reader, call, prepared.described.names)
                    answer = messages.DoPutPreparedStatementResult(asked.prepared_statement_handle)
                case messages.CommandStatementIngest():
                    answer = messages.DoPutUpdateResult(self.statements.ingest(session, call, asked, reader))
                case _:
                    raise ValueError(f"{type(asked).__name__} takes no rows")
            with suppress(OSError):  # a client that is gone hears nothing of what was done for it
                writer.write(pyarrow.py_buffer(write(answer)))

    # -- Actions -------------------------------------------------------------------------------------------------------

    def list_actions(self, call: flight.ServerCallContext) -> list[tuple[str, str]]:
        return list(ACTIONS.items())

    def do_action(self, call: flight.ServerCallContext, action: flight.Action) -> Iterator[flight.Result]:
        with told():
            session = self.session(call)
            if action.type not in self.actions:
                raise NotSupportedError(f"there is no action {action.type[:200]!r} here")
            answer = self.actions[action.type](session, action.body.to_pybytes())
        return iter([flight.Result(answer)] if answer else [])

    def prepare(self, session: Session, body: bytes) -> bytes:
        asked = unwrapped(messages.ActionCreatePreparedStatementRequest, body)
        prepared, columns, parameters = self.statements.prepared(session, asked.query, asked.transaction_id)
        handle = session.prepared.add(prepared)
        schemas = (columns.serialize().to_pybytes(), parameters.serialize().to_pybytes())
        return wrapped(messages.ActionCreatePreparedStatementResult(handle, *schemas))

    def forget(self, session: Session, body: bytes) -> bytes:
        asked = unwrapped(messages.ActionClosePreparedStatementRequest, body)
        session.prepared.discard(asked.prepared_statement_handle)
        return b""

    def begin(self, session: Session, _: bytes) -> bytes:
        return wrapped(messages.ActionBeginTransactionResult(session.begin()))

    def end(self, session: Session, body: bytes) -> bytes:
        asked = unwrapped(messages.ActionEndTransactionRequest, body)
        if asked.action not in (messages.COMMIT, messages.ROLLBACK):
            raise ValueError("a transaction is ended by a commit or a rollback")
        session.transactions.take(asked.transaction_id).end(commit=asked.action == messages.COMMIT)
        return b""

    def cancel(self, session: Session, body: bytes) -> bytes:
        return write(self.stopped(session, read(messages.CancelFlightInfoRequest, body).info))

    def cancel_query(self, session: Session, body: bytes) -> bytes:
        info = unwrapped(messages.ActionCancelQueryRequest, body).info
        result = messages.ActionCancelQueryResult(self.stopped(session, read(messages.FlightInfo, info)).status)
        return wrapped(result)

    def stopped(self, session: Session, info: messages.FlightInfo) -> Status:
        handles = [command(each.ticket.ticket) for each in info.endpoint]
        found = [
            session.stop(each.statement_handle) for each in handles if isinstance(each, messages.TicketStatementQuery)
        ]
        return Status(DONE if any(found) else NOT_THERE)

    def sign_out(self, session: Session, _: bytes) -> bytes:
        self.server.sessions.end(session)
        return write(Status(DONE))


def command_of(descriptor: flight.FlightDescriptor) -> bytes:
    """The bytes of a command; ValueError for a descriptor that is a path."""
    found = descriptor.command
    if found is None:
        raise ValueError("a descriptor has a command here, and no path")
    return bytes(found)


def address_of(peer: str) -> str:
    """The address in what gRPC calls the other side: ipv4:127.0.0.1:50001, ipv6:%5B::1%5D:50001."""
    address = peer.partition(":")[2].rpartition(":")[0]
    return address.replace("%5B", "").replace("%5D", "").strip("[]") or peer
