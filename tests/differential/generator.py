"""Random queries over Projects, Tasks, Time and Users, made so that much of them could be pushed down, rightly or not.

A query is text with two sorts of marks, which `finished` takes out: `⟦n⟧` for the n-th parameter, and `⟨n⟩` before the
n-th table reference, where the plain query may have to read the rows of every organisation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from . import truth
from .conditions import Conditions
from .pools import IDS, JOINED, KEYS, PUSHED, SIZES, TABLES, TYPES, WEIGHTS, Pool
from .world import Question

MOST_ROWS = 4_000


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


class Generator:
    """Makes one query after the other from a seed."""

    def __init__(self, seed: int, pool: Pool, tenants: Sequence[str]) -> None:
        self.chance = Random(f"queries {seed}")
        self.pool = pool
        self.tenants = tenants
        self.state = State()
        self.conditions = Conditions(self)

    # -- Chances -------------------------------------------------------------------------------------------------------

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def weighted(self, weights: dict[str, int]) -> str:
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def alias(self) -> str:
        self.state.aliases += 1
        return f"a{self.state.aliases}"

    def named(self, count: int) -> list[str]:
        return [f"c{number}" for number in range(1, count + 1)]

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

    # -- FROM and WHERE ------------------------------------------------------------------------------------------------

    def from_(self, shape: Shape) -> tuple[str, list[Source]]:
        sources = [self.source(shape)]
        text, rows = sources[0].sql, sources[0].rows
        joins = self.chance.choice([0, 0, 1, 1, 1, 2, 2] if shape.depth == 0 else [0, 0, 0, 1, 1])
        if joins == 1 and self.maybe(0.3) and sources[0].key:
            text += self.join_using(sources)
            joins = 0
        for _ in range(joins):
            right = self.source(shape)
            if rows * right.rows > 20 * MOST_ROWS:
                break
            joined, rows = self.join(sources, right, rows)
            text += joined
            sources.append(right)
        if sources[0].key and self.maybe(0.05):
            text += self.lateral(sources)
        shape.rows = rows
        return text, sources

    def join_using(self, sources: list[Source]) -> str:
        """A second table by a column of the same name, which then also has its bare name."""
        left, right = sources[0], self.table(self.weighted(WEIGHTS))
        names = [{column.sql.split(".")[1]: column.kind for column in source.columns} for source in (left, right)]
        shared = sorted(name for name in names[0].keys() & names[1].keys() if names[0][name] in JOINED)
        sources.append(right)
        if not shared:
            return f" CROSS JOIN {right.sql}"
        chosen = shared if self.maybe(0.2) else [self.chance.choice(shared)]
        right.columns += [Column(name, names[0][name]) for name in chosen]
        kind = self.weighted({"JOIN": 5, "LEFT JOIN": 3, "RIGHT JOIN": 2, "FULL JOIN": 2})
        return f" {kind} {right.sql} USING ({', '.join(chosen)})"

    def lateral(self, sources: list[Source]) -> str:
        """How many rows of another table match, for every row so far."""
        outer = self.chance.choice([column for column in sources[0].columns if column.kind in JOINED])
        inner = self.table(self.weighted(WEIGHTS))
        same = [column.sql for column in inner.columns if column.kind == outer.kind] or [inner.columns[0].sql]
        where = f"{self.chance.choice(same)} = {outer.sql} AND {self.conditions.atom(inner.columns)}"
        alias = self.alias()
        sources.append(Source("", alias, [Column(f"{alias}.c1", "minutes")], 1))
        kind = self.chance.choice(
            [f" CROSS JOIN LATERAL {{}} AS {alias}", f" LEFT JOIN LATERAL {{}} AS {alias} ON TRUE"]
        )
        return kind.format(f"(SELECT count(*) AS c1 FROM {inner.sql} WHERE {where})")

    def source(self, shape: Shape) -> Source:
        if self.state.ctes and self.maybe(0.6 if shape.depth == 0 else 0.2):
            name, columns, rows = self.chance.choice(self.state.ctes)
            alias = self.alias()
            own = [Column(f"{alias}.{column.sql}", column.kind) for column in columns]
            return Source(f"{name} AS {alias}", alias, own, rows)
        if shape.depth < 2 and self.maybe(0.2):
            return self.derived(shape)
        return self.table(self.weighted(WEIGHTS))

    def table(self, table: str) -> Source:
        alias, number = self.alias(), self.state.tables
        self.state.tables += 1
        columns = [Column(f"{alias}.{name}", kind) for name, kind in TABLES[table].items()]
        return Source(f"⟨{number}⟩{table} AS {alias}", alias, columns, SIZES[table], f"{alias}.{KEYS[table]}", number)

    def derived(self, shape: Shape) -> Source:
        body, kinds, rows = self.body(shape.depth + 1)
        barred = self.maybe(0.5)
        if barred:
            body, kinds = self.barred(body, kinds)
        alias = self.alias()
        columns = [Column(f"{alias}.{name}", kind) for name, kind in zip(self.named(len(kinds)), kinds, strict=True)]
        return Source(f"({body}) AS {alias}", alias, columns, rows, barred=barred)

    def barred(self, body: str, kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The query under something that a filter from outside may not always pass: LIMIT, a window, groups."""
        keys = ", ".join(map(str, range(1, len(kinds) + 1)))
        columns, inner, extra = ", ".join(self.named(len(kinds))), self.alias(), f"c{len(kinds) + 1}"
        match self.weighted({"limit": 3, "window": 3, "groups": 2, "rollup": 1, "distinct": 1, "offset": 1}):
            case "limit":
                return (
                    f"SELECT * FROM ({body}) AS {inner} ORDER BY {keys} LIMIT {self.chance.choice([1, 5, 20])}",
                    kinds,
                )
            case "offset":
                return (
                    f"SELECT * FROM ({body}) AS {inner} ORDER BY {keys} OFFSET {self.chance.choice([1, 5, 20])}",
                    kinds,
                )
            case "window":
                over = self.chance.choice(["()", "(PARTITION BY c1)", f"(PARTITION BY c{len(kinds)})"])
                text = f"SELECT {columns}, count(*) OVER {over} AS {extra} FROM ({body}) AS {inner}"
                return text, (*kinds, "minutes")
            case "groups":
                text = f"SELECT {columns}, count(*) AS {extra} FROM ({body}) AS {inner} GROUP BY {columns}"
                return text, (*kinds, "minutes")
            case "rollup":
                text = f"SELECT {columns}, count(*) AS {extra} FROM ({body}) AS {inner} GROUP BY ROLLUP ({columns})"
                return text, (*kinds, "minutes")
        return f"SELECT DISTINCT ON (c1) {columns} FROM ({body}) AS {inner} ORDER BY {columns}", kinds

    def join(self, left: list[Source], right: Source, rows: int) -> tuple[str, int]:
        """The join to `right`, and about how many rows then come out."""
        pairs = [
            (one, other)
            for source in left
            for one in source.columns
            for other in right.columns
            if one.kind == other.kind and one.kind in JOINED
        ]
        likely = [pair for pair in pairs if pair[0].kind in ("project", "task", "user")] or pairs
        product = rows * right.rows
        if product < MOST_ROWS and (not likely or self.maybe(0.08)):
            return f" CROSS JOIN {right.sql}", product
        if not likely:
            one = self.chance.choice(left[0].columns)
            return f" LEFT JOIN {right.sql} ON 1 = 0 AND {one.sql} IS NULL", rows
        one, other = self.chance.choice(likely if self.maybe(0.85) or product > MOST_ROWS else pairs)
        kind = self.weighted({"JOIN": 5, "LEFT JOIN": 4, "RIGHT JOIN": 2, "FULL JOIN": 2})
        on = [f"{one.sql} = {other.sql}" if self.maybe(0.5) else f"{other.sql} = {one.sql}"]
        while self.maybe(0.4):
            side = right.columns if self.maybe(0.5) else [column for source in left for column in source.columns]
            if kind == "FULL JOIN":
                on.append(self.conditions.simple(side))
            else:
                on.append(self.conditions.binding(side) if self.maybe(0.5) else self.conditions.atom(side))
        self.chance.shuffle(on)
        return f" {kind} {right.sql} ON {' AND '.join(on)}", max(rows, product // JOINED[one.kind])

    def where(self, sources: list[Source], columns: list[Column], shape: Shape) -> str:
        parts = []
        if self.maybe(0.6 if shape.depth == 0 else 0.45):
            parts.append(self.conditions.tree(columns, shape.depth))
            if self.maybe(0.25):
                parts.append(self.conditions.tree(columns, shape.depth))
        if self.maybe(0.35 if shape.depth == 0 else 0.15):
            parts.insert(0, self.conditions.binding(columns))
        parts += [self.conditions.binding(source.columns) for source in sources if source.barred and self.maybe(0.7)]
        if shape.depth == 0 and self.maybe(0.06):
            parts += self.abroad(sources)
        return f" WHERE {' AND '.join(parts)}" if parts else ""

    def abroad(self, sources: list[Source]) -> list[str]:
        """A condition on the TenantId of one of the tables."""
        tables = [source for source in sources if source.number >= 0]
        if not tables:
            return []
        source = self.chance.choice(tables)
        self.state.abroad.add(source.number)
        one, other = (f"'{tenant}'" for tenant in self.chance.sample(list(self.tenants), 2))
        column = f"{source.alias}.TenantId"
        return [self.chance.choice([f"{column} = {one}", f"{column} IN ({one}, {other})"])]

    def subquery(self, columns: list[Column], depth: int) -> tuple[str, list[Column]]:
        """A FROM with its WHERE, for use in a condition, and its own columns."""
        source = self.table(self.weighted(WEIGHTS))
        parts = [self.conditions.tree(source.columns, depth + 2)] if self.maybe(0.6) else []
        matches = [
            f"{own.sql} = {outer.sql}"
            for own in source.columns
            for outer in columns
            if own.kind == outer.kind
            and own.kind in JOINED
            and "." in outer.sql  # a bare name would mean the inner one
        ]
        if matches and self.maybe(0.5):
            parts.append(self.chance.choice(matches))
        text = f"FROM {source.sql}" + (f" WHERE {' AND '.join(parts)}" if parts else "")
        return text, source.columns
