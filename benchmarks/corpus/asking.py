"""Asks a query of the corpus and judges the answer: its rows, its calls, and what EXPLAIN expected."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import xerosql
from tests.differential import truth
from tests.differential.compare import Row, close, cut, limited, part_of

from .missed import MISSED
from .model import Entry
from .worlds import World


@dataclass(frozen=True, slots=True)
class Estimate:
    """What EXPLAIN expects of a statement; `most` is None where it knows no bound."""

    calls: int
    most: int | None


@dataclass(frozen=True)
class Outcome:
    """What came of a query in a world.

    `ours` are the calls of the first run on a connection that knows nothing yet, `again` those of the second run. The
    estimates are None where the driver has no EXPLAIN. `fault` says what is wrong with the rows.
    """

    entry: Entry
    world: str
    fewest: int
    ours: int
    again: int
    cold: Estimate | None
    warm: Estimate | None
    fault: str = ""

    @property
    def name(self) -> str:
        return f"{self.entry.name} ({self.world})"

    @property
    def ratio(self) -> float:
        """Our calls over the fewest, of the run that counts. Calls where none are needed are so many times too many."""
        calls = self.again if self.entry.by_length else max(self.ours, self.again)
        return calls / self.fewest if self.fewest else 1.0 + calls

    @property
    def missed(self) -> str:
        """Why the driver is known to make more calls than the fewest; empty where it must not."""
        return MISSED.get((self.entry.title, self.world), "")

    @property
    def faults(self) -> list[str]:
        """What must not be, in sentences."""
        found = [self.fault] if self.fault else []
        if self.missed and self.ratio == 1:
            found.append("it is said to miss the fewest calls, and does not")
        for run, calls in (("first", self.ours), ("second", self.again)):
            if calls > self.fewest and not self.missed and not (run == "first" and self.entry.by_length):
                found.append(f"the {run} run made {calls} calls where {self.fewest} do")
            if calls < self.fewest:
                found.append(
                    f"the corpus is wrong: {self.fewest} calls are said to be fewest, the {run} run made {calls}"
                )
        if self.warm is not None and self.warm.calls != self.again:
            found.append(f"EXPLAIN expected {self.warm.calls} calls, the second run made {self.again}")
        for when, estimate, calls in (("at first", self.cold, self.ours), ("then", self.warm, self.again)):
            if estimate is not None and estimate.most is not None and calls > estimate.most:
                found.append(f"EXPLAIN {when} promised at most {estimate.most} calls, {calls} were made")
        return found


def ask(entry: Entry, world: World) -> Outcome:
    """Run the query twice on a fresh connection, with EXPLAIN before either."""
    sql, parameters = world.filled(entry.sql), world.parameters(entry)
    with world.connect() as connection:
        cold = estimate(connection, sql, parameters)
        rows, ours = run(connection, sql, parameters)
        warm = estimate(connection, sql, parameters)
        rows_again, again = run(connection, sql, parameters)
    fault = judge(entry, world, rows) or judge(entry, world, rows_again)
    return Outcome(entry, world.name, entry.fewest(world.organisation), ours, again, cold, warm, fault)


def run(connection: xerosql.Connection, sql: str, parameters: Sequence[object]) -> tuple[list[Row], int]:
    """The rows, and the calls as the driver counts them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
        assert cursor.stats is not None
        return rows, cursor.stats.api_calls


def estimate(connection: xerosql.Connection, sql: str, parameters: Sequence[object]) -> Estimate | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
            ((text,),) = cursor.fetchall()
    except xerosql.NotSupportedError:
        return None
    total = json.loads(text)["total"]
    return Estimate(total["calls"], total["most_calls"])


def judge(entry: Entry, world: World, rows: Sequence[Row]) -> str:
    """How the rows differ from plain DuckDB's; empty when they are right.

    A LIMIT without an order may take any rows, so there they must be as many as there should be, each of the result.
    """
    sql = truth.plain(world.filled(entry.plain or entry.sql))
    parameters = world.parameters(entry)
    parts = limited(sql) if "ORDER BY" not in entry.sql else None
    if parts is None:
        right = truth.answer(world.truth, sql, parameters)
        return "" if close(rows, right, ordered=False) else f"{len(rows)} rows, not the {len(right)} of plain DuckDB"
    unlimited, limit, offset = parts
    every = truth.answer(world.truth, unlimited, parameters)
    if len(rows) != cut(len(every), limit, offset):
        return f"{len(rows)} rows, not {cut(len(every), limit, offset)}"
    return "" if part_of(rows, every) else "rows that the query without its LIMIT does not have"
