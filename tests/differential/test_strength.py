"""How strong the generated queries are: each of these mistakes must make some of the first few differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlglot import exp

from xerosql.catalog.model import Column, Filter
from xerosql.plan import access, below, conjuncts, predicates
from xerosql.plan.known import Known
from xerosql.plan.predicates import Facts, Inference

from .generator import questions
from .mistakes import MISTAKES, Mistake, mistaken
from .world import Answer, Question, World

SEED = 13
#: Queries within which a break of the driver, or a mistake made on plain DuckDB, must be found.
WITHIN = 300
Patch = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def answered(small: World) -> list[tuple[Question, Answer]]:
    """The queries, each with the right answer."""
    return list(questions(small, SEED, WITHIN))


# -- Breaks of the driver ----------------------------------------------------------------------------------------------


def outer_joins_are_inner(side: str) -> Patch:
    """Conditions and equalities of an outer join are noted as if it were an inner one."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Inference.note_join

        def note_join(self: Inference, join: exp.Join, left: list[str], facts: Facts, joined: Any) -> None:
            copy = join.copy()
            copy.set("side", None if join.side.upper() == side else join.args.get("side"))
            whole(self, copy, left, facts, joined)

        monkeypatch.setattr(Inference, "note_join", note_join)

    return patch


def conditions_enter_every_derived_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands in the way: LIMIT, windows, DISTINCT ON, groups by other columns."""
    monkeypatch.setattr(below, "may_filter_before", lambda column, select: True)


def conditions_enter_shared_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A common table read twice is narrowed by each of its readers."""

    class Once(dict[int, int]):
        def __init__(self, _: object) -> None:
            super().__init__()

        def __missing__(self, key: int) -> int:
            return 1

    monkeypatch.setattr(predicates, "Counter", Once)


def alternatives_are_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """`x = 1 OR x = 2` asks for 1."""

    def first(conjunct: exp.Or) -> Iterator[object]:
        yield from conjuncts.conditions_in(next(conjuncts.disjuncts(conjunct)))

    monkeypatch.setattr(conjuncts, "alternatives", first)


def lists_keep_their_first_value(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Known.narrow

    def narrow(self: Known, column: Column, values: list[object], direct: bool) -> bool:
        return whole(self, column, values[:1], direct)

    monkeypatch.setattr(Known, "narrow", narrow)


def bounds_exclude_their_day(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = access.day_bound

    def day_bound(taken: Filter, known: Known) -> str:
        bound = whole(taken, known)
        if not bound:
            return bound
        day = dt.date.fromisoformat(bound[:10]) + dt.timedelta(days=1 if taken.kind == "from" else -1)
        return f"{day}{bound[10:]}"

    monkeypatch.setattr(access, "day_bound", day_bound)


BREAKS: dict[str, Patch] = {
    "a LEFT JOIN is noted as an inner one": outer_joins_are_inner("LEFT"),
    "a RIGHT JOIN is noted as an inner one": outer_joins_are_inner("RIGHT"),
    "a FULL JOIN is noted as an inner one": outer_joins_are_inner("FULL"),
    "conditions enter every derived table": conditions_enter_every_derived_table,
    "conditions enter a common table read twice": conditions_enter_shared_tables,
    "OR is its first branch": alternatives_are_the_first,
    "a list is its first value": lists_keep_their_first_value,
    "a bound excludes its day": bounds_exclude_their_day,
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_driver_is_found_out(
    small: World, answered: list[tuple[Question, Answer]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Some generated query gets another answer from a driver that is broken in this way."""
    BREAKS[name](monkeypatch)
    with small.connect(pushdown=True) as broken:  # one that has planned nothing yet
        for question, right in answered:
            answer = small.through(broken, "broken", question)
            if not answer.error and small.complaint(question, answer, answer, right):
                return
    pytest.fail(f"{WITHIN} queries do not notice that {name}")


# -- Mistakes a planner could make -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistaken_planner_would_be_found_out(
    small: World, answered: list[tuple[Question, Answer]], mistake: Mistake
) -> None:
    """Some generated query gets another answer when its tables are narrowed as that mistake would narrow them."""
    for question, right in answered:
        sql = mistaken(question, mistake)
        answer = small.plainly(Question("", plain=sql)) if sql else right
        if not answer.error and small.complaint(question, answer, answer, right):
            return
    pytest.fail(f"{WITHIN} queries do not notice {mistake.__name__}")


def test_the_queries_complain_of_nothing_that_is_right(small: World, answered: list[tuple[Question, Answer]]) -> None:
    """What finds a mistake finds none in the right answer, so that the tests above can fail."""
    for question, right in answered:
        assert not small.complaint(question, right, right, right)
