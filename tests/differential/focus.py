"""Small queries about one thing each, so that a mistake in it is not hidden by whatever else a query says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .pools import JOINED
from .selects import Selects
from .shapes import Column, Joined, Shape, Source

OUTER = {"LEFT JOIN": 5, "RIGHT JOIN": 2, "FULL JOIN": 3}


class Focus(Selects):
    """Makes queries with one feature at their heart."""

    def focused(self, shape: Shape) -> str:
        made: dict[Callable[[Shape], str], float] = {
            self.filled: 6,
            self.missing_keys: 4,
            self.behind_a_bar: 5,
            self.shared_table: 4,
            self.correlated: 3,
            self.twins: 2,
        }
        return self.weighted(made)(shape)

    # -- What the queries have in common -------------------------------------------------------------------------------

    def linked_table(self) -> Source:
        return self.table(self.weighted({"Projects": 4, "Tasks": 5, "Time": 5, "Users": 1}))

    def shown(self, joined: Joined, parts: list[str], shape: Shape, items: tuple[str, ...] = ()) -> str:
        """Some columns of each source under the conditions, so that every lost row is seen."""
        sources = [source for source in joined.sources if source.columns]
        chosen = [
            each for source in sources for each in self.chance.sample(source.columns, min(2, len(source.columns)))
        ]
        shape.kinds = (*(column.kind for column in chosen), *("truth" for _ in items))
        where = " AND ".join([*joined.matches, *parts])
        listing = self.listing([*(column.sql for column in chosen), *items])
        return f"SELECT {listing} FROM {joined.text}" + (f" WHERE {where}" if where else "")

    # -- One thing each ------------------------------------------------------------------------------------------------

    def filled(self, shape: Shape) -> str:
        """An outer join where rows stay without a match, perhaps a third source that goes by either side's key."""
        first, right = self.linked_table(), self.linked_table()
        joined, kind = Joined(first.sql, [first], first.rows), self.weighted(OUTER)
        link = self.link(joined, right)
        if link is None:
            return self.select(shape)
        on = [f"{link[0].sql} = {link[1].sql}"]
        on += [self.beside(self.pick([first.columns, right.columns, right.columns]), kind)] if self.maybe(0.6) else []
        joined.text += f" {kind} {right.sql} ON {' AND '.join(on)}"
        self.add(joined, right, kind, JOINED[link[0].kind])
        if self.maybe(0.4):
            self.third(joined, link)
        kept = [source for source in joined.sources if not source.outer]
        parts = [self.local(joined)] if kept and self.maybe(0.35) else []
        outer = [source for source in joined.sources if source.outer]
        return self.shown(joined, parts + ([self.about_nulls(self.pick(outer))] if self.maybe(0.35) else []), shape)

    def third(self, joined: Joined, link: tuple[Column, Column]) -> None:
        """One more table, by one of two columns that are equal or, after an outer join, by whichever is there."""
        third = self.linked_table()
        same = [column for column in third.columns if column.kind == link[0].kind]
        if not same:
            return
        one, other = link if self.maybe(0.5) else link[::-1]
        key = self.weighted({f"coalesce({one.sql}, {other.sql})": 2, one.sql: 1})
        kind = self.weighted({"JOIN": 2, "LEFT JOIN": 3})
        joined.text += f" {kind} {third.sql} ON {self.pick(same).sql} = {key}"
        self.add(joined, third, kind, JOINED[link[0].kind])

    def missing_keys(self, shape: Shape) -> str:
        """NOT IN and its like, with NULLs inside, outside, both, or nothing inside."""
        first = self.linked_table()
        joined = Joined(first.sql, [first], first.rows)
        key = self.linked(first.columns)
        if key is not None and self.maybe(0.4):
            right = self.linked_table()
            link = self.link(joined, right)
            if link is not None:
                key = link[1]
                joined.text += f" LEFT JOIN {right.sql} ON {link[0].sql} = {link[1].sql} AND {self.atom(right.columns)}"
                self.add(joined, right, "LEFT JOIN", JOINED[key.kind])
        if key is None:
            return self.select(shape)
        test = f"{key.sql} {self.pick(['NOT IN', 'NOT IN', '<> ALL', 'IN'])} ({self.keys(key)})"
        if self.maybe(0.35):
            return self.shown(joined, [], shape, (test,))
        return self.shown(joined, [self.pick([test, test, f"({test} OR {self.atom(first.columns)})"])], shape)

    def keys(self, key: Column) -> str:
        """A query for keys of that kind, some of them NULL, of few rows."""
        inner = self.inner([], 1, correlated=0, kind=key.kind)
        column = self.pick(inner.like(key) or [replace(key, sql="NULL")]).sql
        forms = [f"SELECT {column} AS c1 {inner.text}"] * 2
        forms.append(f"SELECT CASE WHEN {self.atom(inner.columns)} THEN {column} END AS c1 {inner.text}")
        forms.append(f"SELECT nullif({column}, {self.value(key.kind, plain=True)}) AS c1 {inner.text}")
        return self.pick([*forms, f"{forms[0]} UNION ALL SELECT NULL"])

    def behind_a_bar(self, shape: Shape) -> str:
        """A condition on, or a join to, a query that it may not enter: LIMIT, a window, groups."""
        inner = Shape(1)
        body = self.whole_table(inner) if self.maybe(0.7) else self.select(inner)
        rows = inner.rows
        body, kinds = self.barred(body, inner.kinds)
        alias = self.alias()
        columns = [Column(f"{alias}.{name}", kind) for name, kind in zip(self.named(len(kinds)), kinds, strict=True)]
        source = Source(f"({body}) AS {alias}", alias, columns, rows, barred=True)
        joined = Joined(source.sql, [source], rows)
        parts = [self.firm(columns[:-1] or columns)] if self.maybe(0.75) else []
        if self.maybe(0.4) or not parts:
            right = self.linked_table()
            link = self.link(joined, right)
            if link is not None:
                self.join_on(joined, right, link)
                parts += [self.firm(right.columns)] if self.maybe(0.6) else []
        return self.shown(joined, parts, shape, (columns[-1].sql,))

    def shared_table(self, shape: Shape) -> str:
        """A common table with two readers who ask different things of it."""
        inner = Shape(1)
        body = self.whole_table(inner) if self.maybe(0.7) else self.select(inner)
        columns = [Column(name, kind) for name, kind in zip(self.named(len(inner.kinds)), inner.kinds, strict=True)]
        before = self.state.ctes
        self.state.ctes = [("w", columns, inner.rows)]
        one, other = self.common("w"), self.common("w")
        self.state.ctes = before
        link = self.linked(one.columns) or one.columns[0]
        twin = other.columns[one.columns.index(link)]
        joined = Joined(one.sql, [one], one.rows)
        parts = [self.firm(one.columns)] if self.maybe(0.8) else []
        if self.maybe(0.5):
            within = f"SELECT {twin.sql} FROM {other.sql}" + (
                f" WHERE {self.atom(other.columns)}" if self.maybe(0.7) else ""
            )
            parts.append(f"{link.sql} {self.pick(['IN', 'NOT IN'])} ({within})")
        else:
            kind = self.weighted({"JOIN": 2, "LEFT JOIN": 2, "FULL JOIN": 1})
            joined.text += f" {kind} {other.sql} ON {one.columns[-1].sql} = {other.columns[-1].sql}"
            self.add(joined, other, kind, 10)
        return f"WITH w AS ({body}) {self.shown(joined, parts, shape)}"

    def correlated(self, shape: Shape) -> str:
        """Values of a table for each row of another: none is a value, too."""
        first = self.linked_table()
        joined = Joined(first.sql, [first], first.rows)
        parts = [self.atom(first.columns)] if self.maybe(0.5) else []
        if self.maybe(0.5):
            return self.shown(joined, parts, shape, (self.scalar(first.columns, 0)[0],))
        test = self.pick([self.counted, self.missing, self.exists, self.extreme])(first.columns, 0)
        return self.shown(joined, [*parts, test], shape)

    def twins(self, shape: Shape) -> str:
        """A table joined with itself, with a condition on one side only."""
        name = self.pick(["Projects", "Tasks", "Time"])
        one, other = self.table(name), self.table(name)
        joined = Joined(one.sql, [one], one.rows)
        link = self.link(joined, other)
        if link is None:
            return self.select(shape)
        kind = self.weighted({"JOIN": 3, "LEFT JOIN": 2, "RIGHT JOIN": 1})
        joined.text += f" {kind} {other.sql} ON {link[0].sql} = {link[1].sql}"
        self.add(joined, other, kind, JOINED[link[0].kind])
        side = self.pick([one, other]).columns
        return self.shown(joined, [self.firm(side) if self.maybe(0.5) else self.atom(side)], shape)
