"""Queries that are answered from what others have fetched, wholly or in part, return plain DuckDB's rows.

The seed and the number of generated queries are those of test_generated.py.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator
from xerosql.snapshots import snapshots_for

from .generator import questions
from .library import Entry, entries
from .test_generated import COUNT, SEED
from .world import UNKNOWN, Answer, Question, World, names_of, small_world

CHUNK = 50
CHUNKS = [(SEED * 1_000_000 + 500_000 + start, CHUNK) for start in range(0, max(CHUNK, COUNT // 8), CHUNK)]
#: One connection may find what the one before has left for as long as that.
MAX_AGE = "1 day"
#: What stops before the last list: a LIMIT, EXISTS, and tasks or time entries that are looked for in all projects.
AGAIN = re.compile(rf"limit|fetch first|exists|{UNKNOWN[:8]}|(task|timeentry)id\W+(=|in\b|is\b)", re.IGNORECASE)


class Xero:
    """A world's Xero, which counts how often it was asked for what is not there: that is never kept."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.not_found = 0

    def handle(self, *request: Any) -> Any:
        answer = self.simulator.handle(*request)
        self.not_found += answer[0] == 404
        return answer


class Reusing:
    """A world, and a connection that takes what is there already."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.xero = Xero(world.simulator)
        self.connection = world.connect(max_age=MAX_AGE, handler=self.xero.handle)

    def close(self) -> None:
        self.connection.close()
        self.world.close()

    def forget_some(self, seed: int) -> None:
        """Drop about half of what is kept, so that the next statement finds the other half."""
        chance = random.Random(seed)
        store = snapshots_for(self.xero.handle, self.connection.settings.base_url)._store(None)

        def drop(connection: sqlite3.Connection) -> None:
            for (number,) in connection.execute("SELECT id FROM snapshots").fetchall():
                if chance.random() < 0.5:
                    connection.execute("DELETE FROM pages WHERE snapshot = ?", (number,))
                    connection.execute("DELETE FROM snapshots WHERE id = ?", (number,))

        store._file.use(drop, None)

    def difference(self, question: Question, plain: Answer | None = None) -> str:
        """What is wrong with an answer, with those that follow it, or with what EXPLAIN expects of the last one."""
        plain = plain or self.world.plainly(question)
        first, absent = self.ask("first", question), self.xero.not_found
        second = self.ask("second", question)
        explained = self.ask("EXPLAIN", replace(question, sql=f"EXPLAIN (FORMAT JSON) {question.sql}"))
        third = self.ask("third", question)
        complaint = self.world.complaint(question, first, third, plain)
        again = may_ask_again(question) or self.xero.not_found > absent
        if not complaint and second.calls and plain.rows and not again:
            complaint = f"the second time took {second.calls} calls"
        expected = json.loads(str(explained.rows[0][0]))["total"]["calls"]
        if not complaint and expected != third.calls and not again:
            complaint = f"EXPLAIN expected {expected} calls, not {third.calls}"
        if not complaint:
            return ""
        answers = map(str, (first, second, explained, third, plain))
        return "\n".join(["", complaint, f"SQL:\n{question.sql}", str(question.parameters), *answers])

    def ask(self, way: str, question: Question) -> Answer:
        return self.world.through(self.connection, way, question)


def may_ask_again(question: Question) -> bool:
    """Whether a statement may leave a list in the middle, or ask for what is not there: neither is kept."""
    return bool(AGAIN.search(f"{question.sql} {question.parameters}"))


@pytest.fixture(scope="module")
def small() -> Iterator[Reusing]:
    reusing = Reusing(small_world())
    yield reusing
    reusing.close()


@pytest.mark.parametrize(("seed", "count"), CHUNKS, ids=[f"seed{seed}" for seed, _ in CHUNKS])
def test_generated_queries_give_the_same_rows_from_what_is_there(small: Reusing, seed: int, count: int) -> None:
    """One after the other, each beginning with about half of what those before have fetched."""
    for number, (question, plain) in enumerate(questions(small.world, seed, count)):
        small.forget_some(seed + number)
        difference = small.difference(question, plain)
        assert not difference, f"query {number} of seed {seed}: {difference}"


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_hand_written_queries_give_the_same_rows_from_what_is_there(small: Reusing, entry: Entry) -> None:
    """Whatever the queries before this one have left."""
    question = entry.question(names_of(small.world))
    difference = small.difference(question)
    assert not difference, difference


@pytest.mark.parametrize(("tables", "seed"), [(("Tasks", "Time", "Projects"), 0), (("Time", "Projects"), 2)])
def test_what_has_been_asked_in_one_order_is_not_asked_in_another(tables: tuple[str, ...], seed: int) -> None:
    """What is kept makes other orders look cheaper than the one that was taken, and for which all is there."""
    reusing = Reusing(small_world())
    for table in tables:
        reusing.ask("before", Question(f"SELECT * FROM {table}"))
    reusing.forget_some(seed)
    difference = reusing.difference(
        Question(
            "SELECT t.Name, e.Duration FROM Time e JOIN Tasks t USING (TaskId) "
            "JOIN Projects p ON p.ProjectId = e.ProjectId WHERE p.Status <> 'INPROGRESS'"
        )
    )
    reusing.close()
    assert not difference, difference


def test_the_reusing_connection_does_reuse(small: Reusing) -> None:
    """The comparisons above would prove nothing otherwise."""
    assert isinstance(small.connection, xerosql.Connection)
    small.world.through(small.connection, "first", Question("SELECT * FROM Tasks"))
    assert (
        small.world.through(small.connection, "second", Question("SELECT * FROM Tasks WHERE Name LIKE 'D%'")).calls == 0
    )
