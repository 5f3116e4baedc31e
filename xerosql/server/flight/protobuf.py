"""Protocol buffers, as far as Flight SQL's messages need them: a message is a dataclass, its fields tell their numbers.

    @dataclass(frozen=True)
    class StatementQuery:
        query: Annotated[str, 1] = ""
        transaction_id: Annotated[bytes, 2] = b""

A field is a str, bytes, int, bool, a message, `str | None` where it matters whether it was sent, or a tuple of str, int
or messages. Fields that a message does not declare are passed over, as the format wants it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

M = TypeVar("M")
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
#: Bits of the largest number.
WIDEST = 64


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is written: its number, the type of one value, and whether there may be several."""

    name: str
    number: int
    kind: type
    repeated: bool


@cache
def fields_of(message: Hashable) -> tuple[Field, ...]:
    found = []
    for name, hint in get_type_hints(message, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            continue
        kind, number = get_args(hint)
        repeated = get_origin(kind) is tuple
        options = [each for each in get_args(kind) if each not in (NoneType, Ellipsis)]
        found.append(Field(name, number, options[0] if options else kind, repeated))
    return tuple(found)


@cache
def numbered(message: Hashable) -> dict[int, Field]:
    return {field.number: field for field in fields_of(message)}


# -- Reading -----------------------------------------------------------------------------------------------------------


def read(message: type[M], data: bytes) -> M:
    """The message that the bytes are; ValueError if they are none."""
    fields = numbered(cast("Hashable", message))
    given: dict[str, Any] = {}
    for number, wire_type, value in parts(data):
        field = fields.get(number)
        if field is None:
            continue
        values = list(read_values(field, wire_type, value))
        if field.repeated:
            given[field.name] = (*given.get(field.name, ()), *values)
        elif values:
            given[field.name] = values[-1]
    return message(**given)


def parts(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Number, wire type and value of each field as it stands there."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        value: int | bytes
        if wire_type == VARINT:
            value, at = read_varint(data, at)
        else:
            if wire_type == LENGTH:
                size, at = read_varint(data, at)
            else:
                size = FIXED.get(wire_type, len(data))  # groups and unknown types are longer than anything
            value, at = data[at : at + size], at + size
            if at > len(data):
                raise ValueError("the message ends in the middle of a field")
        yield number, wire_type, value


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < WIDEST:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value & (1 << WIDEST) - 1, at
    raise ValueError("the message ends in the middle of a number, or has one that is too long")


def read_values(field: Field, wire_type: int, value: int | bytes) -> Iterator[object]:
    """The values of a field: one, or several numbers in one string of bytes."""
    if isinstance(value, int):
        if field.kind not in (int, bool):
            raise ValueError(f"{field.name} is a number, and must not be one")
        yield field.kind(value if value < 1 << WIDEST - 1 else value - (1 << WIDEST))
    elif wire_type != LENGTH:
        raise ValueError(f"{field.name} is of another type")
    elif field.kind is bytes:
        yield value
    elif field.kind is str:
        yield value.decode()  # a UnicodeDecodeError is a ValueError
    elif field.kind in (int, bool):
        at = 0
        while field.repeated and at < len(value):
            number, at = read_varint(value, at)
            yield number
        if not field.repeated:
            raise ValueError(f"{field.name} must be a number")
    else:
        yield read(field.kind, value)


# -- Writing -----------------------------------------------------------------------------------------------------------


def write(message: object) -> bytes:
    """The bytes of a message. What is empty, zero or false is left out, as it is what its absence means."""
    found = b""
    for field in fields_of(cast("Hashable", type(message))):
        value = getattr(message, field.name)
        for each in value if field.repeated else (value,):
            if field.repeated or each:
                found += written(field, each)
    return found


def written(field: Field, value: Any) -> bytes:
    if field.kind in (int, bool):
        return varint(field.number << 3 | VARINT) + varint(int(value))
    data = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else write(value)
    return varint(field.number << 3 | LENGTH) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """A number, seven bits a byte, the lowest first; a negative one as its two's complement."""
    value &= (1 << WIDEST) - 1
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
