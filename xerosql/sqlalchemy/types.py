"""SQL types as information_schema spells them, as SQLAlchemy's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import types as sa
from sqlalchemy import util
from sqlalchemy.types import TypeEngine

#: A name of words, then perhaps arguments in parentheses.
SPELLING = re.compile(r"(?P<name>[A-Za-z_][\w ]*?)\s*(?:\((?P<arguments>.*)\))?", re.DOTALL)
TEXTS = re.compile(r"'((?:[^']|'')*)'")

#: SQLAlchemy's UUID came with 2.0; before it, a UUID is text here.
UUID: Any = getattr(sa, "UUID", None)


class Interval(sa.Interval):
    """A `timedelta`, which the driver takes and gives; SQLAlchemy's own would count from an epoch."""

    native = True
    cache_ok = True

    def bind_processor(self, dialect: Any) -> None:
        """Values go as they are."""

    def result_processor(self, dialect: Any, coltype: object) -> None:
        """Values come as they are."""


SIMPLE: dict[str, Callable[[], TypeEngine[Any]]] = {
    "VARCHAR": sa.VARCHAR,
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


def type_of(spelling: str) -> TypeEngine[Any]:
    """The SQLAlchemy type of a column whose type is spelled so; NullType, with a warning, for one it has none for."""
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
