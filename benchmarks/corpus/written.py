"""One join of several tables in every order in which it can be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from .model import DEMO, Calls, Entry

TABLES = {"p": "Projects", "t": "Tasks", "e": "Time", "u": "Users"}


def orders(
    family: str,
    select: str,
    on: Mapping[str, str],
    where: str,
    fewest: Calls,
    why: str,
    *,
    worlds: tuple[str, ...] = (DEMO,),
) -> Iterator[Entry]:
    """An entry for each order of the tables. `on` has the equality between two aliases, named as "pt"."""
    aliases = sorted({alias for pair in on for alias in pair}, key="pteu".index)
    for order in permutations(aliases):
        sql = f"SELECT {select} FROM {joined(order, on)} WHERE {where}"
        named = ", ".join(TABLES[alias] for alias in order)
        yield Entry(f"{family}: {named}", sql, fewest, why, worlds=worlds, family=family)


def joined(order: tuple[str, ...], on: Mapping[str, str]) -> str:
    """The tables in this order, each joined by all the equalities with those before it."""
    text = f"{TABLES[order[0]]} {order[0]}"
    for place, alias in enumerate(order[1:], start=1):
        said = [condition for pair, condition in on.items() if alias in pair and set(pair) <= set(order[: place + 1])]
        table = f"{TABLES[alias]} {alias}"
        text += f" JOIN {table} ON {' AND '.join(said)}" if said else f" CROSS JOIN {table}"
    return text
