"""Random conditions: atoms by what a column means, and trees of AND, OR and NOT over them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from .draw import Draw
from .pools import IDS, ORDERED, PUSHED, TYPES, literal
from .shapes import Column, like

ATOMS = {
    "wide": 8,
    "equal": 4,
    "listed": 4,
    "either": 2,
    "null": 3,
    "unequal": 2,
    "unlisted": 2,
    "any_of": 1,
    "compared": 1,
    "distinct": 1,
    "coalesced": 1,
    "ranged": 1,
    "between": 1,
}
ORDERED_ATOMS = ATOMS | {"ranged": 6, "between": 3}
TEXT_ATOMS = ATOMS | {"matching": 3}


class Conditions(Draw, ABC):
    """Makes conditions. None is on TenantId, which says whom to ask and filters nothing."""

    @abstractmethod
    def holding(self, columns: Sequence[Column], depth: int) -> str:
        """A condition with a subquery in it."""

    # -- Values --------------------------------------------------------------------------------------------------------

    def value(self, kind: str, *, plain: bool = False) -> str:
        """A value of that kind, as a literal or, unless `plain`, a parameter, a cast, or an expression."""
        value = self.pick(self.values(kind))
        if plain or self.maybe(0.7):
            return literal(value)
        if self.maybe(0.5):
            return self.parameter(None if self.maybe(0.03) else value)
        return self.roundabout(kind, value)

    def values(self, kind: str) -> list[Any]:
        return self.state.near[kind] if kind in self.state.near and self.maybe(0.7) else self.pool.values[kind]

    def some(self, kind: str, count: int) -> str:
        values = [self.value(kind) if self.maybe(0.98) else "NULL" for _ in range(count)]
        return ", ".join(dict.fromkeys(values))

    def roundabout(self, kind: str, value: Any) -> str:
        """The value by way of an expression without columns."""
        match TYPES[kind]:
            case "date":
                days = self.chance.randint(0, 400)
                forms = [f"'{value}'", f"CAST('{value}' AS DATE)", f"CURRENT_DATE - {days}"]
                forms += [f"DATE '{value}' + {days % 9}", f"TIMESTAMP '{value} 10:30:00'"]
                return self.pick([*forms, f"CAST(CURRENT_DATE - INTERVAL '{days} days' AS DATE)"])
            case "whole":
                return f"({value} + 0)"
            case "decimal":
                return f"CAST({value} AS DECIMAL(18,4))"
            case "text" if kind in IDS:
                return self.pick([f"CAST({literal(value)} AS TEXT)", literal(value), f"lower({literal(value)})"])
            case "text":
                return f"upper({literal(value)})"
        return literal(value)

    # -- Columns -------------------------------------------------------------------------------------------------------

    def likely(self, columns: Sequence[Column]) -> Column:
        """A column, most often one that the API can filter by; of TenantId, which filters nothing, only its text."""
        usable = [column for column in columns if column.kind != "tenant"]
        usable = usable or [Column(f"lower({columns[0].sql})", "words")]
        pushed = [column for column in usable if column.kind in PUSHED]
        return self.pick(pushed if pushed and self.maybe(0.65) else usable)

    # -- Trees ---------------------------------------------------------------------------------------------------------

    def tree(self, columns: Sequence[Column], depth: int, height: int = 0) -> str:
        if height >= 2 or self.maybe(0.55):
            return self.holding(columns, depth) if depth < 2 and self.maybe(0.25) else self.atom(columns)
        parts = [self.tree(columns, depth, height + 1) for _ in range(2)]
        match self.weighted({"and": 3, "or": 6, "not": 2}):
            case "and":
                return f"({' AND '.join(parts)})"
            case "or":
                return f"({' OR '.join(parts)})"
        return f"NOT ({' AND '.join(parts)})"

    def binding(self, columns: Sequence[Column]) -> str:
        """A condition by which the API can be asked for less."""
        return self.wide(self.likely(columns), columns) if self.maybe(0.2) else self.firm(columns)

    def firm(self, columns: Sequence[Column]) -> str:
        """A condition that gives the values of a column, of an id most often."""
        days = [column for column in columns if column.kind == "day"]
        if days and self.maybe(0.25):
            day, one, other = self.pick(days).sql, self.value("day"), self.value("day")
            return self.pick(
                [f"{day} >= {one}", f"{day} <= {one}", f"{day} BETWEEN {one} AND {other}", f"{day} = {one}"]
            )
        ids = [column for column in columns if column.kind in ("project", "task_pair", "entry_pair", "contact")]
        pushed = [column for column in columns if column.kind in PUSHED]
        column = self.pick((ids if self.maybe(0.6) else pushed) or pushed or [self.likely(columns)])
        return self.pick([self.equal, self.listed, self.listed, self.either])(column, columns)

    def contradiction(self, columns: Sequence[Column]) -> str:
        column = self.likely(columns)
        one, other = self.chance.sample(self.pool.values[column.kind], 2)
        both = f"{column.sql} = {literal(one)} AND {column.sql} = {literal(other)}"
        return self.pick([both, both, "1 = 0", f"{column.sql} = NULL", f"{column.sql} IN (NULL)"])

    # -- Atoms ---------------------------------------------------------------------------------------------------------

    def atom(self, columns: Sequence[Column]) -> str:
        column = self.likely(columns)
        text = TYPES[column.kind] == "text" and column.kind not in IDS
        forms = ORDERED_ATOMS if TYPES[column.kind] in ORDERED else TEXT_ATOMS if text else ATOMS
        atom: str = getattr(self, self.weighted(forms))(column, columns)
        return atom

    def wide(self, column: Column, columns: Sequence[Column]) -> str:
        """A condition that many rows pass and some do not."""
        values = self.pool.values[column.kind]
        if TYPES[column.kind] in ORDERED:
            fifth = len(values) // 5
            low, high = literal(self.pick(values[: fifth + 1])), literal(self.pick(values[-fifth - 1 :]))
            return self.pick([f"{column.sql} >= {low}", f"{column.sql} <= {high}", f"{low} < {column.sql}"])
        chosen = self.chance.sample(values, max(1, len(values) * 3 // 5))
        if len(chosen) > 18 or self.maybe(0.2):
            return f"{column.sql} NOT IN ({self.some(column.kind, 2)})"
        return f"{column.sql} IN ({', '.join(map(literal, chosen))})"

    def equal(self, column: Column, columns: Sequence[Column]) -> str:
        value = self.value(column.kind)
        return f"{column.sql} = {value}" if self.maybe(0.8) else f"{value} = {column.sql}"

    def listed(self, column: Column, columns: Sequence[Column]) -> str:
        return f"{column.sql} IN ({self.some(column.kind, self.pick([1, 2, 3, 4, 6]))})"

    def unlisted(self, column: Column, columns: Sequence[Column]) -> str:
        return f"{column.sql} NOT IN ({self.some(column.kind, self.pick([1, 2, 3]))})"

    def either(self, column: Column, columns: Sequence[Column]) -> str:
        values = [self.value(column.kind) for _ in range(self.pick([2, 3]))]
        return "(" + " OR ".join(f"{column.sql} = {value}" for value in values) + ")"

    def null(self, column: Column, columns: Sequence[Column]) -> str:
        column = self.pick([each for each in columns if each.nulls and each.kind != "tenant"] or [column])
        return f"{column.sql} IS {self.pick(['NULL', 'NULL', 'NOT NULL'] if column.nulls else ['NOT NULL'])}"

    def unequal(self, column: Column, columns: Sequence[Column]) -> str:
        value = self.value(column.kind)
        return self.pick([f"{column.sql} <> {value}", f"NOT {column.sql} = {value}"])

    def any_of(self, column: Column, columns: Sequence[Column]) -> str:
        values = [self.pick(self.values(column.kind)) for _ in range(3)]
        if self.maybe(0.4):
            return f"{column.sql} = ANY({self.parameter(values)})"
        return f"{column.sql} = ANY(ARRAY[{', '.join(map(literal, values))}])"

    def compared(self, column: Column, columns: Sequence[Column]) -> str:
        """A comparison with another column of its type."""
        usable = [each for each in columns if each.kind != "tenant" and each != column]
        close = [each for each in usable if each.kind == column.kind]
        alike = [each for each in usable if like(each.kind, column.kind)]
        if not close and not alike:
            return self.wide(column, columns)
        other = self.pick(close or alike)
        return f"{column.sql} {self.pick(['=', '=', '<>', '<='])} {other.sql}"

    def distinct(self, column: Column, columns: Sequence[Column]) -> str:
        return f"{column.sql} IS {self.pick(['', 'NOT '])}DISTINCT FROM {self.value(column.kind)}"

    def coalesced(self, column: Column, columns: Sequence[Column]) -> str:
        """A comparison that a NULL passes too."""
        column = self.pick([each for each in columns if each.nulls and each.kind != "tenant"] or [column])
        value = self.value(column.kind, plain=True)
        forms = [f"coalesce({column.sql}, {value}) = {value}", f"({column.sql} IS NULL OR {column.sql} = {value})"]
        return self.pick([*forms, f"({column.sql} = {value}) IS NOT TRUE"])

    def between(self, column: Column, columns: Sequence[Column]) -> str:
        low, high = self.value(column.kind), self.value(column.kind)
        return f"{column.sql} {self.pick(['', '', 'NOT '])}BETWEEN {low} AND {high}"

    def matching(self, column: Column, columns: Sequence[Column]) -> str:
        return f"{column.sql} {self.pick(['', 'NOT '])}LIKE {self.pick(['%A%', 'T%', '%e', '%', '%e%'])!r}"

    def ranged(self, column: Column, columns: Sequence[Column]) -> str:
        operator, value = self.pick([">", ">=", "<", "<="]), self.value(column.kind)
        return f"{column.sql} {operator} {value}" if self.maybe(0.8) else f"{value} {operator} {column.sql}"
