"""Budgets: a statement that would cost too much is refused before its first call, with what would make it cheap."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql


def test_a_plan_beyond_max_calls_is_refused_before_its_first_call(make_books: Any, sim: Any) -> None:
    """The sentence has the plan in a line, the limit, and the condition that would make it cheap."""
    books = make_books(sim, max_calls=3)
    books.run("SELECT Name FROM Projects").fetchall()
    sim.reset_counters()
    with pytest.raises(xerosql.BudgetError, match="more than max_calls = 3; nothing was asked") as caught:
        books.run("SELECT Name FROM Tasks")
    assert "Tasks.ProjectId = '…' makes Tasks one call for each of the Projects named" in str(caught.value).replace(
        "tasks.P", "Tasks.P"
    )
    assert caught.value.sqlstate == "54000"
    assert sim.requests == []
    books.connection.close()


def test_a_cheap_statement_passes(make_books: Any, sim: Any) -> None:
    """The budget is of each statement, not of the connection."""
    books = make_books(sim, max_calls=2)
    project = books.rows("projects")[0]["projectId"]
    for _ in range(3):
        books.run("SELECT Name FROM Tasks WHERE ProjectId = ?", [project]).fetchall()
    books.connection.close()


def test_what_turns_out_dearer_is_refused_before_the_dear_part(make_books: Any, sim: Any) -> None:
    """Once the keys are known, and there are too many, the requests for them are not begun."""
    books = make_books(sim, max_calls=5)
    sql = "SELECT t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE p.Name LIKE '%' AND p.Name <> '' "
    sql += "AND p.CurrencyCode LIKE '%' AND p.MinutesLogged + 1 > 0"
    with pytest.raises(xerosql.BudgetError, match="max_calls = 5"):
        books.run(sql).fetchall()
    assert len(books.reads) <= 5
    books.connection.close()


def test_explain_is_free_whatever_the_budget(make_books: Any, sim: Any) -> None:
    """A plan that would be refused can be looked at."""
    books = make_books(sim, max_calls=0)
    assert books.run("EXPLAIN SELECT Name FROM Tasks").fetchall()
    with pytest.raises(xerosql.BudgetError, match="max_calls = 0"):
        books.run("SELECT Name FROM Projects")
    assert sim.requests == []
    books.connection.close()


def test_the_days_reserve_is_left_alone(make_books: Any) -> None:
    """Once Xero has said what is left of the day, a statement that would go below the reserve is refused."""
    from xerosql.simulator import Simulator

    sim = Simulator(limits=True, day_limit=12)
    books = make_books(sim, calls_per_day=12, day_reserve=0.5)
    books.run("SELECT Name FROM Projects").fetchall()
    with pytest.raises(xerosql.BudgetError, match=r"day_reserve = 0\.5 leaves of today's quota"):
        books.run("SELECT Name FROM Tasks")
    assert len(books.reads) == 1
    books.connection.close()


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"max_calls": -1}, "max_calls must be zero or more, not -1"),
        ({"day_reserve": 1.5}, "day_reserve is a share from 0 to 1, not 1.5"),
        ({"day_reserve": -0.1}, "day_reserve is a share from 0 to 1, not -0.1"),
        ({"max_rows_affected": -5}, "max_rows_affected must be zero or more, not -5"),
        ({"max_calls": "many"}, "max_calls must be a whole number"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(option: dict[str, object], sentence: str) -> None:
    """connect() says what the option takes."""
    with pytest.raises(xerosql.InterfaceError, match=sentence):
        xerosql.connect("demo", **option)
