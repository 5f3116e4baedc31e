"""Random views over views give the rows that plain DuckDB has for the same views over its own tables.

In a long run (XEROSQL_FUZZ_COUNT) half as many queries as there, each stack of views with a seed of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import truth
from .compare import close
from .stacks import READ, stacks
from .test_generated import COUNT, LONG, SEED
from .world import Question, World, small_world

VIEWS, QUERIES = 5, 10
STACKS = COUNT // (2 * QUERIES) if LONG else 6
CHUNK = 3


class Twins:
    """A world's connection and its truth, in both of which the same views are made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.truth = world.truth
        self.truth.execute("CREATE SCHEMA projects")
        for table in READ:
            self.truth.execute(f"CREATE TABLE projects.{table} AS FROM main.{table}")

    def complaint(self, seed: int, *, temporary: bool) -> str:
        """The first query of a stack of which the rows differ, with the views; empty if there is none."""
        told: list[str] = []
        self.truth.execute("DROP SCHEMA IF EXISTS scratch CASCADE; CREATE SCHEMA scratch")
        with self.world.connect() as connection:
            for sql in stacks(seed, self.world, VIEWS, QUERIES):
                told.append(sql.replace("scratch.", "pg_temp.") if temporary else sql)
                plain = self.plainly(truth.plain(sql))
                if sql.startswith("CREATE"):
                    connection.execute(told[-1])
                    continue
                answer = self.world.through(connection, "through views", Question(told.pop()))
                if answer.error or not close(answer.rows, plain, ordered=False):
                    return "\n".join(["", *told, sql, str(answer), f"plain DuckDB: {len(plain)} rows {plain[:20]}"])
        return ""

    def plainly(self, sql: str) -> list[tuple[object, ...]]:
        return self.truth.execute(sql).fetchall()


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    world = small_world()
    yield Twins(world)
    world.close()


@pytest.mark.parametrize("start", range(0, STACKS, CHUNK))
def test_views_over_views_have_the_rows_of_plain_duckdb(twins: Twins, start: int) -> None:
    """Every third stack is one of temporary views."""
    for number in range(start, min(start + CHUNK, STACKS)):
        complaint = twins.complaint(SEED * 1_000_000 + number, temporary=number % 3 == 2)
        assert not complaint, complaint
