"""Random conditions: atoms by what a column means, and trees of AND, OR and NOT over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .pools import IDS, PUSHED, TYPES, literal

if TYPE_CHECKING:
    from .shapes import Column
    from .sources import Sources


class Conditions:
    """Makes conditions with a generator's chances and state."""

    def __init__(self, generator: Sources) -> None:
        self.generator = generator

    @property
    def chance(self) -> Any:
        return self.generator.chance

    def maybe(self, share: float) -> bool:
        return self.generator.maybe(share)

    # -- Values --------------------------------------------------------------------------------------------------------

    def value(self, kind: str, *, plain: bool = False) -> str:
        """A value of that kind, as a literal or, unless `plain`, a parameter, a cast, or an expression."""
        pool = self.generator.pool
        value = self.chance.choice(pool.near[kind] if kind in pool.near and self.maybe(0.7) else pool.values[kind])
        if plain or self.maybe(0.7):
            return literal(value)
        if self.maybe(0.5):
            self.generator.state.parameters.append(None if self.maybe(0.03) else value)
            return f"⟦{len(self.generator.state.parameters) - 1}⟧"
        return self.roundabout(kind, value)

    def roundabout(self, kind: str, value: Any) -> str:
        """The value by way of an expression without columns."""
        match TYPES[kind]:
            case "date":
                days = self.chance.randint(0, 400)
                forms = [
                    f"'{value}'",
                    f"CAST('{value}' AS DATE)",
                    f"CURRENT_DATE - {days}",
                    f"DATE '{value}' + {days % 9}",
                ]
                forms += [f"TIMESTAMP '{value} 10:30:00'", f"CAST(CURRENT_DATE - INTERVAL '{days} days' AS DATE)"]
                return str(self.chance.choice(forms))
            case "whole":
                return f"({value} + 0)"
            case "decimal":
                return f"CAST({value} AS DECIMAL(18,4))"
            case "text" if kind in IDS:
                return str(
                    self.chance.choice([f"CAST({literal(value)} AS TEXT)", literal(value), f"lower({literal(value)})"])
                )
            case "text":
                return f"upper({literal(value)})"
        return literal(value)

    def values(self, kind: str) -> str:
        count = self.chance.choice([1, 2, 2, 3, 4])
        return ", ".join(self.value(kind) if self.maybe(0.97) else "NULL" for _ in range(count))

    # -- Trees ---------------------------------------------------------------------------------------------------------

    def tree(self, columns: Sequence[Column], depth: int, height: int = 0) -> str:
        if height >= 2 or self.maybe(0.66):
            return self.subcondition(columns, depth) if depth < 2 and self.maybe(0.15) else self.atom(columns)
        parts = [self.tree(columns, depth, height + 1) for _ in range(2)]
        match self.generator.weighted({"and": 4, "or": 4, "not": 2}):
            case "and":
                return f"({' AND '.join(parts)})"
            case "or":
                return f"({' OR '.join(parts)})"
        return f"NOT ({' OR '.join(parts)})"

    def binding(self, columns: Sequence[Column]) -> str:
        """A condition by which the API can be asked for less."""
        ids = [column for column in columns if column.kind in ("project", "task_pair", "entry_pair", "contact")]
        pushed = [column for column in columns if column.kind in PUSHED]
        column = self.chance.choice((ids if self.maybe(0.7) else pushed) or pushed or list(columns))
        values = [self.value(column.kind) for _ in range(self.chance.choice([1, 2, 3]))]
        forms = [f"{column.sql} = {values[0]}", f"{column.sql} IN ({', '.join(values)})"]
        forms.append("(" + " OR ".join(f"{value} = {column.sql}" for value in values) + ")")
        return str(self.chance.choice(forms))

    def likely(self, columns: Sequence[Column]) -> Column:
        """A column, most often one that the API can filter by."""
        pushed = [column for column in columns if column.kind in PUSHED]
        chosen: Column = self.chance.choice(pushed if pushed and self.maybe(0.75) else list(columns))
        return chosen

    def simple(self, columns: Sequence[Column]) -> str:
        """A comparison with a value, such as even the ON of a FULL JOIN may hold."""
        column = self.likely(columns)
        return f"{column.sql} {self.chance.choice(['=', '<>', '>=', '<'])} {self.value(column.kind)}"

    def atom(self, columns: Sequence[Column]) -> str:
        column = self.likely(columns)
        sql, kind = column.sql, column.kind
        forms = {"equal": 6, "in": 4, "or": 2, "null": 2, "not": 2, "notin": 1, "any": 1, "column": 1, "distinct": 1}
        forms |= (
            {"range": 1, "between": 1}
            if kind not in ("day", "moment", "minutes", "money")
            else {"range": 7, "between": 3}
        )
        forms |= {"like": 1} if TYPES[kind] == "text" and kind not in IDS else {}
        match self.generator.weighted(forms):
            case "equal":
                return f"{sql} = {self.value(kind)}" if self.maybe(0.8) else f"{self.value(kind)} = {sql}"
            case "in":
                return f"{sql} IN ({self.values(kind)})"
            case "notin":
                return f"{sql} NOT IN ({self.values(kind)})"
            case "or":
                return "(" + " OR ".join(f"{sql} = {self.value(kind)}" for _ in range(self.chance.choice([2, 3]))) + ")"
            case "null":
                return f"{sql} IS {self.chance.choice(['', 'NOT '])}NULL"
            case "not":
                return f"{sql} <> {self.value(kind)}" if self.maybe(0.5) else f"NOT {sql} = {self.value(kind)}"
            case "any":
                return f"{sql} = ANY(ARRAY[{', '.join(self.value(kind, plain=True) for _ in range(2))}])"
            case "column":
                return self.compared(column, columns)
            case "distinct":
                return f"{sql} IS {self.chance.choice(['', 'NOT '])}DISTINCT FROM {self.value(kind)}"
            case "between":
                return f"{sql} {self.chance.choice(['', '', 'NOT '])}BETWEEN {self.value(kind)} AND {self.value(kind)}"
            case "like":
                return f"{sql} {self.chance.choice(['', 'NOT '])}LIKE {self.chance.choice(['%A%', 'T%', '%e', '%'])!r}"
        operator = self.chance.choice([">", ">=", "<", "<="])
        return f"{sql} {operator} {self.value(kind)}" if self.maybe(0.8) else f"{self.value(kind)} {operator} {sql}"

    def compared(self, column: Column, columns: Sequence[Column]) -> str:
        """A comparison with another column of its type."""
        alike = [each for each in columns if TYPES[each.kind] == TYPES[column.kind] and each != column]
        close = [each for each in alike if each.kind == column.kind]
        if not alike:
            return f"{column.sql} = {column.sql}"
        other = self.chance.choice(close if close and self.maybe(0.7) else alike)
        return f"{column.sql} {self.chance.choice(['=', '=', '<>', '<='])} {other.sql}"

    # -- Subqueries ----------------------------------------------------------------------------------------------------

    def subcondition(self, columns: Sequence[Column], depth: int) -> str:
        text, own = self.generator.subquery(list(columns), depth)
        outer = self.likely(columns)
        alike = [each for each in own if each.kind == outer.kind] or [
            each for each in own if TYPES[each.kind] == TYPES[outer.kind]
        ]
        if not alike or self.maybe(0.4):
            return f"{self.chance.choice(['', 'NOT '])}EXISTS (SELECT 1 {text})"
        inner = self.chance.choice(alike)
        if self.maybe(0.25):
            extreme = f"{self.chance.choice(['min', 'max'])}({inner.sql})"
            return f"{outer.sql} {self.chance.choice(['=', '>', '<='])} (SELECT {extreme} {text})"
        return f"{outer.sql} {self.chance.choice(['', '', 'NOT '])}IN (SELECT {inner.sql} {text})"
