"""Random sources of rows: tables, derived tables, common tables, and what stands between them and their readers."""

from __future__ import annotations

from abc import ABC

from .pools import WEIGHTS
from .shapes import Column, Joined, Shape, Source
from .subqueries import Subqueries


class Sources(Subqueries, ABC):
    """Makes the single items of a FROM."""

    def source(self, shape: Shape, *, like: str = "") -> Source:
        """A table, a common table, or a derived one; now and then the table `like` again."""
        if like and self.maybe(0.35 if like in self.common_names else 0.18):
            return self.common(like) if like in self.common_names else self.table(like)
        if self.state.ctes and self.maybe(0.55 if shape.depth == 0 else 0.3):
            return self.common(self.pick(self.common_names))
        if shape.depth < 2 and self.maybe(0.2):
            return self.derived(shape)
        return self.table(self.weighted(WEIGHTS))

    @property
    def common_names(self) -> list[str]:
        return [name for name, _, _ in self.state.ctes]

    def common(self, wanted: str) -> Source:
        columns, rows = next((columns, rows) for name, columns, rows in self.state.ctes if name == wanted)
        alias = self.alias()
        own = [Column(f"{alias}.{column.sql}", column.kind, column.nulls) for column in columns]
        return Source(f"{wanted} AS {alias}", alias, own, rows, table=wanted)

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
        wider = (*kinds, "minutes")
        match self.weighted({"limit": 5, "window": 3, "groups": 1, "rollup": 1, "distinct": 1, "offset": 1, "rank": 1}):
            case "limit":
                order = f"ORDER BY {keys} LIMIT {self.pick([1, 5, 8, 20])}"
                return f"SELECT * FROM ({body}) AS {inner} {order}", kinds
            case "offset":
                return f"SELECT * FROM ({body}) AS {inner} ORDER BY {keys} OFFSET {self.pick([1, 5])}", kinds
            case "window":
                over = self.pick(["()", "(PARTITION BY c1)", f"(PARTITION BY c{len(kinds)})"])
                return f"SELECT {columns}, count(*) OVER {over} AS {extra} FROM ({body}) AS {inner}", wider
            case "rank":
                over = f"(PARTITION BY c1 ORDER BY {columns})"
                return f"SELECT {columns}, dense_rank() OVER {over} AS {extra} FROM ({body}) AS {inner}", wider
            case "groups":
                return f"SELECT {columns}, count(*) AS {extra} FROM ({body}) AS {inner} GROUP BY {columns}", wider
            case "rollup":
                group = f"GROUP BY ROLLUP ({columns})"
                return f"SELECT {columns}, count(*) AS {extra} FROM ({body}) AS {inner} {group}", wider
        return f"SELECT DISTINCT ON (c1) {columns} FROM ({body}) AS {inner} ORDER BY {columns}", kinds

    def lateral(self, joined: Joined) -> None:
        """What another table has for every row so far: how many match, or the first of them."""
        outer = self.linked(joined.sources[0].columns)
        if outer is None:
            return
        inner = self.inner([outer], 1, correlated=1, kind=outer.kind)
        alias, column = self.alias(), self.pick(inner.columns)
        if self.maybe(0.5):
            body, found = f"SELECT count(*) AS c1 {inner.text}", Column(f"{alias}.c1", "minutes")
        else:
            order = f"ORDER BY {column.sql} LIMIT {self.pick([1, 2])}"
            body, found = f"SELECT {column.sql} AS c1 {inner.text} {order}", Column(f"{alias}.c1", column.kind, True)
        kept = self.maybe(0.5)
        form = " LEFT JOIN LATERAL ({}) AS {} ON TRUE" if kept else " CROSS JOIN LATERAL ({}) AS {}"
        joined.text += form.format(body, alias)
        joined.sources.append(Source("", alias, [found], 1, outer=kept))

    # -- Organisations -------------------------------------------------------------------------------------------------

    def abroad(self, source: Source) -> str:
        """A condition that says which organisations a table is read from."""
        self.state.abroad.add(source.number)
        column = f"{source.alias}.TenantId"
        one, other = (f"'{tenant}'" for tenant in self.chance.sample(list(self.tenants[:2]), 2))
        every = ", ".join(f"'{tenant}'" for tenant in self.tenants)
        forms = [f"{column} IN ({one}, {other})"] * 3
        forms += [f"{column} = {one}", f"{column} IN ({every})", f"({column} = {one} OR {column} = {other})"]
        forms += [f"{column} = ANY(ARRAY[{one}, {other}])", f"{column} = '{self.tenants[-1]}'"]
        if self.maybe(0.15):
            return f"{column} = {self.parameter(self.pick(self.tenants))}"
        if self.maybe(0.03):
            return f"{column} = {one} AND {column} = {other}"
        return self.pick(forms)
