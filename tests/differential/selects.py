"""SELECTs of random queries: items, aggregates, windows, counts, and set operations over them."""

from __future__ import annotations

from .joins import Joins
from .pools import IDS, PUSHED, TYPES, WEIGHTS
from .shapes import Column, Joined, Shape, like

#: More rows than this are counted and summed up instead of shown.
MOST_SHOWN = 400
GROUPED = ("project", "tenant", "project_status", "task_status", "entry_status", "charge", "user", "contact", "task")
COMPARED = ("> 1", "> 2", "= 1", "<= 3", "> 0", ">= 1", "<> 4")


class Selects(Joins):
    """Makes SELECTs; what their columns are is left in `shape.kinds`."""

    def select(self, shape: Shape) -> str:
        joined = self.from_(shape)
        where, columns = self.where(joined, shape), joined.columns
        free = not shape.kinds
        if free and (joined.rows > MOST_SHOWN or self.maybe(0.25)):
            return self.aggregated(f"{joined.text}{where}", joined, shape)
        if free and self.maybe(0.05) and joined.sources[0].key:
            return self.newest(f"{joined.text}{where}", joined, shape)
        items, kinds = self.items(columns, shape)
        barred = [source for source in joined.sources if source.barred]
        if free and barred and self.maybe(0.7):  # what a filter in the wrong place would change
            told = self.pick(barred).columns[-1]
            items, kinds = [*items, told.sql], (*kinds, told.kind)
        if free and self.maybe(0.1) and all(source.key for source in joined.sources):
            items.append(self.window(joined))
            kinds += ("minutes",)
        shape.kinds = kinds
        distinct = "DISTINCT " if self.maybe(0.08) and not shape.rounded else ""
        return f"SELECT {distinct}{self.listing(items)} FROM {joined.text}{where}"

    def listing(self, items: list[str]) -> str:
        return ", ".join(f"{item} AS {name}" for item, name in zip(items, self.named(len(items)), strict=True))

    # -- Items ---------------------------------------------------------------------------------------------------------

    def items(self, columns: list[Column], shape: Shape) -> tuple[list[str], tuple[str, ...]]:
        if shape.kinds:
            return [self.of_kind(columns, kind) for kind in shape.kinds], shape.kinds
        chosen = self.chance.sample(columns, min(len(columns), self.chance.randint(1, 5)))
        link = self.linked(columns) if shape.depth and self.maybe(0.8) else None  # for the reader to join by
        chosen = list(dict.fromkeys([link, *chosen])) if link else chosen
        items = [
            column.sql if column == link or self.maybe(0.8) else self.expression(column, columns, shape)
            for column in chosen
        ]
        kinds = tuple(column.kind for column in chosen)
        if shape.depth < 2 and self.maybe(0.14):
            item, kind = self.scalar(columns, shape.depth)
            items, kinds = [*items, item], (*kinds, kind)
        if shape.depth == 0 and self.maybe(0.1):
            items, kinds = [*items, self.subcondition(columns, 1)], (*kinds, "truth")
        return items, kinds

    def of_kind(self, columns: list[Column], kind: str) -> str:
        """A column of that kind, else one of its type, else a value."""
        exact = [column.sql for column in columns if column.kind == kind]
        alike = [] if kind in IDS else [column.sql for column in columns if like(column.kind, kind)]
        if exact or alike:
            return self.pick(exact or alike)
        return f"'{self.tenants[0]}'" if kind == "tenant" else self.value(kind, plain=True)

    def expression(self, column: Column, columns: list[Column], shape: Shape) -> str:
        """Something made of a column, of the same type."""
        sql = column.sql
        same = [each for each in columns if each.kind == column.kind and each != column]
        if same and self.maybe(0.5):
            return f"coalesce({sql}, {self.pick(same).sql})"
        match TYPES[column.kind]:
            case "whole":
                choices = [f"{sql} + 1", f"-{sql}", f"coalesce({sql}, 0)", f"{sql} % 7"]
                choices.append(f"CASE WHEN {sql} > 60 THEN {sql} END")
            case "decimal":
                choices = [f"{sql} * 2", f"coalesce({sql}, 0)", f"round({sql}, 1)", f"{sql} - 0.01"]
                choices += [f"{sql} / 3", f"{sql} / nullif({sql} - 100, 0)"] if shape.rounded else []
            case "date":
                choices = [f"{sql} + 1", f"CAST(date_trunc('month', {sql}) AS DATE)"]
                choices.append(f"coalesce({sql}, DATE '2026-01-01')")
            case "timestamp":
                choices = [f"date_trunc('day', {sql})", f"{sql} + INTERVAL '1 day'"]
            case _:
                choices = [f"lower({sql})", f"coalesce({sql}, '-')", f"{sql} || '!'", f"nullif({sql}, 'ACTIVE')"]
                choices += [f"substring({sql} FROM 1 FOR 3)", f"CASE {sql} WHEN 'TIME' THEN 'hourly' ELSE {sql} END"]
        return self.pick(choices)

    # -- Aggregates ----------------------------------------------------------------------------------------------------

    def aggregated(self, text: str, joined: Joined, shape: Shape) -> str:
        columns = joined.columns
        telling = [column for column in columns if column.kind in GROUPED]
        groups = self.chance.sample(columns, min(len(columns), self.weighted({0: 1, 1: 3, 2: 2})))
        if groups and telling and self.maybe(0.6):
            groups[0] = self.pick(telling)
        groups = list({column.bare: column for column in groups}.values())  # a merged column is another of its name
        made = [self.aggregate(self.pick(columns), columns, shape) for _ in range(self.chance.randint(1, 3))]
        items = [*(column.sql for column in groups), *(sql for sql, _ in made)]
        shape.kinds = (*(column.kind for column in groups), *(kind for _, kind in made))
        shape.rows = min(shape.rows, 30 if groups else 1)
        query = f"SELECT {self.listing(items)} FROM {text}"
        if groups:
            keys = ", ".join(column.sql for column in groups)
            style = self.weighted({"{}": 8, "ROLLUP ({})": 1, "CUBE ({})": 1})
            query += f" GROUP BY {style.format(keys)}"
        if self.maybe(0.25):
            query += f" HAVING {self.having(groups, shape)}"
        return query

    def having(self, groups: list[Column], shape: Shape) -> str:
        own = [column for column in groups if "." in column.sql]
        if own and shape.depth < 2 and self.maybe(0.25):
            return self.subcondition(own, 1)
        if shape.depth < 2 and self.maybe(0.2):
            return f"count(*) {self.pick(['>', '<='])} {self.count_of([], 1)[0]}"
        return f"count(*) {self.pick(COMPARED)}"

    def aggregate(self, column: Column, columns: list[Column], shape: Shape) -> tuple[str, str]:
        numeric = TYPES[column.kind] in ("whole", "decimal")
        functions = ["count(*)", "count(*)", "count({})", "count(DISTINCT {})", "min({})", "max({})"]
        functions += ["sum({})", "sum(DISTINCT {})"] if numeric else []
        functions += ["avg({})", "avg({})"] if numeric and shape.rounded else []
        function = self.pick(functions)
        sql = function.format(column.sql)
        if self.maybe(0.2):
            sql += f" FILTER (WHERE {self.atom(columns)})"
        return sql, "minutes" if function.startswith("count") else column.kind

    def counting(self, shape: Shape) -> str:
        """Counts of one table by what the API can filter, such as its own count of a list could answer."""
        source = self.table(self.weighted(WEIGHTS))
        parts = [self.binding(source.columns)] if self.maybe(0.6) else []
        if self.maybe(0.15):
            parts.append(self.atom(source.columns))
        if self.maybe(0.15):
            parts.append(self.abroad(source))
        groups = [column for column in source.columns if column.kind in GROUPED]
        groups = self.chance.sample(groups, self.weighted({0: 4, 1: 4, 2: 1})) if len(groups) > 1 else []
        counts = ["count(*)"]
        if self.maybe(0.35):
            counts.append(self.aggregate(self.pick(source.columns), source.columns, shape)[0])
            shape.rows = 1
        shape.kinds = (*(column.kind for column in groups), *("count" for _ in counts))
        shape.rows = 10 if groups else 1
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        items = self.listing([*(column.sql for column in groups), *counts])
        query = f"SELECT {items} FROM {source.sql}{where}"
        if groups:
            query += f" GROUP BY {', '.join(column.sql for column in groups)}"
        return query + (f" HAVING count(*) {self.pick(COMPARED)}" if self.maybe(0.25) else "")

    def values_only(self, shape: Shape) -> str:
        """A query without a FROM: whether there are any, and how many."""
        items = []
        for _ in range(self.pick([1, 1, 2])):
            inner = self.inner([], 0, correlated=0)
            items.append(self.pick([f"EXISTS (SELECT 1 {inner.text})", f"(SELECT count(*) {inner.text})"]))
        shape.kinds = ("truth",) * len(items)
        return f"SELECT {self.listing(items)}"

    # -- Windows and their like ----------------------------------------------------------------------------------------

    def window(self, joined: Joined) -> str:
        """A window over an order in which no two rows are equal."""
        part = self.pick(joined.columns).sql
        order = ", ".join(source.key for source in joined.sources)
        function = self.pick(["row_number()", "count(*)", f"count({part})"])
        return f"{function} OVER (PARTITION BY {part} ORDER BY {order})"

    def newest(self, text: str, joined: Joined, shape: Shape) -> str:
        """DISTINCT ON, with an order that leaves no choice of the row."""
        columns = joined.columns
        first, *others = self.chance.sample(columns, min(len(columns), 3))
        shape.kinds = tuple(column.kind for column in (first, *others))
        items = self.listing([column.sql for column in (first, *others)])
        order = ", ".join(dict.fromkeys([first.sql, *(column.sql for column in columns)]))
        name, outer = self.alias(), self.named(len(others) + 1)
        body = f"SELECT DISTINCT ON ({first.sql}) {items} FROM {text} ORDER BY {order}"
        return f"SELECT {', '.join(f'{name}.{each}' for each in outer)} FROM ({body}) AS {name}"

    # -- Queries for others to read ------------------------------------------------------------------------------------

    def body(self, depth: int) -> tuple[str, tuple[str, ...], int]:
        kind = self.weighted({"whole": 6, "select": 7, "set": 4, "counts": 2, "with": 1})
        if kind == "set":
            return self.set_operation(depth)
        shape = Shape(depth)
        made = {"whole": self.whole_table, "select": self.select, "counts": self.counted_keys, "with": self.nested_with}
        text = made[kind](shape)
        return text, shape.kinds, shape.rows

    def whole_table(self, shape: Shape) -> str:
        """A few columns of all rows, the columns that could be pushed first, so that a filter from outside matters."""
        source = self.table(self.weighted(WEIGHTS))
        pushed = [column for column in source.columns if column.kind in PUSHED]
        chosen = self.chance.sample(pushed, min(3, len(pushed)))
        shape.kinds, shape.rows = tuple(column.kind for column in chosen), source.rows
        return f"SELECT {self.listing([column.sql for column in chosen])} FROM {source.sql}"

    def counted_keys(self, shape: Shape) -> str:
        """How many rows each key has."""
        source = self.table(self.pick(["Tasks", "Time", "Time", "Projects"]))
        key = self.linked(source.columns) or source.columns[0]
        where = f" WHERE {self.atom(source.columns)}" if self.maybe(0.4) else ""
        having = f" HAVING count(*) {self.pick(COMPARED)}" if self.maybe(0.3) else ""
        shape.kinds, shape.rows = (key.kind, "minutes"), 20
        return f"SELECT {key.sql} AS c1, count(*) AS c2 FROM {source.sql}{where} GROUP BY {key.sql}{having}"

    def nested_with(self, shape: Shape) -> str:
        """A query with a common table of its own."""
        before = list(self.state.ctes)
        common = self.common_table(2)
        text = self.select(shape)
        self.state.ctes = before
        return f"WITH {common} {text}"

    def common_table(self, depth: int) -> str:
        body, kinds, rows = self.body(depth)
        if self.maybe(0.25):
            body, kinds = self.barred(body, kinds)
        name = self.alias().replace("a", "w")
        columns = [Column(column, kind) for column, kind in zip(self.named(len(kinds)), kinds, strict=True)]
        self.state.ctes = [*self.state.ctes, (name, columns, rows)]
        return f"{name} AS {self.weighted({'': 9, 'MATERIALIZED ': 1})}({body})"

    def set_operation(self, depth: int) -> tuple[str, tuple[str, ...], int]:
        operator = self.pick(["UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"])
        one = Shape(depth + 1)
        left = self.whole_table(one) if self.maybe(0.4) else self.select(one)
        other = Shape(depth + 1, one.kinds, filtered=operator.startswith("EXCEPT"))
        return f"({left}) {operator} ({self.select(other)})", one.kinds, one.rows + other.rows
