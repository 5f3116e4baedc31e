"""What the conditions on a table come to in one execution: the values that its columns can have, and their bounds.

Values are compared as SQL compares them, so that several conditions on one column can be intersected.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from xerosql.catalog.model import DATE, INT, PAIR, TEXT, UUID, Column, Table
from xerosql.errors import DataError
from xerosql.plan.model import Condition, Keys, Value

Resolve = Callable[[Value], object]
#: What a row is called that the write queue has yet to create, by the number of its task.
PROVISIONAL = re.compile(r"queue:([1-9][0-9]{0,17})")


@dataclass(frozen=True)
class KeyValues:
    """The values of a column in rows that were read, each with the organisations of its rows (none: of any)."""

    tenants: Mapping[object, frozenset[str]]

    def __len__(self) -> int:
        return len(self.tenants)


class Known:
    """What the conditions say in this execution: the values each column can have, and its bounds.

    `keys` gives the values of `Keys`, None for those that are not known yet.
    """

    def __init__(
        self,
        table: Table,
        conditions: Iterable[Condition],
        resolve: Resolve,
        keys: Callable[[Keys, Column], KeyValues | None] = lambda keys, column: None,
    ) -> None:
        self.table = table
        self.sets: dict[str, list[object]] = {}
        self.bounds: dict[tuple[str, str], object] = {}
        self.tenants: dict[str, Mapping[object, frozenset[str]]] = {}
        self.said: dict[str, list[Condition]] = {}  # the conditions that `sets` took in whole
        self.impossible = False
        for condition in conditions:
            column = table[condition.column]
            if isinstance(condition.values[0], Keys):
                self.note_keys(column, keys(condition.values[0], column))
            else:
                self.note(condition, column, resolve)

    def note(self, condition: Condition, column: Column, resolve: Resolve) -> None:
        values = [resolve(value) for value in condition.values]
        if condition.operator == "in_list" and values[0] is not None:
            if not isinstance(values[0], list):
                return  # no list that we can read: the engine makes of it what it can
            values = values[0]
        values = [value for value in values if value is not None]  # NULL equals nothing
        if not values:
            self.impossible = True
        elif condition.operator == "in" or condition.operator == "in_list":
            if self.narrow(column, values, condition.direct):
                self.said.setdefault(column.name, []).append(condition)
        else:
            self.bounds[column.name, condition.operator] = values[0]

    def note_keys(self, column: Column, values: KeyValues | None) -> None:
        if values is None:
            return
        if not values.tenants:
            self.impossible = True
            return
        usable = {comparable(column, each, self.table, False): tenants for each, tenants in values.tenants.items()}
        if column.type is UUID or column.type is PAIR:
            usable.pop(None, None)  # no id of Xero's equals what is no id
        if not usable:
            self.impossible = True
        elif self.narrow(column, list(usable), False):
            before = self.tenants.get(column.name, {})
            self.tenants[column.name] = {each: both(tenants, before.get(each)) for each, tenants in usable.items()}

    def narrow(self, column: Column, values: list[object], direct: bool) -> bool:
        usable = list(dict.fromkeys(comparable(column, value, self.table, direct) for value in values))
        if None in usable or column.name not in self.table.pushable:
            return False  # of another type, or of no use for a request: the engine compares it
        before, allowed = self.sets.get(column.name), set(usable)
        self.sets[column.name] = usable if before is None else [value for value in before if value in allowed]
        self.impossible = self.impossible or not self.sets[column.name]
        return True

    def inferred(self, column: str) -> list[object]:
        """The values of a column that no condition gives itself, but that follow from conditions on others."""
        direct = any(each.direct for each in self.said.get(column, ()))
        return [] if direct else self.sets.get(column, [])

    def keep(self, column: str, values: Container[object]) -> None:
        """Narrow the values of a column to those in `values`."""
        self.sets[column] = [each for each in self.sets[column] if each in values]
        self.impossible = self.impossible or not self.sets[column]

    def one(self, column: str, tenant: str | None = None) -> list[object] | None:
        """The values of a column; only those that can stand in rows of `tenant`, if given."""
        values, tenants = self.sets.get(column), self.tenants.get(column, {})
        if values is None or tenant is None or not tenants:
            return values
        return [each for each in values if not tenants.get(each) or tenant in tenants[each]]


def both(one: frozenset[str], other: frozenset[str] | None) -> frozenset[str]:
    """The organisations that two sets of keys allow together; an empty set allows any."""
    if not one or not other:
        return one or other or frozenset()
    return one & other or frozenset(("",))


def day_of(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).date() if value.tzinfo else value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value.strip()) if len(value.strip()) == len("2026-03-31") else None
        except ValueError:
            return None
    return None


def comparable(column: Column, value: object, table: Table, direct: bool) -> object:
    """The value as it can be sent, None if only the engine can compare it; DataError for a broken id.

    Two values of a column are equal here just when SQL calls them equal, so conditions can be intersected.
    """
    if isinstance(value, uuid.UUID):
        value = str(value)
    if column.type is UUID or column.type is PAIR:
        if isinstance(value, str) and well_formed(value, 2 if column.type is PAIR else 1):
            return value.lower()
        if direct and is_provisional(str(value).rpartition("/")[2]):
            raise DataError(
                f"{value} is a row that the queue has yet to create, or that has another Id by now: XeroTasks has it "
                "as ResultId once the task is completed",
                sqlstate="22P02",
            )
        if direct:
            raise DataError(
                f"{value!r} is no {column.name} of {table.name}, which takes {column.type.takes}", sqlstate="22P02"
            )
        return None
    if column.type is DATE:
        return day_of(value)
    if column.type is INT:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return value if column.type is TEXT and isinstance(value, str) else None


def is_provisional(value: object) -> bool:
    """Whether a value stands for a row of the write queue that Xero has given no id yet."""
    return isinstance(value, str) and PROVISIONAL.fullmatch(value) is not None


def well_formed(value: str, parts: int) -> bool:
    """Whether `value` is that many UUIDs, joined by slashes, in the form Xero writes them."""
    pieces = value.split("/")
    return len(pieces) == parts and all(is_uuid(piece) for piece in pieces)


def is_uuid(piece: str) -> bool:
    try:
        return str(uuid.UUID(piece)) == piece.lower()
    except ValueError:
        return False
