"""COPY … TO STDOUT: rows as text, CSV or binary, in CopyData messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v"})


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
        """What makes CopyData messages of rows, one for each row."""
        encoders = [encoder(field.oid, int(self.binary)) for field in fields]
        if self.binary:
            return lambda rows: b"".join(message(b"d", tuple_of(row, encoders)) for row in rows)
        line = self.csv_line if self.format == "csv" else self.text_line
        return lambda rows: b"".join(message(b"d", line(row, encoders)) for row in rows)

    def head(self, fields: Sequence[Field]) -> bytes:
        """What stands in front of the first row."""
        if self.binary:
            return SIGNATURE
        names = self.delimiter.join(self.quoted(field.name) for field in fields)
        return f"{names}\n".encode() if self.header else b""

    def first(self, head: bytes, row: Row, fields: Sequence[Field]) -> bytes:
        """The head and the first row: one message in binary, where clients such as ADBC expect them together."""
        line = self.writer(fields)([row])
        return message(b"d", head + line[5:]) if self.binary else message(b"d", head) + line

    def closing(self, head: bytes) -> bytes:
        """What stands behind the last row, and the head if there was none."""
        ending = head + TRAILER if self.binary else head
        return message(b"d", ending) if ending else b""

    def text_line(self, row: Row, encoders: Sequence[Encoder]) -> bytes:
        values = [
            self.null if value is None else escaped(encode(value).decode(), self.delimiter)
            for value, encode in zip(row, encoders, strict=True)
        ]
        return f"{self.delimiter.join(values)}\n".encode()

    def csv_line(self, row: Row, encoders: Sequence[Encoder]) -> bytes:
        values = [
            self.null if value is None else self.quoted(encode(value).decode())
            for value, encode in zip(row, encoders, strict=True)
        ]
        return f"{self.delimiter.join(values)}\n".encode()

    def quoted(self, value: str) -> str:
        special = (
            value == self.null or any(each in value for each in (self.delimiter, '"', "\n", "\r")) or value == "\\."
        )
        return '"{}"'.format(value.replace('"', '""')) if special else value


def escaped(value: str, delimiter: str) -> str:
    shown = value.translate(ESCAPED)
    return shown if delimiter == "\t" else shown.replace(delimiter, f"\\{delimiter}")


def tuple_of(row: Row, encoders: Sequence[Encoder]) -> bytes:
    values = [cells((value,), encode)[0] for value, encode in zip(row, encoders, strict=True)]
    return INT16.pack(len(values)) + b"".join(values)


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
