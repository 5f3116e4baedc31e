"""Xero's JSON objects by dotted path: reading a column's value out of one, and building a body."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from xerosql.catalog.model import Table, Write
from xerosql.errors import InternalError
from xerosql.payload.coerce import wire

Object = dict[str, Any]
#: Numbers are written digit by digit, as they were given.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def parsed(text: bytes) -> Object:
    """An object with its numbers exactly as Xero wrote them; ValueError if it is none, or no JSON.

    The errors of the json module have the whole text as an attribute, so none of them is in the chain of ours.
    """
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=refuse_constant)
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = str(error)  # says where, and quotes nothing
    else:
        if isinstance(found, dict):
            return found
        reason = "not an object"
    raise ValueError(reason)


def refuse_constant(name: str) -> object:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no JSON")


def received(text: bytes) -> Object:
    """An object that Xero sent for a row; InternalError if it cannot be read."""
    try:
        return parsed(text)
    except ValueError as error:
        raise InternalError("Xero sent an object that cannot be read, so it was not changed") from error


def encoded(value: Object) -> bytes:
    return _ENCODER.encode(value)


def value_at(source: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, None where any part is missing."""
    found: Any = source
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def column_values(table: Table, source: Mapping[str, Any]) -> dict[str, object]:
    """The values of an object by the names of the table's columns."""
    return {column.name: value_at(source, column.json) for column in table.columns if column.json}


def put_at(target: Object, path: str, value: object) -> None:
    *way, last = path.split(".")
    for name in way:
        target = target.setdefault(name, {})
    target[last] = value


def remove_at(target: Object, path: str) -> None:
    """Take a value away, and the object around it when nothing else is of use without it."""
    head, _, rest = path.partition(".")
    if rest:
        target.pop(head, None)
    else:
        target.pop(path, None)


def body_of(table: Table, write: Write, new: Mapping[str, object], old: Mapping[str, Any] | None) -> bytes:
    """The body of a write: every column it carries, new values over the old object's own, absent where NULL."""
    body: Object = {}
    for name in write.columns:
        column = table[name]
        value = wire(new[name]) if name in new else value_at(old or {}, column.json)
        if value is not None:
            put_at(body, column.write_path, value)
    return encoded(body)


def merged(table: Table, old: Object, new: Mapping[str, object]) -> Object:
    """The object as it is after a write, as far as what was sent tells."""
    result: Object = copy.deepcopy(old)
    for name, value in new.items():
        column = table[name]
        if value is None:
            remove_at(result, column.json)
        else:
            put_at(result, column.json, wire(value))
    return result
