"""What a query is being made of: columns, sources, and what has been used so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .pools import IDS, TYPES


def like(one: str, other: str) -> bool:
    """Whether the kinds are of one type; ids are apart, since what is no UUID may not be compared with them."""
    apart = IDS | {"tenant"}
    return TYPES[one] == TYPES[other] and one not in apart and other not in apart


@dataclass(frozen=True)
class Column:
    """A column that an expression can use: as it is written, what kind of thing it holds, whether NULL is among it."""

    sql: str
    kind: str
    nulls: bool = False

    @property
    def bare(self) -> str:
        return self.sql.rpartition(".")[2]


@dataclass
class Source:
    """One item of a FROM: how it is written, its columns, about how many rows it has, its key if it is a table."""

    sql: str
    alias: str
    columns: list[Column]
    rows: int
    key: str = ""
    number: int = -1  # of the table reference
    table: str = ""
    barred: bool = False  # whether a filter from outside may not simply pass into it
    outer: bool = False  # whether an outer join can fill it with NULLs

    def become_outer(self) -> None:
        self.outer = True
        self.columns = [replace(column, nulls=True) for column in self.columns]


@dataclass
class Joined:
    """A FROM clause while it grows."""

    text: str
    sources: list[Source]
    rows: int
    merged: dict[str, Column] = field(default_factory=dict)  # columns that USING made one, by their bare name
    used: str = ""  # the kind of the first join by USING
    nested: bool = False  # whether a join in parentheses is in it
    tied: set[int] = field(default_factory=set)  # table references that share the TenantId of the first
    matches: list[str] = field(default_factory=list)  # what a comma leaves for WHERE to say

    @property
    def columns(self) -> list[Column]:
        return [*(column for source in self.sources for column in source.columns), *self.merged.values()]


@dataclass
class Shape:
    """What may stand in a query, by where the query stands."""

    depth: int = 0
    kinds: tuple[str, ...] = ()  # the result's columns, where they are prescribed
    rounded: bool = False  # whether AVG and `/` may be used, which plain DuckDB rounds
    rows: int = 0  # about how many come out
    joins: int | None = None  # how many, where it is prescribed
    filtered: bool = False  # whether some condition must stand in it


@dataclass
class State:
    """What has been used so far in the query that is being made."""

    aliases: int = 0
    tables: int = 0
    parameters: list[Any] = field(default_factory=list)
    abroad: set[int] = field(default_factory=set)  # table references that read other organisations
    ctes: list[tuple[str, list[Column], int]] = field(default_factory=list)
    near: dict[str, list[Any]] = field(default_factory=dict)  # values of the one project that conditions prefer
    ordered: bool = False
