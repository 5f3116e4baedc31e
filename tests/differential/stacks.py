"""Random views over views over tables, and queries of them: what stands in a definition is what others then read.

A view renames, filters, joins, groups, sorts and cuts what it reads; its columns are called by names that are those of
other columns, tables or words. Kinds of columns are those of `pools.py`, so that comparisons mean something. Whatever
cuts rows off has a total order, so there is one right answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from .pools import TABLES
from .world import World

T = TypeVar("T")
#: What columns of views are called, beside what they are called already.
NAMES = ("ProjectId", "Name", "Status", "TaskId", "x", "Y", "Projects", "v1", "Order Id", "select", "count", "c1")
#: Columns of the tables that are read; those of the kinds that are compared with each other, and a number.
READ = {
    "Projects": ("ProjectId", "ContactId", "Name", "Status", "MinutesLogged"),
    "Tasks": ("TaskId", "ProjectId", "Name", "Status", "ChargeType", "EstimateMinutes"),
    "Time": ("TimeEntryId", "ProjectId", "TaskId", "UserId", "Status", "Duration"),
    "Users": ("UserId", "Name", "Email"),
}
NUMBER = "minutes"
IDS = ("project", "task", "user", "contact", "entry")
ORDERS = ("", " DESC", " NULLS FIRST", " DESC NULLS LAST")
JOINS = ("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")


@dataclass(frozen=True)
class Output:
    """A column by its bare name, and what kind of values it has."""

    name: str
    kind: str


@dataclass(frozen=True)
class Made:
    """A table or view that can be read, with its columns."""

    name: str
    columns: tuple[Output, ...]


@dataclass(frozen=True)
class Reading:
    """A FROM clause with its condition, and the columns in reach by the names to use for them there."""

    sql: str
    columns: tuple[Output, ...]


def quoted(name: str) -> str:
    return f'"{name}"' if " " in name or name == "select" else name


class Stacks:
    """Makes a few views, one over the other, and queries of them."""

    def __init__(self, seed: int, world: World) -> None:
        self.chance = Random(f"views {seed}")
        self.values = values_of(world)
        self.made = [
            Made(f"projects.{table}", tuple(Output(name, TABLES[table][name]) for name in columns))
            for table, columns in READ.items()
        ]
        self.aliases = 0

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        return self.chance.choice(choices)

    def alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}"

    # -- Statements ----------------------------------------------------------------------------------------------------

    def view(self, number: int) -> str:
        """A CREATE VIEW; what is made after it can read it."""
        body, columns = self.body()
        listed = ""
        if self.maybe(0.4):
            columns = self.renamed(columns)
            listed = f" ({', '.join(quoted(each.name) for each in columns)})"
        name = f"v{number}"
        self.made.append(Made(f"scratch.{name}", columns))
        return f"CREATE VIEW scratch.{name}{listed} AS {body}"

    def query(self) -> str:
        return self.body()[0]

    def body(self) -> tuple[str, tuple[Output, ...]]:
        """A query and its columns, whose names are all different."""
        kind = self.chance.choices(
            (self.plain, self.selected, self.grouped, self.distinct, self.together, self.sorted, self.within),
            (20, 35, 15, 8, 10, 12, 8),
        )[0]
        return kind()

    def plain(self) -> tuple[str, tuple[Output, ...]]:
        """Nothing but columns of one table or view."""
        source = self.source()
        columns = tuple(self.chance.sample(source.columns, self.chance.randint(1, len(source.columns))))
        if self.maybe(0.2) and source.name.startswith("scratch"):  # a table has more columns than these
            return f"SELECT * FROM {source.name}", source.columns
        alias = self.alias()
        return self.listed([(f"{alias}.{quoted(each.name)}", each) for each in columns], f"FROM {source.name} {alias}")

    def selected(self) -> tuple[str, tuple[Output, ...]]:
        reading = self.reading()
        return self.listed(self.expressions(reading), reading.sql)

    def grouped(self) -> tuple[str, tuple[Output, ...]]:
        reading = self.reading()
        keys = self.chance.sample(reading.columns, min(len(reading.columns), self.pick((0, 1, 1, 2))))
        of = self.pick(reading.columns).name
        counts = self.chance.sample(
            ("count(*)", f"count({of})", f"count(DISTINCT {of})", f"min({of})", f"any_value({of}) IS NULL"), 2
        )
        kinds = [NUMBER, NUMBER, NUMBER, self.kind_of(of, reading), "flag"]
        columns = [(each.name, each) for each in keys]
        for each in counts:
            kind = NUMBER if each.startswith("count") else "flag" if "NULL" in each else kinds[3]
            columns.append((each, Output("n", kind)))
        tail = ""
        if keys:
            places = ", ".join(str(place) for place in range(1, len(keys) + 1))
            tail = f" GROUP BY {self.pick((places, ', '.join(each.name for each in keys), 'ALL'))}"
        if self.maybe(0.3):
            tail += f" HAVING count(*) {self.pick(('> 1', '>= 0', '< 3', '= 0'))}"
        return self.listed(columns, reading.sql + tail)

    def distinct(self) -> tuple[str, tuple[Output, ...]]:
        reading = self.reading()
        expressions = self.expressions(reading)
        if self.maybe(0.5):
            return self.listed(expressions, reading.sql, "SELECT DISTINCT")
        order = ", ".join(str(place) for place in range(1, len(expressions) + 1))
        return self.listed(expressions, f"{reading.sql} ORDER BY {order}", f"SELECT DISTINCT ON ({expressions[0][0]})")

    def together(self) -> tuple[str, tuple[Output, ...]]:
        """Two queries of the same kinds of columns."""
        one, other = self.source(), self.source()
        pairs = [(a, b) for a in one.columns for b in other.columns if a.kind == b.kind]
        if not pairs:
            return self.selected()
        pairs = self.chance.sample(pairs, min(len(pairs), self.chance.randint(1, 3)))
        columns = tuple(a for a, _ in pairs)
        left, outputs = self.listed([(quoted(a.name), a) for a in columns], f"FROM {one.name}")
        right = ", ".join(quoted(b.name) for _, b in pairs)
        word = self.pick(("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
        query = f"{left} {word} SELECT {right} FROM {other.name}{self.bare_condition(other)}"
        return self.cut(query, len(pairs)) if self.maybe(0.3) else query, outputs

    def sorted(self) -> tuple[str, tuple[Output, ...]]:
        reading = self.reading()
        query, outputs = self.listed(self.expressions(reading), reading.sql)
        return self.cut(query, len(outputs)), outputs

    def within(self) -> tuple[str, tuple[Output, ...]]:
        """A query of a common table, which may be called what a view is called."""
        inner, columns = self.body()
        name = self.pick(("w1", "v1", "Projects", "tasks"))
        alias = self.alias()
        outer, outputs = self.listed(
            [(f"{alias}.{quoted(each.name)}", each) for each in columns], f"FROM {name} {alias}"
        )
        return f"WITH {name} AS ({inner}) {outer}", outputs

    # -- Parts ---------------------------------------------------------------------------------------------------------

    def source(self) -> Made:
        """The later ones more often."""
        return self.chance.choices(self.made, range(1, len(self.made) + 1))[0]

    def renamed(self, columns: Sequence[Output]) -> tuple[Output, ...]:
        """The columns under names that differ from each other."""
        taken: set[str] = set()
        found = []
        for each in columns:
            wanted = each.name.split(".")[-1].strip('"') if self.maybe(0.5) else self.pick(NAMES)
            while wanted.lower() in taken:
                wanted = f"{wanted}2"
            taken.add(wanted.lower())
            found.append(Output(wanted, each.kind))
        return tuple(found)

    def listed(
        self, expressions: Sequence[tuple[str, Output]], rest: str, word: str = "SELECT"
    ) -> tuple[str, tuple[Output, ...]]:
        """A SELECT of these expressions, each under a name."""
        outputs = self.renamed([each for _, each in expressions])
        shown = ", ".join(
            f"{sql} AS {quoted(output.name)}" for (sql, _), output in zip(expressions, outputs, strict=True)
        )
        return f"{word} {shown} {rest}", outputs

    def cut(self, query: str, width: int) -> str:
        places = self.chance.sample(range(1, width + 1), width)
        order = ", ".join(f"{place}{self.pick(ORDERS)}" for place in places)
        offset = f" OFFSET {self.pick((0, 1, 3))}" if self.maybe(0.3) else ""
        return f"{query} ORDER BY {order} LIMIT {self.pick((0, 1, 3, 5, 20))}{offset}"

    def kind_of(self, name: str, reading: Reading) -> str:
        return next(each.kind for each in reading.columns if each.name == name)

    def reading(self) -> Reading:
        """One source or two, with conditions."""
        source, alias = self.source(), self.alias()
        columns = [Output(f"{alias}.{quoted(each.name)}", each.kind) for each in source.columns]
        sql = f"FROM {source.name} {alias}"
        if self.maybe(0.45):
            sql, columns = self.joined(sql, columns)
        conditions = [self.condition(columns) for _ in range(self.pick((0, 0, 1, 1, 2)))]
        return Reading(f"{sql} WHERE {' AND '.join(conditions)}" if conditions else sql, tuple(columns))

    def joined(self, sql: str, columns: list[Output]) -> tuple[str, list[Output]]:
        other, alias = self.source(), self.alias()
        own = [Output(f"{alias}.{quoted(each.name)}", each.kind) for each in other.columns]
        pairs = [(a, b) for a in columns for b in own if a.kind == b.kind and a.kind in IDS]
        if not pairs:
            return sql, columns
        a, b = self.pick(pairs)
        if self.maybe(0.2):
            outer = self.pick(("JOIN", "LEFT JOIN"))
            bare = b.name.partition(".")[2]
            inner, outputs = self.listed(
                [(f"z.{quoted(each.name)}", each) for each in other.columns],
                f"FROM {other.name} z WHERE z.{bare} = {a.name}",
            )
            if self.maybe(0.4):
                inner = self.cut(inner, len(outputs))
            lateral = [Output(f"{alias}.{quoted(each.name)}", each.kind) for each in outputs]
            return f"{sql} {outer} LATERAL ({inner}) {alias} ON TRUE", columns + lateral
        bare = a.name.partition(".")[2]
        if bare.lower() == b.name.partition(".")[2].lower() and self.maybe(0.5):
            rest = [each for each in columns + own if each not in (a, b)]
            return f"{sql} {self.pick(JOINS)} {other.name} {alias} USING ({bare})", [Output(bare, a.kind), *rest]
        return f"{sql} {self.pick(JOINS)} {other.name} {alias} ON {a.name} = {b.name}", columns + own

    def expressions(self, reading: Reading) -> list[tuple[str, Output]]:
        columns = self.chance.sample(reading.columns, self.chance.randint(1, min(4, len(reading.columns))))
        found = [(each.name, each) for each in columns]
        of = self.pick(reading.columns)
        more = [
            (f"coalesce({of.name}, {of.name})", of),
            (f"CASE WHEN {self.condition(reading.columns)} THEN {of.name} END", of),
            (f"count(*) OVER (PARTITION BY {of.name})", Output("n", NUMBER)),
            ("unnest(ARRAY[1, 2])", Output("n", NUMBER)),
            (f"{of.name} IS NULL", Output("n", "flag")),
            (f"(SELECT count(*) FROM {self.related(of)})", Output("n", NUMBER)),
            ("7", Output("n", NUMBER)),
        ]
        found += self.chance.sample(more, self.pick((0, 0, 1, 2)))
        return found

    def related(self, of: Output) -> str:
        """A table with its condition that has something to do with a column."""
        found = [(made, each) for made in self.made for each in made.columns if each.kind == of.kind]
        made, column = self.pick(found) if found else (self.source(), None)
        alias = self.alias()
        return f"{made.name} {alias}" + (f" WHERE {alias}.{quoted(column.name)} = {of.name}" if column else "")

    def bare_condition(self, made: Made) -> str:
        columns = [Output(quoted(each.name), each.kind) for each in made.columns]
        return f" WHERE {self.condition(columns)}" if self.maybe(0.4) else ""

    def condition(self, columns: Sequence[Output]) -> str:
        column = self.pick(columns)
        form = self.pick(("value", "value", "values", "null", "in", "not in", "exists", "not exists", "or"))
        if (
            form == "null"
            or column.kind in ("flag", "words")
            or (form.startswith("value") and column.kind not in self.values)
        ):
            return f"{column.name} IS {self.pick(('', 'NOT '))}NULL"
        if form == "value":
            return f"{column.name} {self.pick(('=', '=', '<>', '>', '<='))} {self.value(column.kind)}"
        if form == "values":
            word = self.pick(("IN", "IN", "NOT IN"))
            return f"{column.name} {word} ({', '.join(self.value(column.kind) for _ in range(self.pick((1, 2, 3))))})"
        if form in ("exists", "not exists"):
            return f"{form.upper()} (SELECT 1 FROM {self.related(column)})"
        if form == "or":
            return f"({self.condition(columns)} OR {self.condition(columns)})"
        found = [(made, each) for made in self.made for each in made.columns if each.kind == column.kind]
        if not found:
            return f"{column.name} IS NOT NULL"
        made, other = self.pick(found)
        return f"{column.name} {form.upper()} (SELECT {quoted(other.name)} FROM {made.name})"

    def value(self, kind: str) -> str:
        return self.pick(self.values[kind])


def values_of(world: World) -> dict[str, list[str]]:
    """Literals of each kind that there are rows of."""
    found: dict[str, set[object]] = {}
    for table, columns in READ.items():
        for name in columns:
            rows = world.truth.execute(f"SELECT DISTINCT {name} FROM main.{table} WHERE {name} IS NOT NULL").fetchall()
            found.setdefault(TABLES[table][name], set()).update(value for (value,) in rows)
    return {
        kind: [str(each) if kind == NUMBER else literal(each) for each in sorted(values, key=str)]
        for kind, values in found.items()
    }


def literal(value: object) -> str:
    return "'{}'".format(str(value).replace("'", "''"))


def stacks(seed: int, world: World, views: int, queries: int) -> Iterator[str]:
    """Statements: so many views, then so many queries of them."""
    made = Stacks(seed, world)
    for number in range(1, views + 1):
        yield made.view(number)
    for _ in range(queries):
        yield made.query()
