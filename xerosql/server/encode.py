"""Values to the bytes of a DataRow, in text or binary: the formats of PostgreSQL's `*out` and `*send` functions."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import struct
import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from xerosql.server import oids
from xerosql.server.messages import INT16, INT32

Encoder = Callable[[Any], bytes]
NULL = INT32.pack(-1)
INT64, DOUBLE, SINGLE = struct.Struct("!q"), struct.Struct("!d"), struct.Struct("!f")
ROW = struct.Struct("!cih")
EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - PostgreSQL's zero, of timestamps without a zone
EPOCH_UTC = EPOCH.replace(tzinfo=dt.UTC)
INET_FAMILY = 2  # of addresses of four bytes; those of sixteen have the next number
MICROSECOND = dt.timedelta(microseconds=1)
#: The sign of a NUMERIC in binary.
POSITIVE, NEGATIVE, NOT_A_NUMBER = 0x0000, 0x4000, 0xC000
BASE = 4  # decimal digits of one of NUMERIC's digits
QUOTED = frozenset('{}," \\\t\n\r\v\f')


def rows_of(rows: Sequence[tuple[object, ...]], encoders: Sequence[Encoder]) -> bytes:
    """DataRow messages for rows, encoded column by column."""
    if not rows:
        return b""
    if not encoders:
        return ROW.pack(b"D", 6, 0) * len(rows)
    columns = [cells(column, encode) for column, encode in zip(zip(*rows, strict=True), encoders, strict=True)]
    pack, width = ROW.pack, len(encoders)
    parts = []
    for row in map(b"".join, zip(*columns, strict=True)):
        parts.append(pack(b"D", len(row) + 6, width))
        parts.append(row)
    return b"".join(parts)


def cells(column: Iterable[object], encode: Encoder) -> list[bytes]:
    """Each value with its length in front."""
    pack = INT32.pack
    return [NULL if value is None else pack(len(data := encode(value))) + data for value in column]


def encoder(oid: int, form: int) -> Encoder:
    """What turns values of a type into bytes, `form` 0 for text and 1 for binary."""
    if oid in oids.ELEMENTS:
        element = oids.ELEMENTS[oid]
        return binary_array(element) if form else text_array(encoder(element, 0))
    if form:
        return BINARY.get(oid, as_text)
    return TEXTS.get(oid, as_text)


# -- Text --------------------------------------------------------------------------------------------------------------


def as_text(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode(errors="replace")
    if isinstance(value, bytes):
        return bytes_text(value)
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False).encode()
    return TEXT_BY_CLASS.get(type(value), plain)(value)


def plain(value: object) -> bytes:
    return str(value).encode(errors="replace")


def bool_text(value: object) -> bytes:
    return b"t" if value else b"f"


def bytes_text(value: bytes) -> bytes:
    return b"\\x" + bytes(value).hex().encode()


def decimal_text(value: object) -> bytes:
    return f"{value:f}".encode() if isinstance(value, Decimal) else plain(value)


def float_text(value: object) -> bytes:
    shown = repr(float(value)) if isinstance(value, int | float | Decimal) else str(value)
    return FLOATS.get(shown, shown.removesuffix(".0")).encode()


FLOATS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def timestamp_text(value: object) -> bytes:
    if not isinstance(value, dt.datetime):
        return plain(value)
    shown = value.isoformat(" ")
    zone = ""
    if value.tzinfo is not None:
        shown, zone = value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" "), "+00"
    return ((shown.rstrip("0") if "." in shown else shown) + zone).encode()


def time_text(value: object) -> bytes:
    shown = str(value)
    return (shown.rstrip("0") if "." in shown else shown).encode()


def interval_text(value: object) -> bytes:
    """Days and a time of day, as IntervalStyle `postgres` has them."""
    if not isinstance(value, dt.timedelta):
        return plain(value)
    micros = value // MICROSECOND
    sign, micros = ("-" if micros < 0 else ""), abs(micros)
    days, rest = divmod(micros, 86_400_000_000)
    seconds, fraction = divmod(rest, 1_000_000)
    clock = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    clock += f".{fraction:06}".rstrip("0") if fraction else ""
    named = f"{sign}{days} day{'s' * (days != 1 or bool(sign))}" if days else ""
    return " ".join(part for part in (named, clock if rest or not days else "") if part).encode()


def text_array(element: Encoder) -> Encoder:
    def encode(values: Any) -> bytes:
        if isinstance(values, str):
            return values.encode()
        return b"{" + b",".join(b"NULL" if each is None else quoted(element(each)) for each in values) + b"}"

    return encode


def quoted(data: bytes) -> bytes:
    """A value within an array."""
    shown = data.decode()
    if shown and shown.upper() != "NULL" and not QUOTED.intersection(shown):
        return data
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode()


def vector_text(values: Any) -> bytes:
    """An int2vector or oidvector: numbers with spaces between them."""
    return values.encode() if isinstance(values, str) else " ".join(map(str, values)).encode()


TEXT_BY_CLASS: dict[type, Encoder] = {
    bool: bool_text,
    Decimal: decimal_text,
    float: float_text,
    dt.datetime: timestamp_text,
    dt.time: time_text,
    dt.timedelta: interval_text,
}
TEXTS: dict[int, Encoder] = {
    oids.BOOL: bool_text,
    oids.NUMERIC: decimal_text,
    oids.INT8: plain,
    oids.INT4: plain,
    oids.INT2: plain,
    oids.OID: plain,
    oids.XID: plain,
    oids.CID: plain,
    oids.FLOAT8: float_text,
    oids.FLOAT4: float_text,
    oids.TIMESTAMP: timestamp_text,
    oids.TIMESTAMPTZ: timestamp_text,
    oids.TIME: time_text,
    oids.INTERVAL: interval_text,
    oids.INT2VECTOR: vector_text,
    oids.OIDVECTOR: vector_text,
}


# -- Binary ------------------------------------------------------------------------------------------------------------


def numeric_binary(value: Any) -> bytes:
    """NUMERIC's digits in base 10,000, with the place of the first one before the decimal point."""
    written = f"{value:f}"
    if not written[-1].isdecimal():
        return struct.pack("!hhHh", 0, 0, NOT_A_NUMBER, 0)
    before, _, after = written.partition(".")
    sign, scale = before.startswith("-"), len(after)
    whole = int(before.lstrip("-") + after + "0" * (-scale % BASE))
    groups: list[int] = []
    while whole:
        whole, group = divmod(whole, 10**BASE)
        groups.append(group)
    weight = len(groups) - 1 - -(-scale // BASE)
    while groups and not groups[0]:
        groups.pop(0)
    head = struct.pack("!hhHh", len(groups), weight if groups else 0, NEGATIVE if sign else POSITIVE, scale)
    return head + struct.pack(f"!{len(groups)}H", *reversed(groups))


def date_binary(value: Any) -> bytes:
    return INT32.pack((value - EPOCH.date()).days)


def timestamp_binary(value: Any) -> bytes:
    return INT64.pack((value - (EPOCH if value.tzinfo is None else EPOCH_UTC)) // MICROSECOND)


def time_binary(value: Any) -> bytes:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return INT64.pack(seconds * 1_000_000 + value.microsecond)


def timetz_binary(value: Any) -> bytes:
    offset = value.utcoffset() or dt.timedelta()
    return time_binary(value) + INT32.pack(-int(offset.total_seconds()))


def interval_binary(value: Any) -> bytes:
    return INT64.pack((value - dt.timedelta(days=value.days)) // MICROSECOND) + INT32.pack(value.days) + INT32.pack(0)


def uuid_binary(value: Any) -> bytes:
    return (value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))).bytes


def jsonb_binary(value: Any) -> bytes:
    return b"\x01" + as_text(value)


def char_binary(value: Any) -> bytes:
    """A "char" is one byte, zero where it is empty."""
    return as_text(value) or b"\0"


def oid_binary(value: Any) -> bytes:
    return struct.pack("!I", int(value))


def inet_binary(value: Any) -> bytes:
    """An address: its family, all of its bits, that it is no network, and its bytes."""
    address = ipaddress.ip_address(str(value))
    packed = address.packed
    return bytes((INET_FAMILY if address.version == 4 else INET_FAMILY + 1, 8 * len(packed), 0, len(packed))) + packed


def binary_array(element: int) -> Encoder:
    encode = encoder(element, 1)

    def array(values: Any) -> bytes:
        if not values:
            return struct.pack("!iiI", 0, 0, element)
        nulls = any(each is None for each in values)
        head = struct.pack("!iiIii", 1, nulls, element, len(values), 1)
        return head + b"".join(cells(values, encode))

    return array


def binary_vector(element: int) -> Encoder:
    """An int2vector or oidvector is an array whose subscripts begin with 0."""
    encode = encoder(element, 1)

    def vector(values: Any) -> bytes:
        items = [int(each) for each in values.split()] if isinstance(values, str) else values
        return struct.pack("!iiIii", 1, 0, element, len(items), 0) + b"".join(cells(items, encode))

    return vector


BINARY: dict[int, Encoder] = {
    oids.BOOL: lambda value: b"\x01" if value else b"\x00",
    oids.CHAR: char_binary,
    oids.INT2: INT16.pack,
    oids.INT4: INT32.pack,
    oids.INT8: INT64.pack,
    oids.OID: oid_binary,
    oids.REGPROC: oid_binary,
    oids.REGCLASS: oid_binary,
    oids.REGTYPE: oid_binary,
    oids.REGNAMESPACE: oid_binary,
    oids.REGROLE: oid_binary,
    oids.XID: oid_binary,
    oids.CID: oid_binary,
    oids.FLOAT4: SINGLE.pack,
    oids.FLOAT8: DOUBLE.pack,
    oids.NUMERIC: numeric_binary,
    oids.BYTEA: bytes,
    oids.DATE: date_binary,
    oids.TIME: time_binary,
    oids.TIMETZ: timetz_binary,
    oids.TIMESTAMP: timestamp_binary,
    oids.TIMESTAMPTZ: timestamp_binary,
    oids.INTERVAL: interval_binary,
    oids.UUID: uuid_binary,
    oids.INET: inet_binary,
    oids.JSONB: jsonb_binary,
}
BINARY[oids.INT2VECTOR], BINARY[oids.OIDVECTOR] = binary_vector(oids.INT2), binary_vector(oids.OID)
