"""Generated queries. XEROSQL_FUZZ_SEED and XEROSQL_FUZZ_COUNT make a run other or longer than the usual one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from .features import FEATURES, features
from .generator import questions
from .shrink import shrunk
from .world import Answer, Question, World

SEED = int(os.environ.get("XEROSQL_FUZZ_SEED", "1"))
COUNT = int(os.environ.get("XEROSQL_FUZZ_COUNT", "500"))
LONG = "XEROSQL_FUZZ_COUNT" in os.environ
CHUNK = 50  # queries of one test; each chunk has a seed of its own, so that any of them can run alone
CHUNKS = [(SEED * 1_000_000 + start, min(CHUNK, COUNT - start)) for start in range(0, COUNT, CHUNK)]


@pytest.mark.parametrize(("seed", "count"), CHUNKS, ids=[f"seed{seed}" for seed, _ in CHUNKS])
def test_generated_queries_give_the_same_rows_every_way(
    small: World, seed: int, count: int, record_property: Callable[[str, object], None]
) -> None:
    """No query of the chunk tells pushdown on, pushdown off and plain DuckDB apart."""
    ran: dict[str, int] = {}  # a plain one, which a report can take along
    record_property("generated", ran)
    for number, (question, plain) in enumerate(questions(small, seed, count)):
        difference = small.difference(question, plain)
        for name in told(question, plain) if LONG else ():
            ran[name] = ran.get(name, 0) + 1
        if difference:
            pytest.fail(
                f"query {number} of seed {seed}: {difference}\n\nsmaller: {smaller(small, question, difference)}"
            )


def told(question: Question, plain: Answer) -> Iterator[str]:
    """What there is to count about a query, for the summary of a long run."""
    yield "queries"
    yield from ["with rows"] if plain.rows else []
    yield from features(question.sql)


def smaller(world: World, question: Question, difference: str) -> str:
    """The difference again, of a query with whatever can be left out left out."""
    complaint = difference.splitlines()[1]

    def fails(candidate: Question) -> bool:
        return complaint in world.difference(candidate).splitlines()[1:2] and not world.plainly(candidate).error

    return world.difference(shrunk(question, fails))


def test_most_generated_queries_have_rows_and_every_feature_is_in_some(small: World) -> None:
    """Of 400 queries at least three in four return rows, and nothing that can be written is never written."""
    found = Counter[str]()
    for question, plain in questions(small, 7, 400):
        found.update(told(question, plain))
    assert found["with rows"] >= 0.75 * found["queries"]
    assert not set(FEATURES) - set(found)
