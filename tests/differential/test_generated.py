"""Generated queries. XEROSQL_FUZZ_SEED and XEROSQL_FUZZ_COUNT make a run other or longer than the usual one."""

from __future__ import annotations

import os

import pytest

from .generator import Generator
from .pools import Pool
from .shrink import shrunk
from .world import Question, World

SEED = int(os.environ.get("XEROSQL_FUZZ_SEED", "1"))
COUNT = int(os.environ.get("XEROSQL_FUZZ_COUNT", "2000"))
CHUNK = 50  # queries of one test; each chunk has a seed of its own, so that any of them can run alone
CHUNKS = [(SEED * 1_000_000 + start, min(CHUNK, COUNT - start)) for start in range(0, COUNT, CHUNK)]


@pytest.mark.parametrize(("seed", "count"), CHUNKS, ids=[f"seed{seed}" for seed, _ in CHUNKS])
def test_generated_queries_give_the_same_rows_every_way(small: World, seed: int, count: int) -> None:
    """No query of the chunk tells pushdown on, pushdown off and plain DuckDB apart."""
    generator = Generator(seed, Pool.of(small), [tenant for tenant, _ in small.simulator.tenants])
    for number in range(count):
        question = generator.question()
        difference = small.difference(question)
        if difference:
            pytest.fail(
                f"query {number} of seed {seed}: {difference}\n\nsmaller: {smaller(small, question, difference)}"
            )


def smaller(world: World, question: Question, difference: str) -> str:
    """The difference again, of a query with whatever can be left out left out."""
    complaint = difference.splitlines()[1]

    def fails(candidate: Question) -> bool:
        return complaint in world.difference(candidate).splitlines()[1:2] and not world.plainly(candidate).error

    return world.difference(shrunk(question, fails))
