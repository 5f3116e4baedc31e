"""Which columns are bound by the rows of other tables: only where rows with other values cannot matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Keys = Callable[[str], dict[str, set[str]]]

BOTH = {"projects 1": {"projectid < tasks 2 projectid"}, "tasks 2": {"projectid < projects 1 projectid"}}
INTO_TASKS = {"projects 1": set(), "tasks 2": {"projectid < projects 1 projectid"}}
INTO_PROJECTS = {"projects 1": {"projectid < tasks 2 projectid"}, "tasks 2": set()}


def by_result(column: str) -> dict[str, set[str]]:
    """By the column itself, and by the result of the subquery that takes only some of it."""
    return {"projects 1": {"projectid < tasks 2 projectid", f"projectid < subquery 1 {column}"}, "tasks 2": set()}


NEITHER: dict[str, set[str]] = {"projects 1": set(), "tasks 2": set()}

JOINS = {
    "inner": ("SELECT 1 FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId", BOTH),
    "comma": ("SELECT 1 FROM Projects p, Tasks t WHERE t.ProjectId = p.ProjectId", BOTH),
    "using": ("SELECT 1 FROM Projects p JOIN Tasks t USING (ProjectId)", BOTH),
    "left": ("SELECT 1 FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId", INTO_TASKS),
    "right": ("SELECT 1 FROM Projects p RIGHT JOIN Tasks t ON t.ProjectId = p.ProjectId", INTO_PROJECTS),
    "full": ("SELECT 1 FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId", NEITHER),
    "left, and WHERE": (
        "SELECT 1 FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE t.ProjectId = p.ProjectId",
        BOTH,
    ),
    "full, and WHERE": (
        "SELECT 1 FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE t.Name = p.Name",
        {
            "projects 1": {"projectid < tasks 2 projectid", "name < tasks 2 name"},
            "tasks 2": {"projectid < projects 1 projectid", "name < projects 1 name"},
        },
    ),
    "left, and a value in WHERE": (
        "SELECT 1 FROM Tasks t LEFT JOIN Projects p ON t.ProjectId = p.ProjectId WHERE p.Status = 'CLOSED'",
        {"tasks 1": {"projectid < projects 2 projectid"}, "projects 2": {"projectid < tasks 1 projectid"}},
    ),
    "left, and IS NULL in WHERE": (
        "SELECT 1 FROM Tasks t LEFT JOIN Projects p ON t.ProjectId = p.ProjectId WHERE p.Status IS NULL",
        {"tasks 1": set(), "projects 2": {"projectid < tasks 1 projectid"}},
    ),
    "full, one side wanted": (
        "SELECT 1 FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.Status = 'CLOSED'",
        INTO_TASKS,
    ),
    "right, and a value in WHERE": (
        "SELECT 1 FROM Projects p RIGHT JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.Name LIKE 'W%'",
        BOTH,
    ),
    "left using": ("SELECT ProjectId FROM Projects p LEFT JOIN Tasks t USING (ProjectId)", INTO_TASKS),
    "or": ("SELECT 1 FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId OR t.Name = p.Name", NEITHER),
    "not": ("SELECT 1 FROM Projects p JOIN Tasks t ON NOT t.ProjectId = p.ProjectId", NEITHER),
    "inequality": ("SELECT 1 FROM Projects p JOIN Tasks t ON t.ProjectId > p.ProjectId", NEITHER),
    "in": (
        "SELECT 1 FROM Projects p WHERE p.ProjectId IN (SELECT t.ProjectId FROM Tasks t)",
        BOTH,
    ),
    "any": ("SELECT 1 FROM Projects p WHERE p.ProjectId = ANY (SELECT t.ProjectId FROM Tasks t)", BOTH),
    "not in, neither can be NULL": (
        "SELECT 1 FROM Projects p WHERE p.ProjectId NOT IN (SELECT t.ProjectId FROM Tasks t)",
        INTO_TASKS,
    ),
    "not in, columns that can be NULL": (
        "SELECT 1 FROM Projects p WHERE p.Status NOT IN (SELECT t.Status FROM Tasks t)",
        NEITHER,
    ),
    "not in, an outer join can make the outer column NULL": (
        "SELECT 1 FROM Users u LEFT JOIN Projects p ON p.Name = u.Name "
        "WHERE p.ProjectId NOT IN (SELECT t.ProjectId FROM Tasks t)",
        {"users 1": set(), "projects 2": {"name < users 1 name"}, "tasks 3": set()},
    ),
    "not in, an outer join can make the inner column NULL": (
        "SELECT 1 FROM Projects p WHERE p.ProjectId NOT IN "
        "(SELECT t.ProjectId FROM Users u LEFT JOIN Tasks t ON t.Name = u.Name)",
        {"projects 1": set(), "users 2": set(), "tasks 3": {"name < users 2 name"}},
    ),
    "in, under OR": (
        "SELECT 1 FROM Projects p WHERE p.ProjectId IN (SELECT t.ProjectId FROM Tasks t) OR p.Name = 'x'",
        INTO_TASKS,
    ),
    "in, as a value": (
        "SELECT p.ProjectId IN (SELECT t.ProjectId FROM Tasks t) FROM Projects p",
        INTO_TASKS,
    ),
    "in, columns that can be NULL, as a value": (
        "SELECT p.Name IN (SELECT t.Name FROM Tasks t) FROM Projects p",
        NEITHER,
    ),
    "scalar": (
        "SELECT 1 FROM Projects p WHERE p.ProjectId = (SELECT max(t.ProjectId) FROM Tasks t)",
        by_result("_col_0"),
    ),
    "in, limited": (
        "SELECT 1 FROM Projects p WHERE p.ProjectId IN (SELECT t.ProjectId FROM Tasks t ORDER BY t.Name LIMIT 3)",
        by_result("projectid"),
    ),
    "exists": (
        "SELECT 1 FROM Projects p WHERE EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId)",
        BOTH,
    ),
    "exists of an aggregate": (
        "SELECT 1 FROM Projects p WHERE EXISTS (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId)",
        INTO_TASKS,
    ),
    "not exists": (
        "SELECT 1 FROM Projects p WHERE NOT EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId)",
        INTO_TASKS,
    ),
    "exists, under OR": (
        "SELECT 1 FROM Projects p WHERE p.Name = 'x' OR EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId)",
        INTO_TASKS,
    ),
    "correlated value": (
        "SELECT (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId) FROM Projects p",
        INTO_TASKS,
    ),
    "lateral": (
        "SELECT 1 FROM Projects p, LATERAL (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId) x",
        INTO_TASKS,
    ),
    "derived table": (
        "SELECT 1 FROM Projects p JOIN (SELECT * FROM Tasks) t ON t.ProjectId = p.ProjectId",
        BOTH,
    ),
    "derived table with LIMIT": (
        "SELECT 1 FROM Projects p JOIN (SELECT * FROM Tasks ORDER BY Name LIMIT 5) t ON t.ProjectId = p.ProjectId",
        by_result("projectid"),
    ),
    "group": (
        "SELECT 1 FROM Projects p JOIN (SELECT ProjectId, count(*) n FROM Tasks GROUP BY 1) t USING (ProjectId)",
        BOTH,
    ),
    "with": ("WITH t AS (SELECT * FROM Tasks) SELECT 1 FROM Projects p JOIN t ON t.ProjectId = p.ProjectId", BOTH),
    "with, read twice": (
        "WITH t AS (SELECT * FROM Tasks) "
        "SELECT 1 FROM Projects p JOIN t ON t.ProjectId = p.ProjectId WHERE NOT EXISTS (SELECT 1 FROM t)",
        INTO_PROJECTS,
    ),
}


@pytest.mark.parametrize(("sql", "expected"), JOINS.values(), ids=JOINS)
def test_keys_flow_where_other_rows_cannot_matter(keys: Keys, sql: str, expected: dict[str, set[str]]) -> None:
    """Inner joins both ways, outer ones to the null side, subqueries as far as NULL and NOT allow."""
    assert keys(sql) == expected


def test_keys_flow_along_a_chain(keys: Keys) -> None:
    """Three tables of one equality class bind each other, whichever the statement compares."""
    found = keys("SELECT 1 FROM Projects p JOIN Tasks t USING (ProjectId) JOIN Time e USING (ProjectId)")
    assert found["time 3"] == {"projectid < projects 1 projectid", "projectid < tasks 2 projectid"}
    assert "projectid < time 3 projectid" in found["projects 1"]


def test_a_second_using_after_an_outer_join_takes_the_keys_of_both(keys: Keys) -> None:
    """COALESCE(p.ProjectId, t.ProjectId) of a FULL JOIN has values of either table, so both together bind the third."""
    found = keys("SELECT 1 FROM Projects p FULL JOIN Tasks t USING (ProjectId) JOIN Time e USING (ProjectId)")
    assert found["time 3"] == {"projectid < projects 1 projectid, tasks 2 projectid"}
    assert found["projects 1"] == {"projectid < time 3 projectid"}


def test_a_task_tells_its_project(keys: Keys) -> None:
    """Rows of equal TaskId are of one project, so the keys of the project flow as well."""
    found = keys("SELECT 1 FROM Time e JOIN Tasks t ON t.TaskId = e.TaskId")
    assert found["tasks 2"] == {"taskid < time 1 taskid", "projectid < time 1 projectid"}
    found = keys("SELECT 1 FROM Tasks t WHERE t.TaskId IN (SELECT e.TaskId FROM Time e)")
    assert "projectid < time 2 projectid" in found["tasks 1"]


def test_a_union_has_the_keys_of_both_sides(keys: Keys) -> None:
    """What joins a set operation is bound by the columns of all its branches together."""
    found = keys(
        "SELECT 1 FROM Projects p JOIN (SELECT ProjectId FROM Tasks UNION ALL SELECT ProjectId FROM Time) u "
        "ON u.ProjectId = p.ProjectId"
    )
    assert found["projects 1"] == {"projectid < tasks 2 projectid, time 3 projectid"}


def test_scratch_tables_bind_too(keys: Keys) -> None:
    """A local table of ids is a list of values that costs nothing to know."""
    found = keys("SELECT 1 FROM Tasks t JOIN scratch.notes n ON n.ProjectId = t.ProjectId")
    assert found["tasks 1"] == {"projectid < notes 2 projectid"}
