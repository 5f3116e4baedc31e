"""SQL types as information_schema spells them, as SQLAlchemy's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import types as sa
from sqlalchemy import util
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.types import TypeEngine

#: A name of words, then perhaps arguments in parentheses.
SPELLING = re.compile(r"(?P<name>[A-Za-z_][\w ]*?)\s*(?:\((?P<arguments>.*)\))?", re.DOTALL)
TEXTS = re.compile(r"'((?:[^']|'')*)'")

#: SQLAlchemy's UUID came with 2.0; before it, a UUID is text here.
UUID: Any = getattr(sa, "UUID", None)


class Interval(INTERVAL):
    """A `timedelta`, which the driver takes and gives; SQLAlchemy's own would count from an epoch."""

    cache_ok = True

    def literal_processor(self, dialect: Any) -> Callable[[timedelta], str]:
        return lambda value: f"to_microseconds({value // timedelta(microseconds=1)})"


def path_to(*steps: str | int) -> str:
    """The place in a JSON value, as the engine's functions take it."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in steps)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class JsonStep(sa.JSON.JSONIndexType):
    """An index or a key, `column["key"]`."""

    def bind_processor(self, dialect: Any) -> Any:
        return path_to

    def literal_processor(self, dialect: Any) -> Any:
        return lambda value: literal(path_to(value))


class JsonPath(sa.JSON.JSONPathType):
    """Several of them, `column["key", 1]`."""

    def bind_processor(self, dialect: Any) -> Any:
        return lambda value: path_to(*value)

    def literal_processor(self, dialect: Any) -> Any:
        return lambda value: literal(path_to(*value))


SIMPLE: dict[str, Callable[[], TypeEngine[Any]]] = {
    "BOOLEAN": sa.BOOLEAN,
    "TINYINT": sa.SMALLINT,
    "SMALLINT": sa.SMALLINT,
    "INTEGER": sa.INTEGER,
    "BIGINT": sa.BIGINT,
    "UTINYINT": sa.SMALLINT,
    "USMALLINT": sa.INTEGER,
    "UINTEGER": sa.BIGINT,
    "UBIGINT": lambda: sa.NUMERIC(20, 0),
    "HUGEINT": lambda: sa.NUMERIC(38, 0),
    "UHUGEINT": lambda: sa.NUMERIC(39, 0),
    "FLOAT": sa.REAL,
    "DOUBLE": getattr(sa, "DOUBLE_PRECISION", sa.FLOAT),
    "DATE": sa.DATE,
    "TIME": sa.TIME,
    "TIME WITH TIME ZONE": lambda: sa.TIME(timezone=True),
    "TIMESTAMP": sa.TIMESTAMP,
    "TIMESTAMP_S": sa.TIMESTAMP,
    "TIMESTAMP_MS": sa.TIMESTAMP,
    "TIMESTAMP_NS": sa.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": lambda: sa.TIMESTAMP(timezone=True),
    "INTERVAL": Interval,
    "BLOB": sa.BLOB,
    "JSON": sa.JSON,
    "UUID": UUID if UUID is not None else (lambda: sa.VARCHAR(36)),
}


def type_of(spelling: str, length: int | None = None) -> TypeEngine[Any]:
    """The SQLAlchemy type of a column whose type is spelled so; NullType, with a warning, for one it has none for.

    `length` is that of a text, in characters.
    """
    if spelling == "VARCHAR":
        return sa.VARCHAR(length)
    if spelling.endswith("[]"):
        return sa.ARRAY(type_of(spelling[:-2]))
    found = SPELLING.fullmatch(spelling)
    name, arguments = (found["name"].upper(), found["arguments"]) if found else (spelling, None)
    if name == "DECIMAL" and arguments:
        precision, scale = (int(each) for each in arguments.split(","))
        return sa.NUMERIC(precision, scale)
    if name == "ENUM" and arguments:
        return sa.Enum(*(each.replace("''", "'") for each in TEXTS.findall(arguments)), native_enum=False)
    if name in SIMPLE and not arguments:
        return SIMPLE[name]()
    util.warn(f"SQLAlchemy has no type for {spelling}")
    return sa.NullType()
