"""Random subqueries: as conditions (IN, EXISTS, ANY, ALL, comparisons) and as values, correlated and not."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass

from .conditions import Conditions
from .pools import JOINED, LINKS, TABLES, TYPES, WEIGHTS
from .shapes import Column, Shape

HOLDING = {
    "inside": 7,
    "outside": 5,
    "exists": 5,
    "missing": 5,
    "any_row": 2,
    "every_row": 2,
    "extreme": 2,
    "counted": 3,
    "pairs": 1,
}


@dataclass(frozen=True)
class Inner:
    """A subquery's FROM and WHERE, the columns it can return, and whether it mentions the outer query."""

    text: str
    columns: list[Column]
    correlated: bool

    def like(self, column: Column) -> list[Column]:
        return [each for each in self.columns if each.kind == column.kind]


class Subqueries(Conditions, ABC):
    """Makes subqueries over tables, joins, derived tables and common tables."""

    def holding(self, columns: Sequence[Column], depth: int) -> str:
        text = self.subcondition(columns, depth)
        match self.weighted({"bare": 16, "or": 3, "not": 1.5, "true": 0.5, "case": 1}):
            case "or":
                return f"({text} OR {self.atom(columns)})"
            case "not":
                return f"NOT ({text})"
            case "true":
                return f"({text}) IS {self.pick(['TRUE', 'NOT TRUE', 'NOT NULL', 'NULL'])}"
            case "case":
                return f"CASE WHEN {text} THEN {self.pick(['1', '0'])} ELSE 1 END = 1"
        return text

    def subcondition(self, columns: Sequence[Column], depth: int) -> str:
        """One predicate over a subquery, as SELECT lists take it too."""
        made: str = getattr(self, self.weighted(HOLDING))(columns, depth)
        return made

    # -- What is inside ------------------------------------------------------------------------------------------------

    def linked(self, columns: Sequence[Column]) -> Column | None:
        """A column by which keys pass, if there is one."""
        found = [column for column in columns if column.kind in LINKS]
        return self.weighted({column: LINKS[column.kind] for column in found}) if found else None

    def inner(self, outer: Sequence[Column], depth: int, *, correlated: float, kind: str = "") -> Inner:
        """A FROM with its WHERE; `kind` is what some column should be."""
        if self.maybe(0.3) and depth < 2:
            joined = self.from_(Shape(depth=2, joins=self.pick([0, 1, 1])))
            text, columns, parts = joined.text, joined.columns, list(joined.matches)
        else:
            fitting = {name: WEIGHTS[name] for name, kinds in TABLES.items() if kind in kinds.values()}
            source = self.table(self.weighted(fitting or WEIGHTS))
            text, columns, parts = source.sql, source.columns, []
        if self.maybe(0.6):
            parts.append(self.atom(columns))
        if depth < 1 and self.maybe(0.12):
            parts.append(self.subcondition(columns, depth + 1))
        matches = self.matches(columns, outer)
        if matches and self.maybe(correlated):
            parts.append(self.weighted(matches))
            return Inner(f"FROM {text} WHERE {' AND '.join(parts)}", columns, correlated=True)
        return Inner(f"FROM {text}" + (f" WHERE {' AND '.join(parts)}" if parts else ""), columns, correlated=False)

    def matches(self, own: Sequence[Column], outer: Sequence[Column]) -> dict[str, float]:
        """The equalities that can tie an inner row to an outer one. A bare name would mean the inner column."""
        return {
            f"{one.sql} = {other.sql}" if number % 2 else f"{other.sql} = {one.sql}": LINKS[one.kind]
            for number, (one, other) in enumerate((one, other) for one in own for other in outer)
            if one.kind == other.kind and one.kind in LINKS and "." in one.sql and "." in other.sql
        }

    def column_of(self, columns: Sequence[Column], depth: int) -> tuple[str, str]:
        """An outer column, and a subquery with one column to compare it with, NULL among its values now and then."""
        nulls = [column for column in columns if column.nulls]
        outer = self.linked(nulls if nulls and self.maybe(0.4) else columns) if self.maybe(0.85) else None
        outer = outer or self.likely(columns)
        inner = self.inner(columns, depth, correlated=0.2, kind=outer.kind)
        alike = inner.like(outer) or [each for each in inner.columns if TYPES[each.kind] == TYPES[outer.kind]]
        if not alike:
            return outer.sql, f"SELECT {self.value(outer.kind)} {inner.text}"
        holed = [each for each in alike if each.nulls]
        column = self.pick(holed if holed and self.maybe(0.7) else alike)
        return outer.sql, self.selected(column, inner, columns, depth)

    def selected(self, column: Column, inner: Inner, outer: Sequence[Column], depth: int) -> str:
        item = column.sql
        if self.maybe(0.15):
            item = f"CASE WHEN {self.atom(inner.columns)} THEN {item} END"
        plain = f"SELECT {item} AS c1 {inner.text}"
        kinds = {"plain": 11, "distinct": 1, "null": 2, "set": 2}
        kinds |= {} if inner.correlated else {"limit": 2, "group": 2}
        match self.weighted(kinds):
            case "distinct":
                return plain.replace("SELECT", "SELECT DISTINCT", 1)
            case "null":
                return f"{plain} UNION ALL SELECT NULL"
            case "set":
                other = self.inner(outer, depth + 2, correlated=0, kind=column.kind)
                column = self.pick(other.like(column) or [column])
                if column in other.columns:
                    operator = self.pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
                    return f"{plain} {operator} SELECT {column.sql} {other.text}"
            case "limit":
                return f"{plain} ORDER BY 1{self.pick(['', ' DESC'])} LIMIT {self.pick([1, 3, 5, 20])}"
            case "group":
                return f"{plain} GROUP BY 1 HAVING count(*) {self.pick(['> 1', '> 2', '= 1', '>= 1'])}"
        return plain

    # -- Conditions ----------------------------------------------------------------------------------------------------

    def inside(self, columns: Sequence[Column], depth: int) -> str:
        outer, subquery = self.column_of(columns, depth)
        return f"{outer} IN ({subquery})"

    def outside(self, columns: Sequence[Column], depth: int) -> str:
        outer, subquery = self.column_of(columns, depth)
        return f"{outer} NOT IN ({subquery})"

    def any_row(self, columns: Sequence[Column], depth: int) -> str:
        outer, subquery = self.column_of(columns, depth)
        return f"{outer} {self.pick(['=', '=', '=', '<>', '>'])} ANY ({subquery})"

    def every_row(self, columns: Sequence[Column], depth: int) -> str:
        outer, subquery = self.column_of(columns, depth)
        return f"{outer} {self.pick(['<>', '<>', '>=', '='])} ALL ({subquery})"

    def exists(self, columns: Sequence[Column], depth: int) -> str:
        outer = self.linked(columns)
        inner = self.inner(columns, depth, correlated=0.95, kind=outer.kind if outer else "")
        return f"EXISTS (SELECT {self.pick(['1', '*', inner.columns[0].sql])} {inner.text})"

    def missing(self, columns: Sequence[Column], depth: int) -> str:
        return f"NOT {self.exists(columns, depth)}"

    def pairs(self, columns: Sequence[Column], depth: int) -> str:
        """Two columns at once in IN."""
        inner = self.inner(columns, depth, correlated=0)
        common = [
            (one, other) for one in columns for other in inner.columns if one.kind == other.kind and one.kind in JOINED
        ]
        if len(common) < 2:
            return self.exists(columns, depth)
        chosen = self.chance.sample(common, 2)
        left, right = (", ".join(pair[side].sql for pair in chosen) for side in (0, 1))
        return f"({left}) {self.pick(['', 'NOT '])}IN (SELECT {right} {inner.text})"

    def extreme(self, columns: Sequence[Column], depth: int) -> str:
        outer = self.linked(columns) if self.maybe(0.5) else self.likely(columns)
        outer = outer or self.likely(columns)
        inner = self.inner(columns, depth, correlated=0.6, kind=outer.kind)
        alike = inner.like(outer) or [each for each in inner.columns if TYPES[each.kind] == TYPES[outer.kind]]
        column = self.pick(alike).sql if alike else self.value(outer.kind)
        extreme = f"{self.pick(['min', 'max'])}({column})"
        return f"{outer.sql} {self.pick(['=', '=', '>=', '<=', '<>'])} (SELECT {extreme} {inner.text})"

    def counted(self, columns: Sequence[Column], depth: int) -> str:
        sql, _ = self.count_of(columns, depth)
        return f"{sql} {self.pick(['= 0', '> 0', '> 2', '<= 3', '>= 1', '<> 4'])}"

    # -- Values --------------------------------------------------------------------------------------------------------

    def count_of(self, columns: Sequence[Column], depth: int) -> tuple[str, str]:
        outer = self.linked(columns)
        inner = self.inner(columns, depth, correlated=0.8, kind=outer.kind if outer else "")
        return f"(SELECT count(*) {inner.text})", "minutes"

    def scalar(self, columns: Sequence[Column], depth: int) -> tuple[str, str]:
        """A subquery as a value, and its kind."""
        if self.maybe(0.45):
            return self.count_of(columns, depth)
        outer = self.linked(columns)
        inner = self.inner(columns, depth, correlated=0.85, kind=outer.kind if outer else "")
        column = self.pick(inner.columns)
        if self.maybe(0.6):
            return f"(SELECT {self.pick(['min', 'max'])}({column.sql}) {inner.text})", column.kind
        order = f"ORDER BY {column.sql}{self.pick(['', ' DESC'])} LIMIT 1"
        return f"(SELECT {column.sql} {inner.text} {order})", column.kind
