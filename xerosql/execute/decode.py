"""Pages of JSON to Arrow columns, decoding only the columns a scan wants.

Xero leaves out what has no value, so every field is optional. Money goes from the number's digits to a Decimal to a
whole number of ten-thousandths, never through a float; a number that does not fit is an error, not a rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, localcontext
from functools import lru_cache
from itertools import repeat
from operator import attrgetter, mul
from typing import Annotated, Any

import msgspec
from arro3.core import Array, DataType, Field, RecordBatch, Schema

from xerosql.api import MAX_PAGES, PAGE_SIZE
from xerosql.catalog.model import BOOL, INT, MONEY, Column, Table
from xerosql.errors import DataError, InternalError

#: A higher count is a broken answer; a statement that only counts would make that many rows of it.
MOST_ROWS = MAX_PAGES * PAGE_SIZE
#: Arithmetic that raises instead of rounding, whatever the program has made of its own decimal context.
EXACT = Context(prec=60, Emax=60, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
#: How a body says that it is no JSON, or other JSON than the table's.
UNREADABLE = (msgspec.DecodeError, InvalidOperation, UnicodeDecodeError, RecursionError)
UNITS = Decimal(10_000)  # a money column counts ten-thousandths
TEXT_ARROW, INT_ARROW, BOOL_ARROW = DataType.utf8(), DataType.int64(), DataType.bool()


class Pagination(msgspec.Struct, frozen=True, gc=False):
    """Of the envelope, what the driver reads: how many pages and how many rows there are in all."""

    pageCount: Annotated[int, msgspec.Meta(ge=0)] = 1  # noqa: N815 - Xero's name
    itemCount: Annotated[int, msgspec.Meta(ge=0, le=MOST_ROWS)] | None = None  # noqa: N815 - Xero's name


@dataclass(frozen=True)
class Page:
    """The decoded rows of one answer, how many pages the list has, and how many rows if Xero said so."""

    items: Sequence[Any]
    page_count: int = 1
    item_count: int | None = None


class Decoder:
    """Decodes answers of one table into structs that hold only `columns`."""

    def __init__(self, table: Table, columns: tuple[Column, ...]) -> None:
        self.table = table
        self.columns = tuple(column for column in columns if column.json)
        item: Any = struct_of(tuple((column.json, column.type.python) for column in self.columns))
        page = msgspec.defstruct("PageOf", [("items", list[item]), ("pagination", Pagination)], gc=False)
        self._page: msgspec.json.Decoder[Any] = msgspec.json.Decoder(page)
        self._item: msgspec.json.Decoder[Any] = msgspec.json.Decoder(item)

    def page(self, body: bytes) -> Page:
        """A list's answer. InternalError if it is not what the table's declaration says."""
        try:
            decoded: Any = self._page.decode(body)
        except UNREADABLE as error:
            raise unreadable(self.table, error) from error
        return Page(decoded.items, decoded.pagination.pageCount, decoded.pagination.itemCount)

    def one(self, body: bytes) -> Page:
        """A single object's answer, as a page of one row."""
        try:
            return Page([self._item.decode(body)])
        except UNREADABLE as error:
            raise unreadable(self.table, error) from error


class RawPage(msgspec.Struct, gc=False):
    """A page whose items stay as Xero wrote them."""

    items: list[msgspec.Raw]
    pagination: Pagination = Pagination()


_RAW_PAGE = msgspec.json.Decoder(RawPage)


def raw_page(body: bytes) -> RawPage:
    """A list's answer whose objects are yet to be read; InternalError if it is no list."""
    try:
        return _RAW_PAGE.decode(body)
    except UNREADABLE as error:
        raise InternalError(f"Xero's answer is not the list that its documentation says: {error}") from error


def raw_items(body: bytes, paged: bool) -> list[bytes]:
    """The JSON text of every object of an answer, for writes that send an object back."""
    return [bytes(item) for item in raw_page(body).items] if paged else [body]


def unreadable(table: Table, error: Exception) -> InternalError:
    return InternalError(f"Xero's answer for {table.name} is not what its documentation says: {error}")


PYTHON_TYPES: dict[type, Any] = {int: int, bool: bool, Decimal: Decimal}


@lru_cache(maxsize=256)
def struct_of(fields: tuple[tuple[str, type], ...]) -> type:
    """A struct with an optional field for each dotted path; what lies deeper becomes a struct of its own."""
    nested: dict[str, list[tuple[str, type]]] = {}
    for path, python in fields:
        head, _, rest = path.partition(".")
        nested.setdefault(head, [])
        if rest:
            nested[head].append((rest, python))
    leaves = dict(fields)
    members: list[tuple[str, Any, Any]] = []
    for head, inner in nested.items():
        if inner:
            kind = struct_of(tuple(inner))
            members.append((head, kind, msgspec.field(default_factory=kind)))
        else:
            members.append((head, PYTHON_TYPES.get(leaves[head], str) | None, None))
    return msgspec.defstruct("Item", members, gc=False)


@dataclass(frozen=True)
class Builder:
    """Turns decoded items into record batches of `columns`, in that order."""

    columns: tuple[Column, ...]

    @property
    def schema(self) -> Schema:
        return Schema([Field(column.name.lower(), arrow_type(column)) for column in self.columns])

    def batch(self, items: Sequence[Any], tenants: Sequence[str]) -> RecordBatch:
        """One batch; `tenants` has the organisation of each item."""
        arrays = [
            Array(tenants, TEXT_ARROW) if not column.json else array_of(column, map(attrgetter(column.json), items))
            for column in self.columns
        ]
        return RecordBatch.from_arrays(arrays, schema=self.schema)

    def repeated(self, values: Mapping[str, object], rows: int) -> RecordBatch:
        """One batch of equal rows, given by column name."""
        arrays = [Array([values[column.name]] * rows, arrow_type(column)) for column in self.columns]
        return RecordBatch.from_arrays(arrays, schema=self.schema)


def arrow_type(column: Column) -> DataType:
    if column.type is MONEY or column.type is INT:
        return INT_ARROW
    return BOOL_ARROW if column.type is BOOL else TEXT_ARROW


def array_of(column: Column, values: Iterable[Any]) -> Array:
    taken = units(column, values) if column.type is MONEY else list(values)
    try:
        return Array(taken, arrow_type(column))
    except OverflowError as error:
        raise DataError(f"a {column.name} from Xero does not fit {column.type.sql}", sqlstate="22003") from error


def units(column: Column, values: Iterable[Decimal | None]) -> list[int | None]:
    """Amounts as whole ten-thousandths; DataError for one with more decimals than that, or that is no amount."""
    amounts = list(values)
    try:
        with localcontext(EXACT):
            return units_or_none(column, amounts)
    except (ArithmeticError, ValueError) as error:  # too long or too large for decimals, NaN, infinite
        raise DataError(f"a {column.name} from Xero does not fit {column.type.sql}", sqlstate="22003") from error


def units_or_none(column: Column, amounts: list[Decimal | None]) -> list[int | None]:
    try:
        return whole_units(column, amounts)
    except TypeError:  # a None among them; looking for it first would cost more than it saves
        present = iter(whole_units(column, [value for value in amounts if value is not None]))
        return [None if value is None else next(present) for value in amounts]


def whole_units(column: Column, amounts: list[Any]) -> list[Any]:
    """Written as loops in C: this is a third of the work on a column of money."""
    scaled = list(map(mul, amounts, repeat(UNITS)))
    whole = list(map(int, scaled))
    if whole != scaled:
        wrong = next(value for value, one, other in zip(amounts, whole, scaled, strict=True) if one != other)
        raise DataError(f"{wrong} for {column.name} has more than four decimals", sqlstate="22003")
    return whole
