"""What a query is being made of: columns, sources, and what has been used so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .pools import IDS, TYPES


def like(one: str, other: str) -> bool:
    """Whether the kinds are of one type; ids are apart, since what is no UUID may not be compared with them."""
    return TYPES[one] == TYPES[other] and one not in IDS and other not in IDS


@dataclass(frozen=True)
class Column:
    """A column that an expression can use: as it is written, and what kind of thing it holds."""

    sql: str
    kind: str


@dataclass
class Source:
    """One item of a FROM: how it is written, its columns, about how many rows it has, its key if it is a table."""

    sql: str
    alias: str
    columns: list[Column]
    rows: int
    key: str = ""
    number: int = -1  # of the table reference
    barred: bool = False  # whether a filter from outside may not simply pass into it


@dataclass
class Shape:
    """What may stand in a query, by where the query stands."""

    depth: int = 0
    kinds: tuple[str, ...] = ()  # the result's columns, where they are prescribed
    rounded: bool = False  # whether AVG and `/` may be used, which plain DuckDB rounds
    rows: int = 0  # about how many come out


@dataclass
class State:
    """What has been used so far in the query that is being made."""

    aliases: int = 0
    tables: int = 0
    parameters: list[Any] = field(default_factory=list)
    abroad: set[int] = field(default_factory=set)  # table references that read other organisations
    ctes: list[tuple[str, list[Column], int]] = field(default_factory=list)
    ordered: bool = False
