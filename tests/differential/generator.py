"""Random queries over Projects, Tasks, Time and Users, made so that much of them could be pushed down, rightly or not.

A query is text with two sorts of marks, which `finished` takes out: `⟦n⟧` for the n-th parameter, and `⟨n⟩` before the
n-th table reference, where the plain query may have to read the rows of every organisation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import truth
from .pools import IDS, PUSHED, TYPES, WEIGHTS
from .shapes import Column, Shape, Source, State, like
from .sources import Sources
from .world import Question


class Generator(Sources):
    """Makes one query after the other from a seed."""

    # -- Whole queries -------------------------------------------------------------------------------------------------

    def question(self) -> Question:
        self.state = State()
        top: dict[str, Callable[[], str]] = {"select": self.top, "set": self.top_set, "with": self.top_with}
        text = top[self.weighted({"select": 7, "set": 1, "with": 2})]()
        return self.finished(text)

    def finished(self, text: str) -> Question:
        used = [int(number) for number in re.findall(r"⟦(\d+)⟧", text)]
        values = [self.state.parameters[number] for number in used]
        style = self.maybe(0.5)
        user = re.sub(r"⟨\d+⟩", "", text)
        plain = re.sub(r"⟨(\d+)⟩", lambda mark: "every." if int(mark[1]) in self.state.abroad else "", text)
        named = {f"p{number}": self.state.parameters[number] for number in used}
        user, plain = (re.sub(r"⟦(\d+)⟧", r":p\1" if style else "?", each) for each in (user, plain))
        given: Any = (named if style else values) or None
        apart = truth.plain(plain) if plain != user else ""
        return Question(user, plain=apart, parameters=given, ordered=self.state.ordered)

    def top(self) -> str:
        shape = Shape(rounded=self.maybe(0.3))
        return self.ended(self.select(shape), shape)

    def top_set(self) -> str:
        text, kinds, _ = self.set_operation(1)
        return self.ended(text, Shape(kinds=kinds))

    def top_with(self) -> str:
        """One or two common tables, each read once or twice."""
        made = []
        for _ in range(self.chance.choice([1, 1, 2])):
            body, kinds, rows = self.body(1)
            name = f"w{len(self.state.ctes) + 1}"
            columns = [Column(column, kind) for column, kind in zip(self.named(len(kinds)), kinds, strict=True)]
            self.state.ctes.append((name, columns, rows))
            made.append(f"{name} AS ({body})")
        shape = Shape()
        return f"WITH {', '.join(made)} {self.ended(self.select(shape), shape)}"

    def ended(self, query: str, shape: Shape) -> str:
        """The query with an order over all its columns, a limit, both, or neither."""
        if shape.rounded:
            return query
        width = len(shape.kinds)
        if self.maybe(0.3) and width:
            nulls = ["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"]
            keys = [f"{number}{self.chance.choice(nulls)}" for number in self.chance.sample(range(1, width + 1), width)]
            query = f"{query} ORDER BY {', '.join(keys)}"
            self.state.ordered = True
        if self.maybe(0.25):
            if query.endswith(")"):  # sqlglot 28 cannot parse LIMIT right behind ROLLUP (…)
                query = f"SELECT * FROM ({query}) AS limited"
            query += f" LIMIT {self.chance.choice([0, 1, 2, 5, 10, 50])}"
            if self.maybe(0.4):
                query += f" OFFSET {self.chance.choice([0, 1, 3, 20])}"
        return query

    def body(self, depth: int) -> tuple[str, tuple[str, ...], int]:
        """A query for others to read, what its columns are, and about how many rows it has."""
        if self.maybe(0.22):
            return self.set_operation(depth)
        shape = Shape(depth)
        text = self.whole_table(shape) if self.maybe(0.3) else self.select(shape)
        return text, shape.kinds, shape.rows

    def whole_table(self, shape: Shape) -> str:
        """A few columns of all rows, the columns that could be pushed first, so that a filter from outside matters."""
        source = self.table(self.weighted(WEIGHTS))
        pushed = [column for column in source.columns if column.kind in PUSHED]
        chosen = self.chance.sample(pushed, min(3, len(pushed)))
        shape.kinds, shape.rows = tuple(column.kind for column in chosen), source.rows
        items = [f"{column.sql} AS {name}" for column, name in zip(chosen, self.named(3), strict=False)]
        return f"SELECT {', '.join(items)} FROM {source.sql}"

    def set_operation(self, depth: int) -> tuple[str, tuple[str, ...], int]:
        operator = self.chance.choice(["UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"])
        one = Shape(depth + 1)
        left = self.whole_table(one) if self.maybe(0.4) else self.select(one)
        other = Shape(depth + 1, one.kinds)
        return f"({left}) {operator} ({self.select(other)})", one.kinds, one.rows + other.rows

    # -- SELECT --------------------------------------------------------------------------------------------------------

    def select(self, shape: Shape) -> str:
        """A SELECT; what its columns are is left in `shape.kinds`."""
        text, sources = self.from_(shape)
        columns = [column for source in sources for column in source.columns]
        where = self.where(sources, columns, shape)
        if not shape.kinds and self.maybe(0.3):
            return self.aggregated(text, where, columns, shape)
        if not shape.kinds and self.maybe(0.06) and sources[0].key:
            return self.newest(text, where, sources, columns, shape)
        items, kinds = self.items(columns, shape)
        if not shape.kinds and self.maybe(0.1) and all(source.key for source in sources):
            items.append(self.window(sources, columns))
            kinds += ("minutes",)
        shape.kinds = kinds
        names = [f"{item} AS {name}" for item, name in zip(items, self.named(len(items)), strict=True)]
        distinct = "DISTINCT " if self.maybe(0.12) and not shape.rounded else ""
        return f"SELECT {distinct}{', '.join(names)} FROM {text}{where}"

    def items(self, columns: list[Column], shape: Shape) -> tuple[list[str], tuple[str, ...]]:
        if shape.kinds:
            return [self.of_kind(columns, kind) for kind in shape.kinds], shape.kinds
        chosen = self.chance.sample(columns, min(len(columns), self.chance.randint(1, 5)))
        items = [column.sql if self.maybe(0.75) else self.expression(column, shape) for column in chosen]
        return items, tuple(column.kind for column in chosen)

    def of_kind(self, columns: list[Column], kind: str) -> str:
        """A column of that kind, else one of its type, else a value."""
        exact = [column.sql for column in columns if column.kind == kind]
        alike = [] if kind in IDS else [column.sql for column in columns if like(column.kind, kind)]
        if exact or alike:
            return self.chance.choice(exact or alike)
        return self.conditions.value(kind, plain=True)

    def expression(self, column: Column, shape: Shape) -> str:
        """Something made of a column, of the same type."""
        sql = column.sql
        match TYPES[column.kind]:
            case "whole":
                choices = [
                    f"{sql} + 1",
                    f"-{sql}",
                    f"coalesce({sql}, 0)",
                    f"CASE WHEN {sql} > 60 THEN {sql} END",
                    f"{sql} % 7",
                ]
            case "decimal":
                choices = [f"{sql} * 2", f"coalesce({sql}, 0)", f"round({sql}, 1)", f"{sql} - 0.01"]
                choices += [f"{sql} / 3", f"{sql} / nullif({sql} - 100, 0)"] if shape.rounded else []
            case "date":
                choices = [
                    f"{sql} + 1",
                    f"CAST(date_trunc('month', {sql}) AS DATE)",
                    f"coalesce({sql}, DATE '2026-01-01')",
                ]
            case "timestamp":
                choices = [f"date_trunc('day', {sql})", f"{sql} + INTERVAL '1 day'"]
            case _:
                choices = [f"lower({sql})", f"coalesce({sql}, '-')", f"{sql} || '!'", f"nullif({sql}, 'ACTIVE')"]
                choices += [f"substring({sql} FROM 1 FOR 3)", f"CASE {sql} WHEN 'TIME' THEN 'hourly' ELSE {sql} END"]
        return self.chance.choice(choices)

    def aggregated(self, text: str, where: str, columns: list[Column], shape: Shape) -> str:
        groups = self.chance.sample(columns, min(len(columns), self.chance.choice([0, 1, 1, 1, 2, 2])))
        made = [self.aggregate(self.chance.choice(columns), columns, shape) for _ in range(self.chance.randint(1, 3))]
        items = [*(column.sql for column in groups), *(sql for sql, _ in made)]
        shape.kinds = (*(column.kind for column in groups), *(kind for _, kind in made))
        names = [f"{item} AS {name}" for item, name in zip(items, self.named(len(items)), strict=True)]
        query = f"SELECT {', '.join(names)} FROM {text}{where}"
        if groups:
            keys = ", ".join(column.sql for column in groups)
            style = self.weighted({"{}": 8, "ROLLUP ({})": 1, "CUBE ({})": 1})
            query += f" GROUP BY {style.format(keys)}"
        if self.maybe(0.2):
            query += f" HAVING count(*) {self.chance.choice(['>', '<=', '='])} {self.chance.choice([0, 1, 2, 4])}"
        return query

    def aggregate(self, column: Column, columns: list[Column], shape: Shape) -> tuple[str, str]:
        numeric = TYPES[column.kind] in ("whole", "decimal")
        functions = ["count(*)", "count({})", "count(DISTINCT {})", "min({})", "max({})"]
        functions += ["sum({})", "sum(DISTINCT {})"] if numeric else []
        functions += ["avg({})", "avg({})"] if numeric and shape.rounded else []
        function = self.chance.choice(functions)
        sql = function.format(column.sql)
        if self.maybe(0.25):
            sql += f" FILTER (WHERE {self.conditions.atom(columns)})"
        return sql, "minutes" if function.startswith("count") else column.kind

    def window(self, sources: list[Source], columns: list[Column]) -> str:
        """A window over an order in which no two rows are equal."""
        part = self.chance.choice(columns).sql
        order = ", ".join(source.key for source in sources)
        function = self.chance.choice(["row_number()", "count(*)", f"count({part})"])
        return f"{function} OVER (PARTITION BY {part} ORDER BY {order})"

    def newest(self, text: str, where: str, sources: list[Source], columns: list[Column], shape: Shape) -> str:
        """DISTINCT ON, with an order that leaves no choice of the row."""
        first, *others = self.chance.sample(columns, min(len(columns), 3))
        shape.kinds = tuple(column.kind for column in (first, *others))
        items = [f"{column.sql} AS {name}" for column, name in zip((first, *others), self.named(3), strict=False)]
        order = ", ".join([first.sql, *(source.key or source.columns[0].sql for source in sources)])
        inner = ", ".join([*items])
        ties = ", ".join(column.sql for column in columns)
        name = self.alias()
        body = f"SELECT DISTINCT ON ({first.sql}) {inner} FROM {text}{where} ORDER BY {order}, {ties}"
        return f"SELECT {', '.join(f'{name}.{each}' for each in self.named(len(items)))} FROM ({body}) AS {name}"
