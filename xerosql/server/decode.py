"""The values that a client binds to parameters, from text or binary to Python's."""

from __future__ import annotations

import datetime as dt
import re
import struct
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from xerosql.server import oids
from xerosql.server.encode import DOUBLE, EPOCH, EPOCH_UTC, INT64, NEGATIVE, NOT_A_NUMBER, SINGLE
from xerosql.server.failures import ProtocolError, StatementError
from xerosql.server.messages import INT16, INT32, UINT32, Body

Decoder = Callable[[bytes], Any]
TRUE, FALSE = {"t", "true", "y", "yes", "on", "1"}, {"f", "false", "n", "no", "off", "0"}
#: A zone behind a time of day.
ZONE = re.compile(r"(:\d\d(?:\.\d+)?)\s*(?:Z|[+-]\d\d(?::?\d\d)?)$")


def decoded(data: bytes | None, oid: int, form: int) -> object:
    """The value of one parameter; StatementError (22P02, 22P03) for bytes that are none of its type."""
    if data is None:
        return None
    try:
        return decoder(oid, form)(data)
    except (ValueError, ArithmeticError, struct.error, InvalidOperation, IndexError, ProtocolError) as error:
        sentence = "incorrect binary data format" if form else "invalid input syntax"
        raise StatementError(
            f"{sentence} of type {oid} in bind parameter", sqlstate="22P03" if form else "22P02"
        ) from error


def decoder(oid: int, form: int) -> Decoder:
    if oid in oids.ELEMENTS:
        element = oids.ELEMENTS[oid]
        return binary_array if form else lambda data: text_array(text_of(data), decoder(element, 0))
    return BINARY.get(oid, text_of) if form else TEXTS.get(oid, text_of)


# -- Text --------------------------------------------------------------------------------------------------------------


def text_of(data: bytes) -> str:
    found = data.decode()
    if "\0" in found:
        raise ValueError
    return found


def bool_of(data: bytes) -> bool:
    word = data.decode().strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise ValueError


def number_of(data: bytes) -> Decimal:
    return Decimal(data.decode().strip())


def int_of(data: bytes) -> int:
    return int(data.decode())


def float_of(data: bytes) -> float:
    return float(data)


def date_of(data: bytes) -> dt.date:
    """Without what stands behind it: pgjdbc writes '2026-01-02 +00'."""
    return dt.date.fromisoformat(data.decode().strip()[:10])


def timestamp_of(data: bytes) -> dt.datetime:
    """Without a zone: one that is written is of no account, as in PostgreSQL."""
    return dt.datetime.fromisoformat(ZONE.sub(r"\1", data.decode().strip()))


def timestamptz_of(data: bytes) -> dt.datetime:
    moment = dt.datetime.fromisoformat(data.decode().strip())
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def time_of(data: bytes) -> dt.time:
    return dt.time.fromisoformat(ZONE.sub(r"\1", data.decode().strip()))


def bytes_of(data: bytes) -> bytes:
    return bytes.fromhex(data[2:].decode()) if data.startswith(b"\\x") else data


SPACE = " \t\n\r\v\f"  # Python knows more, which PostgreSQL keeps
ITEM = re.compile(rf'[{SPACE}]*(?:"((?:[^"\\]|\\.)*)"|([^,{{}}"\\]+?))[{SPACE}]*(,|}})', re.DOTALL)


def text_array(written: str, decode: Decoder) -> list[Any]:
    """`{a,"b c",NULL}`, of one dimension."""
    written = written.strip(SPACE)
    if not written.startswith("{") or not written.endswith("}"):
        raise ValueError
    found: list[Any] = []
    at, body = 0, written[1:]
    while body[at:].strip(SPACE) != "}" or found:
        item = ITEM.match(body, at)
        if item is None:
            raise ValueError
        inside, bare, end = item.groups()
        null = bare is not None and bare.upper() == "NULL"
        found.append(None if null else decode((re.sub(r"\\(.)", r"\1", inside) if bare is None else bare).encode()))
        at = item.end()
        if end == "}":
            break
    return found


TEXTS: dict[int, Decoder] = {
    oids.BOOL: bool_of,
    oids.INT2: int_of,
    oids.INT4: int_of,
    oids.INT8: int_of,
    oids.OID: int_of,
    oids.FLOAT4: float_of,
    oids.FLOAT8: float_of,
    oids.NUMERIC: number_of,
    oids.DATE: date_of,
    oids.TIME: time_of,
    oids.TIMESTAMP: timestamp_of,
    oids.TIMESTAMPTZ: timestamptz_of,
    oids.BYTEA: bytes_of,
}


# -- Binary ------------------------------------------------------------------------------------------------------------


def numeric_binary(data: bytes) -> Decimal:
    count, weight, sign, scale = struct.unpack_from("!hhHh", data)
    if sign == NOT_A_NUMBER:
        return Decimal("NaN")
    groups = struct.unpack_from(f"!{count}H", data, 8)
    whole = int("".join(f"{group:04}" for group in groups) or "0")
    places = (weight - count + 1) * 4 + scale  # from the last of the groups to the last digit that is shown
    digits = whole * 10**places if places >= 0 else whole // 10**-places
    return Decimal(f"{'-' * (sign == NEGATIVE)}{digits}E-{scale}")  # from a text: arithmetic would round to 28 digits


def interval_binary(data: bytes) -> dt.timedelta:
    micros, days, months = struct.unpack("!qii", data)
    return dt.timedelta(microseconds=micros, days=days + 30 * months)


def time_binary(data: bytes) -> dt.time:
    return (EPOCH + dt.timedelta(microseconds=INT64.unpack(data)[0])).time()


def binary_array(data: bytes) -> list[Any]:
    body = Body(data)
    dimensions, _, element = body.int32(), body.int32(), body.uint32()
    if dimensions == 0:
        return []
    if dimensions != 1:
        raise ValueError
    count, _ = body.int32(), body.int32()
    if not 0 <= count <= len(data):
        raise ValueError
    return [decoded(body.value(), element, 1) for _ in range(count)]


BINARY: dict[int, Decoder] = {
    oids.BOOL: lambda data: data != b"\0",
    oids.INT2: lambda data: INT16.unpack(data)[0],
    oids.INT4: lambda data: INT32.unpack(data)[0],
    oids.INT8: lambda data: INT64.unpack(data)[0],
    oids.OID: lambda data: UINT32.unpack(data)[0],
    oids.FLOAT4: lambda data: SINGLE.unpack(data)[0],
    oids.FLOAT8: lambda data: DOUBLE.unpack(data)[0],
    oids.NUMERIC: numeric_binary,
    oids.DATE: lambda data: EPOCH.date() + dt.timedelta(days=INT32.unpack(data)[0]),
    oids.TIME: time_binary,
    oids.TIMESTAMP: lambda data: EPOCH + dt.timedelta(microseconds=INT64.unpack(data)[0]),
    oids.TIMESTAMPTZ: lambda data: EPOCH_UTC + dt.timedelta(microseconds=INT64.unpack(data)[0]),
    oids.INTERVAL: interval_binary,
    oids.UUID: lambda data: str(uuid.UUID(bytes=data)),
    oids.BYTEA: bytes,
    oids.JSONB: lambda data: text_of(data[1:]),
}
