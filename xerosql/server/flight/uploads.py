"""What clients send: values for parameters, and rows for a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pyarrow

from xerosql.errors import OperationalError
from xerosql.server.failures import StatementError
from xerosql.server.flight.work import Parameters
from xerosql.server.wire import MOST


def parameter_sets(reader: Any, call: Any, names: Sequence[str]) -> list[Parameters]:
    """A set of values for each row that is sent; StatementError (54000) for more than fits a message of PostgreSQL's.

    Columns that are called as the statement's named parameters are theirs, otherwise their places count.
    """
    found: list[Parameters] = []
    size = 0
    for batch in batches(reader, call):
        size += batch.nbytes
        if size > MOST:
            raise StatementError(f"the parameters have more than {MOST:,} bytes", sqlstate="54000")
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        if names:
            keys = batch.schema.names if set(names) <= set(batch.schema.names) else names
            found += [dict(zip(keys, row, strict=False)) for row in rows]
        else:
            found += rows
    return found


class Upload:
    """The rows of an upload as the engine pulls them, once. `look` raises what should end it before its end.

    The engine can only pass on the text of an error, so `error` keeps what ended the stream.
    """

    def __init__(self, reader: Any, call: Any, look: Callable[[], None]) -> None:
        self.reader = reader
        self.call = call
        self.look = look
        self.error: Exception | None = None

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        stream = pyarrow.RecordBatchReader.from_batches(self.reader.schema, self.pulled())
        return stream.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self.reader.schema.__arrow_c_schema__()

    def pulled(self) -> Iterator[Any]:
        try:
            for batch in batches(self.reader, self.call):
                self.look()
                yield batch
        except Exception as error:
            self.error = error
            raise

    def close(self) -> None:
        """The call that brings the rows ends the stream."""


def batches(reader: Any, call: Any) -> Iterator[Any]:
    """The record batches of an upload; a client that has nothing to send sends no schema either.

    An upload that breaks off ends as a whole one does, and half the rows must not be taken for all: the call knows.
    """
    try:
        reader.schema  # noqa: B018 - the first message is read here
    except pyarrow.ArrowInvalid:
        return
    with suppress(StopIteration):
        while True:
            chunk = reader.read_chunk()
            if chunk.data is not None:
                yield chunk.data
    if call.is_cancelled():
        raise OperationalError("the upload broke off", sqlstate="08006")
