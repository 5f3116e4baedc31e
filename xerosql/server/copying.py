"""COPY … TO STDOUT: rows as text, CSV or binary, in CopyData messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from xerosql.cursor import Row
from xerosql.errors import NotSupportedError
from xerosql.server.encode import Encoder, cells, encoder
from xerosql.server.failures import StatementError
from xerosql.server.messages import INT16, Field, message
from xerosql.server.session_settings import plain
from xerosql.server.statements import bare

COPY = re.compile(
    r"""COPY\s+(?P<source>\(.*\)|[\w."$]+(?:\s*\([^()]*\))?)\s+TO\s+(?P<to>STDOUT|PROGRAM\b.*?|'(?:[^']|'')*')
    (?:\s+(?:WITH\s*)?(?P<options>.*))?""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
TABLE = re.compile(r'(?P<table>[\w."$]+)(?:\s*\((?P<columns>[^()]*)\))?')
OPTION = re.compile(r"""(?P<name>[A-Za-z_]+)(?:\s+(?P<value>'(?:[^']|'')*'|[\w-]+))?\s*(?:,|$)""")
LEGACY = re.compile(
    r"""(?P<name>BINARY|CSV|HEADER|DELIMITER|NULL)(?:\s+AS)?(?:\s+(?P<value>'(?:[^']|'')*'))?""", re.IGNORECASE
)
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = INT16.pack(-1)
ESCAPES = {b"\n": b"n", b"\r": b"r", b"\t": b"t", b"\b": b"b", b"\f": b"f", b"\v": b"v"}


@dataclass(frozen=True)
class CopyOut:
    """`COPY … TO STDOUT` taken apart: the query whose rows are sent, and how."""

    query: str
    format: str = "text"
    header: bool = False
    delimiter: str = "\t"
    null: str = "\\N"

    @classmethod
    def of(cls, sql: str) -> CopyOut:
        """StatementError or NotSupportedError for a COPY that is none, reads, or writes anywhere but to the client."""
        found = COPY.fullmatch(bare(sql).rstrip("; \n\t"))
        if found is None or found["to"].upper() != "STDOUT":
            raise NotSupportedError("COPY sends rows to the client: COPY (SELECT …) TO STDOUT; INSERT writes")
        return cls(query_of(found["source"]), **options_of(found["options"] or ""))

    @property
    def binary(self) -> bool:
        return self.format == "binary"

    def opening(self, fields: Sequence[Field]) -> bytes:
        """CopyOutResponse."""
        form = int(self.binary)
        return message(b"H", bytes([form]) + INT16.pack(len(fields)) + INT16.pack(form) * len(fields))

    def writer(self, fields: Sequence[Field]) -> Callable[[Sequence[Row]], bytes]:
        """What makes CopyData messages of rows, one for each row. It goes column by column, which is faster."""
        encoders = [encoder(field.oid, int(self.binary)) for field in fields]
        if self.binary:
            count = INT16.pack(len(fields))
            return lambda rows: messages_of(count + b"".join(row) for row in by_column(rows, encoders, cells))
        between = self.delimiter.encode()
        return lambda rows: messages_of(between.join(row) + b"\n" for row in by_column(rows, encoders, self.written))

    def head(self, fields: Sequence[Field]) -> bytes:
        """What stands in front of the first row."""
        if self.binary:
            return SIGNATURE
        names = self.delimiter.encode().join(self.quoted(field.name.encode()) for field in fields)
        return names + b"\n" if self.header else b""

    def first(self, head: bytes, row: Row, fields: Sequence[Field]) -> bytes:
        """The head and the first row: one message in binary, where clients such as ADBC expect them together."""
        line = self.writer(fields)([row])
        return message(b"d", head + line[5:]) if self.binary else message(b"d", head) + line

    def closing(self, head: bytes) -> bytes:
        """What stands behind the last row, and the head if there was none."""
        ending = head + TRAILER if self.binary else head
        return message(b"d", ending) if ending else b""

    def written(self, column: Iterable[object], encode: Encoder) -> list[bytes]:
        """The values of a column as they stand in a line."""
        null, keep = self.null.encode(), self.quoted if self.format == "csv" else self.escaped
        return [null if value is None else keep(encode(value)) for value in column]

    def quoted(self, value: bytes) -> bytes:
        if value == self.null.encode() or value == b"\\." or self.special.search(value):
            return b'"%s"' % value.replace(b'"', b'""')
        return value

    def escaped(self, value: bytes) -> bytes:
        if self.special.search(value) is None:
            return value
        return self.special.sub(lambda found: b"\\" + ESCAPES.get(found[0], found[0]), value)

    @cached_property
    def special(self) -> re.Pattern[bytes]:
        """What cannot stand in a value as it is."""
        delimiter = re.escape(self.delimiter.encode())
        return re.compile(rb'[%s"\n\r]' % delimiter if self.format == "csv" else rb"[%s\\\n\r\t\b\f\v]" % delimiter)


def by_column(
    rows: Sequence[Row], encoders: Sequence[Encoder], write: Callable[[Iterable[object], Encoder], list[bytes]]
) -> Iterator[tuple[bytes, ...]]:
    """The rows, each value written by its column's encoder."""
    if not rows:
        return iter(())
    columns = [write(column, encode) for column, encode in zip(zip(*rows, strict=True), encoders, strict=True)]
    return zip(*columns, strict=True)


def messages_of(rows: Iterable[bytes]) -> bytes:
    return b"".join(message(b"d", row) for row in rows)


def query_of(source: str) -> str:
    if source.startswith("("):
        return source[1:-1].strip()
    found = TABLE.fullmatch(source)
    if found is None:
        raise StatementError("syntax error in COPY", sqlstate="42601")
    return f"SELECT {found['columns'] or '*'} FROM {found['table']}"


def options_of(written: str) -> dict[str, Any]:
    """Both ways to write options: `(FORMAT csv, HEADER)` and `CSV HEADER`."""
    written = written.strip()
    pattern, inside = (OPTION, written[1:-1]) if written.startswith("(") else (LEGACY, written)
    given = {match["name"].lower(): plain(match["value"] or "true") for match in pattern.finditer(inside)}
    if pattern.sub("", inside).strip():
        raise StatementError("syntax error in COPY's options", sqlstate="42601")
    form = given.pop("format", next((name for name in ("binary", "csv") if name in given), "text")).lower()
    if form not in ("text", "csv", "binary") or set(given) - {
        "binary",
        "csv",
        "header",
        "delimiter",
        "null",
        "encoding",
    }:
        raise NotSupportedError("COPY takes FORMAT text, csv or binary, HEADER, DELIMITER and NULL")
    csv = form == "csv"
    delimiter = given.get("delimiter", "," if csv else "\t")
    if len(delimiter) != 1:
        raise StatementError("COPY delimiter must be a single one-byte character", sqlstate="22023")
    header = given.get("header", "false").lower() in ("true", "on", "1")
    return {"format": form, "header": header, "delimiter": delimiter, "null": given.get("null", "" if csv else "\\N")}
