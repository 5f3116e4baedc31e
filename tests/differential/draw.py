"""Chances, names and marks: what every layer of the generator draws from.

The text of a query holds three sorts of marks, which `Generator.finished` takes out: `⟦n⟧` for the n-th parameter,
`⟪n⟫` for one that plain DuckDB gets as a literal, and `⟨n⟩` before the n-th table reference, where the plain query may
have to read the rows of every organisation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from .pools import KEYS, NULLABLE, SIZES, TABLES, Pool
from .shapes import Column, Joined, Shape, Source, State

T = TypeVar("T")


class Draw(ABC):
    """Draws from a seed; what is drawn so far is in `state`."""

    def __init__(self, seed: int, pool: Pool, tenants: Sequence[str]) -> None:
        self.chance = Random(f"queries {seed}")
        self.pool = pool
        self.tenants = tenants
        self.state = State()

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        return self.chance.choice(choices)

    def weighted(self, weights: Mapping[T, float]) -> T:
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def alias(self) -> str:
        self.state.aliases += 1
        return f"a{self.state.aliases}"

    def named(self, count: int) -> list[str]:
        return [f"c{number}" for number in range(1, count + 1)]

    def parameter(self, value: Any, marks: str = "⟦{}⟧") -> str:
        self.state.parameters.append(value)
        return marks.format(len(self.state.parameters) - 1)

    def table(self, table: str) -> Source:
        alias, number = self.alias(), self.state.tables
        self.state.tables += 1
        columns = [Column(f"{alias}.{name}", kind, name in NULLABLE) for name, kind in TABLES[table].items()]
        sql, key = f"⟨{number}⟩{table} AS {alias}", f"{alias}.{KEYS[table]}"
        return Source(sql, alias, columns, SIZES[table], key, number, table)

    @abstractmethod
    def from_(self, shape: Shape) -> Joined:
        """A FROM clause."""

    @abstractmethod
    def body(self, depth: int) -> tuple[str, tuple[str, ...], int]:
        """A query for others to read, what its columns are, and about how many rows it has."""
