"""The messages of the backend, as bytes, and the parts of the frontend's."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xerosql.errors import Error
from xerosql.server.failures import ProtocolError

INT16, INT32, UINT32 = struct.Struct("!h"), struct.Struct("!i"), struct.Struct("!I")
FIELD = struct.Struct("!IhIhih")
HEAD = struct.Struct("!ci")

#: Codes in the place of a protocol's version.
CANCEL, SSL, GSS, VERSION_3 = 80877102, 80877103, 80877104, 196608


def message(kind: bytes, body: bytes = b"") -> bytes:
    return HEAD.pack(kind, len(body) + 4) + body


def text(value: str) -> bytes:
    return value.encode(errors="replace").replace(b"\0", b"") + b"\0"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a result as the client is told of it: name, type, and the table's column if it is one."""

    name: str
    oid: int
    size: int = -1
    modifier: int = -1
    table: int = 0
    column: int = 0


def row_description(fields: Sequence[Field], formats: Sequence[int]) -> bytes:
    parts = [INT16.pack(len(fields))]
    for field, form in zip(fields, formats, strict=True):
        parts.append(text(field.name))
        parts.append(FIELD.pack(field.table, field.column, field.oid, field.size, field.modifier, form))
    return message(b"T", b"".join(parts))


def parameter_description(oids: Sequence[int]) -> bytes:
    return message(b"t", INT16.pack(len(oids)) + b"".join(map(UINT32.pack, oids)))


def parameter_status(name: str, value: str) -> bytes:
    return message(b"S", text(name) + text(value))


def backend_key(pid: int, secret: int) -> bytes:
    return message(b"K", UINT32.pack(pid) + UINT32.pack(secret))


def authentication(code: int, body: bytes = b"") -> bytes:
    return message(b"R", INT32.pack(code) + body)


def ready(status: str) -> bytes:
    return message(b"Z", status.encode())


def complete(tag: str) -> bytes:
    return message(b"C", text(tag))


def error_response(error: Error, severity: str = "ERROR") -> bytes:
    return message(b"E", report(severity, error.sqlstate, error.message, error.details, error.table))


def notice(severity: str, sentence: str, sqlstate: str = "00000") -> bytes:
    return message(b"N", report(severity, sqlstate, sentence))


def report(severity: str, sqlstate: str, sentence: str, details: Iterable[str] = (), table: str | None = None) -> bytes:
    fields = {"S": severity, "V": severity, "C": sqlstate, "M": sentence or "error"}
    if detail := "\n".join(details):
        fields["D"] = detail
    if table:
        fields["t"] = table
    return b"".join(key.encode() + text(value) for key, value in fields.items()) + b"\0"


PARSE_COMPLETE, BIND_COMPLETE, CLOSE_COMPLETE = message(b"1"), message(b"2"), message(b"3")
NO_DATA, EMPTY_QUERY, SUSPENDED, COPY_DONE = message(b"n"), message(b"I"), message(b"s"), message(b"c")


class Body:
    """Reads the parts of a frontend message in order. What is not there is a ProtocolError."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise ProtocolError("insufficient data left in message")
        self.at += count
        return self.data[self.at - count : self.at]

    def int16(self) -> int:
        return int(INT16.unpack(self.take(2))[0])

    def int32(self) -> int:
        return int(INT32.unpack(self.take(4))[0])

    def uint32(self) -> int:
        return int(UINT32.unpack(self.take(4))[0])

    def string(self) -> str:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise ProtocolError("invalid string in message")
        found = self.take(end - self.at)
        self.at += 1
        try:
            return found.decode()
        except UnicodeDecodeError as error:
            raise ProtocolError("invalid byte sequence for encoding UTF8", sqlstate="22021") from error

    def value(self) -> bytes | None:
        """A length and so many bytes; None for length -1, which is NULL."""
        length = self.int32()
        return None if length == -1 else self.take(length)

    def many16(self) -> list[int]:
        return [self.int16() for _ in range(self.count())]

    def count(self) -> int:
        return int(struct.unpack("!H", self.take(2))[0])

    def options(self) -> Mapping[str, str]:
        """The name and value pairs of a startup packet."""
        found: dict[str, str] = {}
        while name := self.string():
            found[name] = self.string()
        return found
