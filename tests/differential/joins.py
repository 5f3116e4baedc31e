"""FROM and WHERE of random queries: sources joined in every way and order, and conditions where they matter."""

from __future__ import annotations

from abc import ABC

from .pools import JOINED, LINKS
from .shapes import Column, Joined, Shape, Source
from .sources import Sources

MOST_ROWS = 3_000
KINDS = {"JOIN": 8, "INNER JOIN": 1, "LEFT JOIN": 7, "LEFT OUTER JOIN": 1, "RIGHT JOIN": 3, "FULL JOIN": 3}
INNER = ("JOIN", "INNER JOIN")


class Joins(Sources, ABC):
    """Makes FROM clauses and the conditions over them."""

    def from_(self, shape: Shape) -> Joined:
        first = self.source(shape)
        joined = Joined(first.sql, [first], first.rows)
        if shape.depth == 0 and first.key and self.maybe(0.1):
            joined.tied.add(first.number)
        how_many = {0: 3, 1: 6, 2: 4, 3: 1.5, 4: 0.7} if shape.depth == 0 else {0: 5, 1: 3, 2: 1}
        for _ in range(self.weighted(how_many) if shape.joins is None else shape.joins):
            right = self.source(shape, like=first.table)
            if joined.rows * right.rows > 20 * MOST_ROWS:
                break
            self.join(joined, right, shape)
        if shape.depth == 0 and self.maybe(0.05):
            self.lateral(joined)
        shape.rows = joined.rows
        return joined

    # -- Joins ---------------------------------------------------------------------------------------------------------

    def join(self, joined: Joined, right: Source, shape: Shape) -> None:
        """Join one more source, by a column if one fits."""
        link = self.link(joined, right)
        if (link is None or LINKS[link[0].kind] < 3) and self.maybe(0.85):  # hardly any rows would match
            right = self.table(self.pick(["Projects", "Tasks", "Time"]))
            link = self.link(joined, right)
        shared = self.shared(joined, right)
        commas = len(joined.matches) == len(joined.sources) - 1  # nothing may follow a comma but a comma
        if link is None:
            self.join_loosely(joined, right)
        elif joined.matches or (commas and self.maybe(0.07)):
            self.join_by_comma(joined, right, link)
        elif shared and self.maybe(0.3) and not joined.nested:
            self.join_using(joined, right, shared)
        elif self.maybe(0.06) and right.key and not joined.used:
            self.join_nested(joined, right, link, shape)
        else:
            self.join_on(joined, right, link)

    def join_by_comma(self, joined: Joined, right: Source, link: tuple[Column, Column]) -> None:
        joined.text += f", {right.sql}"
        joined.matches.append(f"{link[0].sql} = {link[1].sql}")
        self.add(joined, right, "JOIN", JOINED[link[0].kind])

    def add(self, joined: Joined, right: Source, kind: str, values: int) -> None:
        """Take the source in; what an outer join can fill with NULLs is marked so."""
        if kind.startswith(("RIGHT", "FULL")):
            for source in joined.sources:
                source.become_outer()
        if kind.startswith(("LEFT", "FULL")):
            right.become_outer()
        names = {column.bare for column in right.columns}
        joined.merged = {name: column for name, column in joined.merged.items() if name not in names}
        joined.rows = max(joined.rows, joined.rows * right.rows // values)
        joined.sources.append(right)

    def link(self, joined: Joined, right: Source) -> tuple[Column, Column] | None:
        """A pair of columns of one kind, of any source so far and the new one; ids first."""
        pairs = {
            (one, other): LINKS[one.kind]
            for source in joined.sources
            for one in source.columns
            for other in right.columns
            if one.kind == other.kind and one.kind in LINKS
        }
        return self.weighted(pairs) if pairs else None

    def join_on(self, joined: Joined, right: Source, link: tuple[Column, Column]) -> None:
        kind = self.weighted(KINDS)
        tied = joined.sources[0].number in joined.tied and bool(right.key)
        if tied and kind not in (*INNER, "LEFT JOIN"):
            kind = "JOIN"
        on = [self.equality(joined, link, kind)]
        if tied and self.maybe(0.85):
            on.append(f"{right.alias}.TenantId = {joined.sources[0].alias}.TenantId")
            joined.tied.add(right.number)
        sides = [right.columns, [column for source in joined.sources for column in source.columns]]
        if kind not in INNER and self.maybe(0.35):  # so that rows stay without a match
            on.append(self.beside(sides[1] if kind.startswith("RIGHT") else right.columns, kind))
        while self.maybe(0.3):
            on.append(self.beside(self.pick(sides), kind))
        if kind in (*INNER, "LEFT JOIN") and right.key and not tied and self.maybe(0.03):
            on.append(self.abroad(right))
        self.chance.shuffle(on)
        joined.text += f" {kind} {right.sql} ON {' AND '.join(on)}"
        self.add(joined, right, kind, JOINED[link[0].kind])

    def equality(self, joined: Joined, link: tuple[Column, Column], kind: str) -> str:
        """How two columns are said to be equal: either way round, through COALESCE, or as one of two ways."""
        one, other = link if self.maybe(0.5) else link[::-1]
        plain = f"{one.sql} = {other.sql}"
        others = [column for column in joined.columns if column.kind == link[0].kind and column != link[0]]
        if kind.startswith("FULL"):
            return plain
        filled = [column for column in others if column.nulls] if not link[0].nulls else []
        if filled and self.maybe(0.3):
            return f"coalesce({self.pick(filled).sql}, {link[0].sql}) = {link[1].sql}"
        if others and self.maybe(0.05):
            return f"({plain} OR {link[1].sql} = {self.pick(others).sql})"
        return f"{plain} AND {self.pick(others).sql} = {link[1].sql}" if others and self.maybe(0.05) else plain

    def beside(self, columns: list[Column], kind: str) -> str:
        """One more condition of an ON."""
        if self.maybe(0.08) and not kind.startswith("FULL"):
            return self.holding(columns, 1)
        return self.binding(columns) if self.maybe(0.5) else self.atom(columns)

    def join_nested(self, joined: Joined, right: Source, link: tuple[Column, Column], shape: Shape) -> None:
        """A join whose right side is a join of its own, in parentheses."""
        inside = Joined(right.sql, [right], right.rows)
        third = self.source(Shape(depth=2))
        second = self.link(inside, third)
        if second is None:
            self.join_on(joined, right, link)
            return
        self.join_on(inside, third, second)
        kind = self.weighted({"JOIN": 2, "LEFT JOIN": 4, "RIGHT JOIN": 1, "FULL JOIN": 1})
        joined.text += f" {kind} ({inside.text}) ON {link[0].sql} = {link[1].sql}"
        joined.nested = True
        self.add(joined, right, kind, JOINED[link[0].kind])
        self.add(joined, third, "LEFT" if kind.startswith(("LEFT", "FULL")) else "", JOINED[second[0].kind])

    def join_loosely(self, joined: Joined, right: Source) -> None:
        """A join that no column makes."""
        if joined.matches:
            return
        if joined.rows * right.rows < MOST_ROWS // 4:
            joined.text += f" CROSS JOIN {right.sql}"
            self.add(joined, right, "CROSS JOIN", 1)
        else:
            column = self.likely(joined.sources[0].columns)
            joined.text += f" LEFT JOIN {right.sql} ON 1 = 0 AND {column.sql} IS NULL"
            self.add(joined, right, "LEFT JOIN", right.rows)

    # -- USING ---------------------------------------------------------------------------------------------------------

    def shared(self, joined: Joined, right: Source) -> dict[str, Column]:
        """The join columns whose bare name means one column on each side.

        USING does not meet parentheses, which the driver refuses.
        """
        own = {column.bare: column for column in right.columns if column.kind in LINKS}
        found = {}
        for name, column in own.items():
            same = [each for source in joined.sources for each in source.columns if each.bare == name]
            one = len(same) == 1 or name in joined.merged
            if same and one and all(each.kind == column.kind for each in same):
                found[name] = column
        return found

    def join_using(self, joined: Joined, right: Source, shared: dict[str, Column]) -> None:
        """A join by columns of the same name, which then also have their bare names."""
        kind = self.weighted(KINDS)
        chosen = [self.weighted({name: LINKS[column.kind] for name, column in shared.items()})]
        chosen += [name for name in shared if name not in chosen and self.maybe(0.15)]
        tied = joined.sources[0].number in joined.tied and bool(right.key)
        names = list(chosen)
        if tied and len(joined.sources) == 1 and joined.sources[0].key:
            kind = kind if kind in (*INNER, "LEFT JOIN") else "LEFT JOIN"
            names = ["TenantId", *chosen]
            joined.tied.add(right.number)
        joined.used = joined.used or kind
        merged = joined.merged
        self.add(joined, right, kind, max(JOINED[shared[name].kind] for name in chosen))
        made = {name: Column(name, shared[name].kind, kind.startswith(("RIGHT", "FULL"))) for name in chosen}
        kept = {name: column for name, column in merged.items() if name in joined.merged}
        joined.merged = kept | made
        joined.text += f" {kind} {right.sql} USING ({', '.join(names)})"

    # -- WHERE ---------------------------------------------------------------------------------------------------------

    def where(self, joined: Joined, shape: Shape) -> str:
        columns, parts = joined.columns, list(joined.matches)
        shares = (0.45, 0.3, 0.25) if shape.depth == 0 else (0.3, 0.25, 0.1)
        if self.maybe(shares[0]) or (shape.filtered and not parts):
            parts.append(self.local(joined))
        if self.maybe(shares[1]):
            parts.append(self.tree(columns, shape.depth))
        if shape.depth < 2 and self.maybe(shares[2]):
            parts.append(self.holding(columns, shape.depth))
        outer = [source for source in joined.sources if source.outer and source.columns]
        if outer and self.maybe(0.3):
            parts.append(self.about_nulls(self.pick(outer)))
        parts += [self.binding(source.columns) for source in joined.sources if source.barred and self.maybe(0.6)]
        if self.maybe(0.015):
            parts.append(self.contradiction(columns))
        parts += self.organisations(joined, shape)
        self.chance.shuffle(parts)
        return f" WHERE {' AND '.join(parts)}" if parts else ""

    def local(self, joined: Joined) -> str:
        """A condition on one source, such as could drive the others; most often one that no join can fill."""
        kept = [source for source in joined.sources if not source.outer and source.columns]
        source = self.pick(kept if kept and self.maybe(0.8) else joined.sources)
        if source.table == "Projects" and self.maybe(0.12):  # by which a planner can know that there is no time
            return f"{source.alias}.MinutesLogged {self.pick(['= 0', '> 0'])}"
        return self.binding(source.columns) if self.maybe(0.45) else self.atom(source.columns)

    def about_nulls(self, source: Source) -> str:
        """What tells the rows that an outer join filled from the others."""
        column = self.linked(source.columns) or self.likely(source.columns)
        forms = [f"{column.sql} IS NULL", f"{column.sql} IS NULL", f"{column.sql} IS NOT NULL"]
        return self.pick([*forms, self.coalesced(column, [column]), self.distinct(column, [column])])

    def organisations(self, joined: Joined, shape: Shape) -> list[str]:
        """Whom to ask: the tables tied together, one table, or each for itself."""
        tables = [source for source in joined.sources if source.number >= 0]
        if joined.tied:
            self.state.abroad |= joined.tied
            return [self.abroad(joined.sources[0])]
        if not tables or not self.maybe(0.07 if shape.depth == 0 else 0.02):
            return []
        chosen = [self.pick(tables)] if self.maybe(0.6) else tables
        return [self.abroad(source) for source in chosen]
