"""Flight SQL's messages, with the names and numbers of its FlightSql.proto. A command is one within an `AnyMessage`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeVar

from xerosql.server.flight.protobuf import read, write

M = TypeVar("M")
PREFIX = "type.googleapis.com/arrow.flight.protocol.sql."
#: Of ActionEndTransactionRequest.
COMMIT, ROLLBACK = 1, 2
#: Of CommandStatementIngest: what to do about a table that is not there, or is.
CREATE, MISSING_FAILS = 1, 2
EXISTING_FAILS, APPEND, REPLACE = 1, 2, 3


@dataclass(frozen=True)
class AnyMessage:
    type_url: Annotated[str, 1] = ""
    value: Annotated[bytes, 2] = b""

    @property
    def name(self) -> str:
        return self.type_url.rpartition(".")[2] if self.type_url.startswith(PREFIX) else ""


# -- Statements --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CommandStatementQuery:
    query: Annotated[str, 1] = ""
    transaction_id: Annotated[bytes, 2] = b""


@dataclass(frozen=True)
class CommandStatementUpdate:
    query: Annotated[str, 1] = ""
    transaction_id: Annotated[bytes, 2] = b""


@dataclass(frozen=True)
class TicketStatementQuery:
    statement_handle: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class CommandPreparedStatementQuery:
    prepared_statement_handle: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class CommandPreparedStatementUpdate:
    prepared_statement_handle: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class TableDefinitionOptions:
    if_not_exist: Annotated[int, 1] = 0
    if_exists: Annotated[int, 2] = 0


@dataclass(frozen=True)
class CommandStatementIngest:
    table_definition_options: Annotated[TableDefinitionOptions, 1] = TableDefinitionOptions()
    table: Annotated[str, 2] = ""
    schema: Annotated[str, 3] = ""
    catalog: Annotated[str, 4] = ""
    temporary: Annotated[bool, 5] = False
    transaction_id: Annotated[bytes, 6] = b""


@dataclass(frozen=True)
class DoPutUpdateResult:
    record_count: Annotated[int, 1] = 0


@dataclass(frozen=True)
class DoPutPreparedStatementResult:
    prepared_statement_handle: Annotated[bytes, 1] = b""


# -- The catalog -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CommandGetSqlInfo:
    info: Annotated[tuple[int, ...], 1] = ()


@dataclass(frozen=True)
class CommandGetXdbcTypeInfo:
    data_type: Annotated[int | None, 1] = None


@dataclass(frozen=True)
class CommandGetCatalogs:
    pass


@dataclass(frozen=True)
class CommandGetDbSchemas:
    catalog: Annotated[str | None, 1] = None
    db_schema_filter_pattern: Annotated[str | None, 2] = None


@dataclass(frozen=True)
class CommandGetTables:
    catalog: Annotated[str | None, 1] = None
    db_schema_filter_pattern: Annotated[str | None, 2] = None
    table_name_filter_pattern: Annotated[str | None, 3] = None
    table_types: Annotated[tuple[str, ...], 4] = ()
    include_schema: Annotated[bool, 5] = False


@dataclass(frozen=True)
class CommandGetTableTypes:
    pass


@dataclass(frozen=True)
class CommandGetPrimaryKeys:
    catalog: Annotated[str | None, 1] = None
    db_schema: Annotated[str | None, 2] = None
    table: Annotated[str, 3] = ""


@dataclass(frozen=True)
class CommandGetExportedKeys:
    catalog: Annotated[str | None, 1] = None
    db_schema: Annotated[str | None, 2] = None
    table: Annotated[str, 3] = ""


@dataclass(frozen=True)
class CommandGetImportedKeys:
    catalog: Annotated[str | None, 1] = None
    db_schema: Annotated[str | None, 2] = None
    table: Annotated[str, 3] = ""


@dataclass(frozen=True)
class CommandGetCrossReference:
    pk_catalog: Annotated[str | None, 1] = None
    pk_db_schema: Annotated[str | None, 2] = None
    pk_table: Annotated[str, 3] = ""
    fk_catalog: Annotated[str | None, 4] = None
    fk_db_schema: Annotated[str | None, 5] = None
    fk_table: Annotated[str, 6] = ""


# -- Actions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActionCreatePreparedStatementRequest:
    query: Annotated[str, 1] = ""
    transaction_id: Annotated[bytes, 2] = b""


@dataclass(frozen=True)
class ActionCreatePreparedStatementResult:
    prepared_statement_handle: Annotated[bytes, 1] = b""
    dataset_schema: Annotated[bytes, 2] = b""
    parameter_schema: Annotated[bytes, 3] = b""


@dataclass(frozen=True)
class ActionClosePreparedStatementRequest:
    prepared_statement_handle: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class ActionBeginTransactionResult:
    transaction_id: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class ActionEndTransactionRequest:
    transaction_id: Annotated[bytes, 1] = b""
    action: Annotated[int, 2] = 0


@dataclass(frozen=True)
class ActionCancelQueryRequest:
    info: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class Status:
    """CancelFlightInfoResult and CloseSessionResult: a number each, DONE or NOT_THERE."""

    status: Annotated[int, 1] = 0


@dataclass(frozen=True)
class ActionCancelQueryResult:
    result: Annotated[int, 1] = 0


DONE, NOT_THERE = 1, 3


# -- Of Flight itself, as far as cancelling needs it -------------------------------------------------------------------


@dataclass(frozen=True)
class Ticket:
    ticket: Annotated[bytes, 1] = b""


@dataclass(frozen=True)
class Endpoint:
    ticket: Annotated[Ticket, 1] = Ticket()


@dataclass(frozen=True)
class FlightInfo:
    endpoint: Annotated[tuple[Endpoint, ...], 3] = ()


@dataclass(frozen=True)
class CancelFlightInfoRequest:
    info: Annotated[FlightInfo, 1] = FlightInfo()


COMMANDS: dict[str, type] = {
    each.__name__: each
    for each in (
        CommandStatementQuery,
        CommandStatementUpdate,
        CommandStatementIngest,
        TicketStatementQuery,
        CommandPreparedStatementQuery,
        CommandPreparedStatementUpdate,
        CommandGetSqlInfo,
        CommandGetXdbcTypeInfo,
        CommandGetCatalogs,
        CommandGetDbSchemas,
        CommandGetTables,
        CommandGetTableTypes,
        CommandGetPrimaryKeys,
        CommandGetExportedKeys,
        CommandGetImportedKeys,
        CommandGetCrossReference,
    )
}


def command(data: bytes) -> object:
    """The command that the bytes of a descriptor or a ticket are; ValueError for one that there is not."""
    wrapped = read(AnyMessage, data)
    if wrapped.name not in COMMANDS:
        raise ValueError(f"there is no command {wrapped.type_url[:200]!r} here")
    return read(COMMANDS[wrapped.name], wrapped.value)


def wrapped(message: object) -> bytes:
    """A message within an Any, under its own name."""
    return write(AnyMessage(f"{PREFIX}{type(message).__name__}", write(message)))


def unwrapped(message: type[M], data: bytes) -> M:
    """The message within an Any, which must be of that type; ValueError otherwise."""
    found = read(AnyMessage, data)
    if found.name != message.__name__:
        raise ValueError(f"{message.__name__} was expected")
    return read(message, found.value)
