"""The PEP 249 type objects and constructors, and the SQL types a catalog column can have."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SqlType:
    """A column's type: its SQL spelling, the Python class its values arrive as, and how large a number can be.

    `precision` and `scale` are digits, as PEP 249 puts them into `cursor.description`.
    """

    name: str
    sql: str
    python: type
    precision: int | None = None
    scale: int | None = None
    takes: str = ""


STRING_TYPE = SqlType("VARCHAR", "VARCHAR", str, takes="text")
UUID_TYPE = SqlType("VARCHAR", "VARCHAR", str, takes="a UUID such as 1de78bad-5a81-4cb8-ab53-5a1a3bc73b29")
PAIR_TYPE = SqlType("VARCHAR", "VARCHAR", str, takes="two UUIDs with a slash between them")
INTEGER_TYPE = SqlType("INTEGER", "INTEGER", int, 10, 0, takes="a whole number")
#: Xero's money has two decimals, unit amounts up to four; 18 digits keep the engine on 64-bit integers.
MONEY_TYPE = SqlType("DECIMAL", "DECIMAL(18,4)", Decimal, 18, 4, takes="a number with at most four decimals")
DATE_TYPE = SqlType("DATE", "DATE", dt.date, takes="a date such as 2026-03-31")
TIMESTAMP_TYPE = SqlType("TIMESTAMP", "TIMESTAMP", dt.datetime, takes="a time such as 2026-03-31T17:30:00Z")
BOOLEAN_TYPE = SqlType("BOOLEAN", "BOOLEAN", bool, takes="true or false")


class TypeObject:
    """One of PEP 249's type objects: equal to every `type_code` of its family in `cursor.description`."""

    def __init__(self, name: str, *type_codes: str) -> None:
        self.name = name
        self.type_codes = frozenset(type_codes)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return other in self.type_codes
        return self is other

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"xerosql.{self.name}"


STRING = TypeObject("STRING", "VARCHAR", "UUID", "JSON", "ENUM")
BINARY = TypeObject("BINARY", "BLOB", "BIT")
NUMBER = TypeObject(
    "NUMBER",
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE", "BOOLEAN"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)
DATETIME = TypeObject(
    "DATETIME", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE", "INTERVAL"
)
ROWID = TypeObject("ROWID")

Date = dt.date
Time = dt.time
Timestamp = dt.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> dt.date:  # noqa: N802 - PEP 249 fixes the name
    """The local date `ticks` seconds after the epoch."""
    return dt.datetime.fromtimestamp(ticks).date()  # noqa: DTZ006 - PEP 249 asks for local time


def TimeFromTicks(ticks: float) -> dt.time:  # noqa: N802 - PEP 249 fixes the name
    """The local time of day `ticks` seconds after the epoch."""
    return dt.datetime.fromtimestamp(ticks).time()  # noqa: DTZ006 - PEP 249 asks for local time


def TimestampFromTicks(ticks: float) -> dt.datetime:  # noqa: N802 - PEP 249 fixes the name
    """The local date and time `ticks` seconds after the epoch, without a zone."""
    return dt.datetime.fromtimestamp(ticks)  # noqa: DTZ006 - PEP 249 asks for local time
