"""Xero's JSON objects by dotted path: reading a column's value out of one, and building a body."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from xerosql.catalog.model import Table, Write
from xerosql.execute.coerce import wire

Object = dict[str, Any]
#: Numbers are written digit by digit, as they were given.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def parsed(text: bytes) -> Object:
    """An object with its numbers exactly as Xero wrote them; ValueError for a text that is none."""
    found = json.loads(text, parse_float=Decimal)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


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
