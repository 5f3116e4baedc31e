"""The same queries through views: each table a view of it, and each query a view itself.

In a long run (XEROSQL_FUZZ_COUNT) all the hand-written queries, and a quarter of so many generated ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

import xerosql

from .compare import close
from .generator import questions
from .library import Entry, entries
from .test_generated import COUNT, LONG, SEED
from .world import Answer, Question, World, names_of

TABLES = ("Projects", "Tasks", "Time", "Users", "Tenants")
ENTRIES = entries()
CHUNK = 40 if LONG else 12
CHUNKS = range(0, COUNT // 4, CHUNK) if LONG else range(0, CHUNK, CHUNK)
#: A LIMIT stops the reading where it is the statement's own, and not where it stands in a view.
DEARER_AS_A_VIEW = {"limits-limit_over_a_correlated_join"}


class Views:
    """A world seen through views, by connections that have learnt of its lists what the plain one has."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = self.connect(search_path=("scratch", "projects"))
        self.wholes = self.connect()
        for table in TABLES:
            self.tables.execute(f"CREATE VIEW scratch.{table} AS SELECT * FROM projects.{table}")

    def connect(self, **options: object) -> xerosql.Connection:
        connection = self.world.connect(pushdown=True, **options)
        connection.session.statistics = self.world.on.session.statistics
        return connection

    def close(self) -> None:
        self.tables.close()
        self.wholes.close()

    def of_tables(self, question: Question) -> Answer:
        return self.world.through(self.tables, "views of the tables", question)

    def whole(self, question: Question, width: int) -> Answer:
        columns = ", ".join(f"c{number}" for number in range(width))
        try:
            self.wholes.execute(f"CREATE OR REPLACE VIEW scratch.whole ({columns}) AS {question.sql}")
        except xerosql.Error as error:
            return Answer("a view of the query", error=f"{type(error).__name__}: {error}")
        return self.world.through(
            self.wholes, "a view of the query", replace(question, sql="SELECT * FROM scratch.whole")
        )

    def defined(self, question: Question) -> Answer:
        """What is told to be the definition of the view of the query, asked as a query."""
        told = "SELECT view_definition FROM information_schema.views WHERE table_name = 'whole'"
        (definition,) = self.wholes.execute(told).fetchone() or ("",)
        return self.world.through(self.wholes, "the definition", replace(question, sql=definition))

    def complaint(self, question: Question, *, whole_costs_the_same: bool = True) -> str:
        """What is wrong with the answers through views, in full; empty when all is well."""
        plain = self.world.plainly(question)
        written = self.world.through(self.world.on, "written out", question)
        found = [self.difference(question, written, self.of_tables, plain, same_price=False)]
        if not written.error and not self.plans_alike(question.sql):
            found.append(f"views of the tables have another plan: {question.sql}")
        if question.parameters is None and not written.error:
            whole = partial(self.whole, width=len(written.description))
            found.append(self.difference(question, written, whole, plain, same_price=whole_costs_the_same))
            found.append(self.difference(question, written, self.defined, plain, same_price=False))
        return "\n".join(filter(None, found))

    def plans_alike(self, sql: str) -> bool:
        """Whether a query of views that only name columns is planned as over the tables: it costs the same, then."""
        plan: object = self.tables.session.plan(sql)
        return plan == self.world.on.session.plan(sql)

    def difference(
        self, question: Question, written: Answer, ask: Callable[[Question], Answer], plain: Answer, *, same_price: bool
    ) -> str:
        answer = ask(question)
        complaint = self.wrong_rows(question, answer, written, plain)
        if not complaint and same_price and answer.calls != written.calls:  # asked again, now that both have learnt
            written, answer = self.world.through(self.world.on, "written out", question), ask(question)
            complaint = "" if answer.calls == written.calls else "the price is another one"
        told = (f"SQL:\n{question.sql}", f"parameters: {question.parameters}", answer, written, plain)
        return "\n".join(["", complaint, *map(str, told)]) if complaint else ""

    def wrong_rows(self, question: Question, answer: Answer, written: Answer, plain: Answer) -> str:
        """As for a query without views, but for the order, which is not a view's."""
        if question.ordered and not answer.error and not plain.error:
            return "" if close(answer.rows, plain.rows, ordered=False) else "a view and plain DuckDB differ"
        named_alike = replace(answer, description=written.description)
        return self.world.complaint(question, named_alike, written, plain)


@pytest.fixture(scope="module")
def demo_views(demo: World) -> Iterator[Views]:
    views = Views(demo)
    yield views
    views.close()


@pytest.fixture(scope="module")
def small_views(small: World) -> Iterator[Views]:
    views = Views(small)
    yield views
    views.close()


@pytest.mark.parametrize("entry", ENTRIES if LONG else ENTRIES[::40], ids=lambda entry: entry.id)
def test_a_query_through_views_has_the_rows_and_the_price_of_the_query(demo_views: Views, entry: Entry) -> None:
    question = entry.question(names_of(demo_views.world))
    complaint = demo_views.complaint(question, whole_costs_the_same=entry.id not in DEARER_AS_A_VIEW)
    assert not complaint, complaint


@pytest.mark.parametrize("start", CHUNKS)
def test_generated_queries_through_views_have_the_rows_of_the_queries(small_views: Views, start: int) -> None:
    for question, _ in questions(small_views.world, SEED * 1_000_000 + 500_000 + start, CHUNK):
        complaint = small_views.complaint(question, whole_costs_the_same=False)
        assert not complaint, complaint
