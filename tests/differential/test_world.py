"""The worlds that queries are asked in, and what counts as a difference."""

from __future__ import annotations

import pytest

from .world import Answer, Question, World, overrun

TASKS = Question("SELECT Name FROM Tasks")
KINDS = {
    "a project without tasks": "SELECT 1 FROM Projects WHERE ProjectId NOT IN (SELECT ProjectId FROM Tasks)",
    "tasks without time": "SELECT 1 FROM Projects JOIN Tasks USING (ProjectId) WHERE MinutesLogged = 0",
    "a closed project with time": "SELECT 1 FROM Projects WHERE Status = 'CLOSED' AND MinutesLogged > 0",
    "a project without deadline": "SELECT 1 FROM Projects WHERE Deadline IS NULL",
    "a project without estimate": "SELECT 1 FROM Projects WHERE EstimateValue IS NULL",
    "projects of one name": "SELECT 1 FROM Projects GROUP BY Name HAVING count(*) > 1",
    "tasks of one name in a project": "SELECT 1 FROM Tasks GROUP BY ProjectId, Name HAVING count(*) > 1",
    "time without description": "SELECT 1 FROM Time WHERE Description IS NULL",
    "a person without time": "SELECT 1 FROM Users WHERE UserId NOT IN (SELECT UserId FROM Time)",
    "every status of tasks": "SELECT 1 FROM Tasks HAVING count(DISTINCT Status) = 3",
    "every charge type": "SELECT 1 FROM Tasks HAVING count(DISTINCT ChargeType) = 3",
    "every status of time": "SELECT 1 FROM Time HAVING count(DISTINCT Status) = 3",
    "two organisations with projects": "SELECT 1 FROM every.Projects HAVING count(DISTINCT TenantId) = 2",
    "one without": "SELECT 1 FROM every.Users WHERE TenantId NOT IN (SELECT TenantId FROM every.Projects)",
    "a name in two organisations": "SELECT 1 FROM every.Users GROUP BY Name HAVING count(DISTINCT TenantId) > 1",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_small_world_has_what_planners_get_wrong(small: World, kind: str) -> None:
    """Each kind of row that a mistaken plan would lose is there."""
    assert small.truth.execute(KINDS[kind]).fetchall()


def test_no_id_is_in_two_organisations(small: World) -> None:
    """A row of another organisation can be told by its ids."""
    keys = {"Projects": "ProjectId", "Tasks": "TaskId", "Time": "TimeEntryId", "Users": "UserId"}
    for table, key in keys.items():
        counted = f"SELECT count(DISTINCT TenantId) FROM every.{table} GROUP BY {key}"
        assert {count for (count,) in small.truth.execute(counted).fetchall()} == {1}


def test_calls_up_to_what_explain_said_are_no_difference() -> None:
    """The bound may be met; null promises nothing; without EXPLAIN there is no promise."""
    answer = Answer("pushdown on", calls=3)
    assert not overrun('{"total": {"calls": 2, "most_calls": 3}}', answer)
    assert not overrun('{"total": {"calls": 2, "most_calls": null}}', answer)
    assert not overrun("", answer)


@pytest.mark.parametrize("promise", ["InternalError: no", "{}", "[]", '{"total": {}}'])
def test_an_explain_that_does_not_answer_is_a_difference(promise: str) -> None:
    """Whatever can be asked can be explained."""
    assert overrun(promise, Answer("pushdown on")) == "EXPLAIN does not answer"


def test_more_calls_than_explain_said_is_a_difference(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right rows at a higher price than promised are reported, with the promise."""
    monkeypatch.setitem(vars(small), "explains", True)
    monkeypatch.setattr(small, "promise", lambda question: '{"total": {"most_calls": 1}}')
    assert small.difference(TASKS).splitlines()[1] == "more calls than EXPLAIN said at most"
    monkeypatch.setattr(small, "promise", lambda question: '{"total": {"most_calls": 11}}')
    assert not small.difference(TASKS)
