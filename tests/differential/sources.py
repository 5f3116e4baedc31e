"""FROM and WHERE of random queries: tables, derived tables and common tables, joined in every way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random

from .conditions import Conditions
from .pools import JOINED, KEYS, SIZES, TABLES, WEIGHTS, Pool
from .shapes import Column, Shape, Source, State

MOST_ROWS = 4_000


class Sources(ABC):
    """Makes the sources of queries, from a seed."""

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

    @abstractmethod
    def body(self, depth: int) -> tuple[str, tuple[str, ...], int]:
        """A query for others to read, what its columns are, and about how many rows it has."""

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
