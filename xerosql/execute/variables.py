"""The settings of one connection's statements: budgets and guards that SET changes and SHOW shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from xerosql.catalog import near
from xerosql.config import LONGEST_MAX_AGE, Settings
from xerosql.errors import DataError, ProgrammingError
from xerosql.option_types import duration

#: Rows that an UPDATE or DELETE may change unless somebody has said another number.
ROWS_AFFECTED = 100


@dataclass
class Variables:
    """What a connection's statements may cost from now on.

    `max_calls` is of one statement (None: any number), `day_reserve` the share of the day's quota that statements leave
    unused, `max_rows_affected` what an UPDATE or DELETE may change (None: nobody has said, so `ROWS_AFFECTED`),
    `max_age` how many seconds old the data of a SELECT may be that was fetched for other statements.
    """

    max_calls: int | None = None
    day_reserve: float = 0.0
    max_rows_affected: int | None = None
    max_age: float = 0.0
    settings: Settings = field(default_factory=Settings, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings) -> Variables:
        """Those that a connection begins with."""
        return cls(settings.max_calls, settings.day_reserve, settings.max_rows_affected, settings.max_age, settings)

    def set(self, name: str, values: Sequence[object]) -> None:
        """Give a setting the one value; ProgrammingError if there is no such setting, DataError if it does not fit."""
        variable = variable_called(name)
        setattr(self, name, variable.accepted(values))

    def begin_with(self, name: str, value: object) -> None:
        """Give a setting a value, also as the one that RESET goes back to. Raises as `set` does."""
        self.set(name, [value])
        given: dict[str, Any] = {name: getattr(self, name)}
        self.settings = replace(self.settings, **given)

    def reset(self, name: str | None) -> None:
        """Give a setting, or all of them if None, the value that the connection began with."""
        for variable in VARIABLES if name is None else [variable_called(name)]:
            setattr(self, variable.name, getattr(self.settings, variable.name))

    def __iter__(self) -> Iterator[tuple[Variable, str | None, str | None]]:
        """Each setting with its value now and its default, as text."""
        for variable in VARIABLES:
            yield variable, shown(getattr(self, variable.name)), shown(getattr(self.settings, variable.name))


@dataclass(frozen=True)
class Variable:
    """One setting: `read` makes its value of what was given (ValueError if it cannot), `takes` finishes "it takes …".

    It has a field of its name in `Variables` and, for the default, in `Settings`. NULL is a value if `nullable`.
    """

    name: str
    unit: str
    takes: str
    description: str
    read: Callable[[object], object]
    nullable: bool = False

    def accepted(self, values: Sequence[object]) -> object:
        """The value to keep; DataError for one that is not of the setting's type or range, or for several."""
        if list(values) == [None] and self.nullable:
            return None
        try:
            (value,) = values
            return self.read(value)
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            given = ", ".join(written(value) for value in values)
        raise DataError(f"{self.name} takes {self.takes}, not {given}", sqlstate="22023")


def variable_called(name: str) -> Variable:
    """The setting of that name; ProgrammingError, with names that look like it, if there is none."""
    known = {variable.name: variable for variable in VARIABLES}
    if name in known:
        return known[name]
    hint = near(name, list(known)) or "; SHOW ALL lists those that there are"
    raise ProgrammingError(f'there is no setting "{name}"{hint}', sqlstate="42704")


def number(value: object) -> Decimal:
    """A number, or its text, as PostgreSQL lets settings be written; what is no number raises."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise TypeError
    found = Decimal(value) if isinstance(value, int) else Decimal(str(value).strip())
    if not math.isfinite(found):
        raise ValueError
    return found


def count(value: object) -> int:
    """A whole number, zero or more, that the engine can show as an INTEGER."""
    found = number(value)
    if not 0 <= found < 2**31 or found != int(found):
        raise ValueError
    return int(found)


def age(value: object) -> float:
    """Seconds, as a number or as text with units; those of a month at most."""
    found = duration(value)
    if found > LONGEST_MAX_AGE:
        raise ValueError
    return found


def share(value: object) -> float:
    found = number(value)
    if not 0 <= found <= 1:
        raise ValueError
    return float(found)


def written(value: object) -> str:
    """A value that was given, as SQL would write it."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, int | Decimal):
        return f"{Decimal(value):.20G}"  # thousands of digits help nobody, and Python refuses to write them out
    return str(value) if isinstance(value, float) else repr(value)


def shown(value: object) -> str | None:
    """A value as `sys.variables` has it."""
    return None if value is None else str(value).removesuffix(".0")


VARIABLES = (
    Variable(
        "max_calls",
        "calls",
        "a whole number of calls from 0, or NULL for no budget",
        "The calls of Xero's API that one statement may make. NULL: any number.",
        count,
        nullable=True,
    ),
    Variable(
        "day_reserve",
        "share of the day's quota",
        "a share of the day's quota from 0 to 1",
        "The share of the day's quota, from 0 to 1, that statements leave unused.",
        share,
    ),
    Variable(
        "max_rows_affected",
        "rows",
        "a whole number of rows from 0, or NULL for the guards there are when nobody has said",
        f"The rows that one UPDATE or DELETE may change. NULL: nobody has said, so {ROWS_AFFECTED}, and one without "
        "WHERE is refused.",
        count,
        nullable=True,
    ),
    Variable(
        "max_age",
        "seconds",
        "a number of seconds, or text such as '15 minutes', up to 30 days",
        "How old the data of a SELECT may be that was fetched for other statements. 0: none of it is used.",
        age,
    ),
)
