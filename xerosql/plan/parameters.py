"""The parameters of a statement: `?`, `:name` and `$1` all become numbered ones."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlglot import exp

from xerosql.errors import DataError, ProgrammingError
from xerosql.plan.dialect import MARK

#: Of a whole number; Python refuses to write out, and so to compare with a column, much longer ones.
MOST_BITS = 3_322
#: PostgreSQL's limit. `$n` needs n values, so without one a short text would claim all the memory.
MOST_PARAMETERS = 65_535


def number_parameters(nodes: Iterable[exp.Expr]) -> tuple[str | int, ...]:
    """Number every parameter among a statement's nodes; the result holds, in that order, each one's name.

    A `?` has its position for a name. The nodes are replaced by others.
    """
    keys: list[str | int] = []
    numbers: list[exp.Parameter] = []
    written = [node for node in nodes if isinstance(node, exp.Placeholder | exp.Parameter)]
    for node in sorted(written, key=place):
        refuse_as_name(node)
        key = key_of(node, keys)
        if key not in keys:
            keys.append(key)
        numbers.append(exp.Parameter(this=exp.Literal.number(keys.index(key) + 1)))
        node.replace(numbers[-1])
    refuse_mixture(keys)
    return numbered(numbers, keys)


def refuse_as_name(node: exp.Expr) -> None:
    """ProgrammingError for a parameter that sqlglot reads as an alias, in `SELECT Name ?`, `DATE ?`, `FROM Users ?`."""
    if node.arg_key == "alias" or isinstance(node.parent, exp.TableAlias):
        raise ProgrammingError(
            "a parameter is a value and cannot be a name; to give a value a type, write CAST(? AS DATE)",
            sqlstate="42601",
        )


def place(node: exp.Expr) -> int:
    """Which `?` of the statement a parameter is, 0 for one that has a name or number."""
    return int(node.name.removeprefix(MARK)) if node.name.startswith(MARK) else 0


def key_of(node: exp.Expr, keys: list[str | int]) -> str | int:
    name = node.name
    if name.startswith(MARK):
        return len(keys) + 1  # a bare ? is the next position
    if isinstance(node, exp.Placeholder):
        return name
    if not name.isdecimal() or len(name) > len(str(MOST_PARAMETERS)) or not 0 < int(name) <= MOST_PARAMETERS:
        raise ProgrammingError(f'"${name}" is no parameter; write ?, :name or $1', sqlstate="42P02")
    return int(name)


def refuse_mixture(keys: list[str | int]) -> None:
    if len({type(key) for key in keys}) > 1:
        raise ProgrammingError("use either ? or :name for the parameters of a statement, not both", sqlstate="42P02")


def numbered(parameters: Iterable[exp.Parameter], keys: list[str | int]) -> tuple[str | int, ...]:
    """`$2 … $1` keep the numbers they were written with."""
    if not keys or isinstance(keys[0], str):
        return tuple(keys)
    order = {index + 1: int(key) for index, key in enumerate(keys)}
    if any(number != key for number, key in order.items()):
        for node in parameters:
            node.set("this", exp.Literal.number(order[int(node.name)]))
    return tuple(range(1, max(order.values()) + 1))


def renumber(nodes: Iterable[exp.Expr]) -> tuple[int, ...]:
    """Number the parameters among a query's nodes from 1; the result has each one's index in the statement."""
    uses: list[int] = []
    for node in nodes:
        if not isinstance(node, exp.Parameter):
            continue
        index = int(node.name) - 1
        if index not in uses:
            uses.append(index)
        node.set("this", exp.Literal.number(uses.index(index) + 1))
    return tuple(uses)


def values_for(keys: tuple[str | int, ...], given: object) -> list[object]:
    """The values a statement is executed with, in the order of its parameters; ProgrammingError if they do not fit."""
    if given is None:
        given = ()
    if keys and isinstance(keys[0], str):
        return named_values([str(key) for key in keys], given)
    if isinstance(given, Mapping):
        raise ProgrammingError("the statement's parameters are ?, so they take a sequence of values", sqlstate="42P02")
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ProgrammingError(
            f"parameters are a sequence such as [value], not {type(given).__name__}", sqlstate="42P02"
        )
    values = list(given)
    if len(values) != len(keys):
        raise ProgrammingError(
            f"the statement has {len(keys)} parameter{'s' * (len(keys) != 1)} and was given {len(values)}",
            sqlstate="42P02",
        )
    return [plain(value) for value in values]


def named_values(keys: list[str], given: object) -> list[object]:
    if not isinstance(given, Mapping):
        names = ", ".join(f":{key}" for key in keys)
        raise ProgrammingError(f"the statement's parameters are {names}, so they take a mapping", sqlstate="42P02")
    missing = [key for key in keys if key not in given]
    if missing:
        raise ProgrammingError(f"no value is given for :{missing[0]}", sqlstate="42P02")
    return [plain(given[key]) for key in keys]


#: What a parameter can be; each has a SQL type of its own.
VALUES = (str, bytes, bytearray, bool, int, float, Decimal, dt.date, dt.time, dt.timedelta)


def plain(value: object) -> object:
    """A parameter as the engine takes it: UUIDs as the text Xero writes, NumPy's numbers as Python's."""
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise DataError("a parameter is a whole number of more than 1,000 digits", sqlstate="22003")
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if value is None or isinstance(value, VALUES):
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return value.item()
    raise ProgrammingError(f"a parameter cannot be of type {type(value).__name__}", sqlstate="42P02")
