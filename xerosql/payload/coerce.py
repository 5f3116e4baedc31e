"""Values of a statement as values of a column, and as Xero's JSON wants them. All is checked before a request."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

from xerosql.catalog.model import BOOL, DATE, INT, MONEY, PAIR, TEXT, TIMESTAMP, UUID, Column
from xerosql.errors import DataError
from xerosql.plan.known import well_formed
from xerosql.types import SqlType

LARGEST_INT = 2**31 - 1
#: Arithmetic that raises instead of rounding, whatever the program has made of its own decimal context.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])


def coerced(column: Column, value: object, row: str) -> object:
    """`value` as the column's Python type; DataError, naming column and row, if it does not fit."""
    if value is None:
        return None
    try:
        fitting = READERS[column.type](value)
    except (ValueError, TypeError, ArithmeticError):
        raise misfit(column, value, row) from None
    check_range(column, fitting, row)
    return fitting


def misfit(column: Column, value: object, row: str) -> DataError:
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}…"
    return DataError(f"{column.name} takes {column.type.takes}, not {shown} ({row})", sqlstate="22P02")


def check_range(column: Column, value: object, row: str) -> None:
    """The column's own rules: listed values, length, smallest and largest."""
    if column.values and value not in column.values:
        raise DataError(f"{column.name} must be {' or '.join(column.values)}, not {value!r} ({row})", sqlstate="22000")
    if column.max_length is not None and isinstance(value, str) and len(value) > column.max_length:
        raise DataError(
            f"{column.name} takes at most {column.max_length} characters; this has {len(value)} ({row})",
            sqlstate="22001",
        )
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        check_number(column, value, row)


def check_number(column: Column, value: int | Decimal, row: str) -> None:
    low, high = column.minimum, column.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"from {low} to {high}" if high is not None else f"{low} or more"
        unit = f" {column.unit}" if column.unit.islower() else ""
        raise DataError(f"{column.name} takes {limits}{unit}, not {value} ({row})", sqlstate="22003")


def to_text(value: object) -> str:
    if isinstance(value, bool | bytes | float | list | dict | dt.date | dt.time):
        raise TypeError("not text")
    return str(value)


def to_uuid(value: object) -> str:
    return str(uuid.UUID(value)) if isinstance(value, str) else str(uuid.UUID(str(value)))


def to_pair(value: object) -> str:
    if not isinstance(value, str) or not well_formed(value, 2):
        raise ValueError("not two ids")
    return value


def to_int(value: object) -> int:
    if isinstance(value, bool):
        raise TypeError("a boolean is no number")
    number = to_decimal(value)
    if number.copy_abs() > LARGEST_INT or number != int(number):  # in this order: int(1e999999999) fills the memory
        raise ValueError("not a 32-bit whole number")
    return int(number)


def to_money(value: object) -> Decimal:
    number = to_decimal(value)
    scaled = EXACT.scaleb(number, 4)
    if scaled != scaled.to_integral_value() or abs(scaled) >= 10**18:
        raise ValueError("more than four decimals, or too large")
    return number


def to_decimal(value: object) -> Decimal:
    """Exactly the number that was written; a float counts as the shortest decimal that reads back the same."""
    if isinstance(value, bool):
        raise TypeError("a boolean is no number")
    if not isinstance(value, int | float | str | Decimal):
        raise TypeError("not a number")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError("not finite")
    return number


def to_date(value: object) -> dt.date:
    if isinstance(value, dt.datetime):
        moment = in_utc(value)
        if moment.time() != dt.time():
            raise ValueError("a time of day would be lost")
        return moment.date()
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str):
        raise TypeError("not a date")
    text = value.strip()
    return dt.date.fromisoformat(text) if len(text) <= len("2026-03-31") else to_date(dt.datetime.fromisoformat(text))


def to_timestamp(value: object) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return in_utc(value)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    if not isinstance(value, str):
        raise TypeError("not a time")
    return in_utc(dt.datetime.fromisoformat(value.strip()))


def in_utc(value: dt.datetime) -> dt.datetime:
    """The same moment in UTC, without the zone; a time without one is taken as UTC."""
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


def to_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a boolean")
    return value


READERS: dict[SqlType, Callable[[object], object]] = {
    TEXT: to_text,
    UUID: to_uuid,
    PAIR: to_pair,
    INT: to_int,
    MONEY: to_money,
    DATE: to_date,
    TIMESTAMP: to_timestamp,
    BOOL: to_bool,
}


def wire(value: object) -> object:
    """A coerced value as Xero's JSON has it: exact numbers, UTC times."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize(EXACT)
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, dt.date):
        return f"{value.isoformat()}T00:00:00Z"
    return value
