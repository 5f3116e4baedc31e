"""Which conditions are noted for the rows of a table: never one too many, and as many as are safe."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Known = Callable[[str], dict[str, set[str]]]

T = "FROM Tasks t"
JOIN = "FROM Projects p {} JOIN Tasks t ON {}"


def join(kind: str, on: str, where: str = "") -> str:
    return f"SELECT t.Name, p.Name {JOIN.format(kind, on)} {where}"


#: SQL, and the conditions of each scan.
SINGLE = {
    "equality": (f"SELECT 1 {T} WHERE Status = 'ACTIVE'", {"status in ACTIVE"}),
    "mirrored": (f"SELECT 1 {T} WHERE 'ACTIVE' = Status", {"status in ACTIVE"}),
    "list": (f"SELECT 1 {T} WHERE Status IN ('ACTIVE', 'LOCKED')", {"status in ACTIVE,LOCKED"}),
    "or on one column": (f"SELECT 1 {T} WHERE Status = 'A' OR Status IN ('B', 'C')", {"status in A,B,C"}),
    "parameter": (f"SELECT 1 {T} WHERE Status = ?", {"status in parameter"}),
    "any of an array": (f"SELECT 1 {T} WHERE Status = ANY(ARRAY['A', 'B'])", {"status in A,B"}),
    "any of a parameter": (f"SELECT 1 {T} WHERE Status = ANY(?)", {"status in_list parameter"}),
    "conjunction": (f"SELECT 1 {T} WHERE Status = 'A' AND (Name = 'x')", {"status in A", "name in x"}),
    "bounds": (
        "SELECT 1 FROM Time WHERE Date >= '2026-01-01' AND Date < '2026-02-01'",
        {"date ge 2026-01-01", "date le 2026-02-01"},
    ),
    "mirrored bound": ("SELECT 1 FROM Time WHERE '2026-01-01' <= Date", {"date ge 2026-01-01"}),
    "between": (
        "SELECT 1 FROM Time WHERE Date BETWEEN '2026-01-01' AND '2026-02-01'",
        {"date ge 2026-01-01", "date le 2026-02-01"},
    ),
    "computed": ("SELECT 1 FROM Time WHERE Date >= CURRENT_DATE - 30", {"date ge computed"}),
    "case of names": (f"SELECT 1 {T} WHERE T.STATUS = 'A' AND \"NaMe\" = 'x'", {"status in A", "name in x"}),
    # Not noted, since rows that fail it may still count
    "or on two columns": (f"SELECT 1 {T} WHERE Status = 'A' OR Name = 'x'", set()),
    "negation": (f"SELECT 1 {T} WHERE NOT Status = 'A'", set()),
    "not in": (f"SELECT 1 {T} WHERE Status NOT IN ('A')", set()),
    "different": (f"SELECT 1 {T} WHERE Status <> 'A'", set()),
    "not between": ("SELECT 1 FROM Time WHERE Date NOT BETWEEN '2026-01-01' AND '2026-02-01'", set()),
    "null-safe": (f"SELECT 1 {T} WHERE Status IS NOT DISTINCT FROM NULL", set()),
    "is null": (f"SELECT 1 {T} WHERE Status IS NULL", set()),
    "or is null": (f"SELECT 1 {T} WHERE Status = 'A' OR Status IS NULL", set()),
    "like": (f"SELECT 1 {T} WHERE Name LIKE 'a%'", set()),
    "function of the column": (f"SELECT 1 {T} WHERE upper(Status) = 'A'", set()),
    "cast of the column": (f"SELECT 1 {T} WHERE CAST(Status AS varchar(1)) = 'A'", set()),
    "random": (f"SELECT 1 {T} WHERE Name = gen_random_uuid()", set()),
    "in CASE": (f"SELECT 1 {T} WHERE CASE WHEN Status = 'A' THEN true ELSE false END", set()),
    "in the select list": (f"SELECT Status = 'A' {T}", set()),
    "in having": (f"SELECT Status {T} GROUP BY Status HAVING Status = 'A'", set()),
    "in filter": (f"SELECT count(*) FILTER (WHERE Status = 'A') {T}", set()),
    "in qualify": (f"SELECT Name {T} QUALIFY row_number() OVER (ORDER BY Name) = 1", set()),
    "coalesce": (f"SELECT 1 {T} WHERE coalesce(Status, 'A') = 'A'", set()),
    "or under and": (f"SELECT 1 {T} WHERE Status = 'A' AND (Name = 'x' OR RateValue = 1)", {"status in A"}),
    "or with and inside": (f"SELECT 1 {T} WHERE Status = 'A' OR (Status = 'B' AND Name = 'x')", {"status in A,B"}),
}

#: Kind of join, ON, WHERE, what is known of Projects, what is known of Tasks. Both join on ProjectId.
EQ = "t.ProjectId = p.ProjectId"
OUTER = {
    "inner, where on left": ("INNER", EQ, "WHERE p.ProjectId = 'x'", {"projectid in x"}, {"projectid in x"}),
    "inner, where on right": ("INNER", EQ, "WHERE t.ProjectId = 'x'", {"projectid in x"}, {"projectid in x"}),
    "inner, condition in ON": ("INNER", f"{EQ} AND p.Status = 'A'", "", {"status in A"}, set()),
    "left, where on kept": ("LEFT", EQ, "WHERE p.ProjectId = 'x'", {"projectid in x"}, {"projectid in x"}),
    "left, where on null side": ("LEFT", EQ, "WHERE t.Status = 'A'", set(), {"status in A"}),
    "left, ON on null side": ("LEFT", f"{EQ} AND t.Status = 'A'", "", set(), {"status in A"}),
    "left, ON on kept side": ("LEFT", f"{EQ} AND p.Status = 'A'", "", set(), set()),
    "left, ON on kept key": ("LEFT", f"{EQ} AND p.ProjectId = 'x'", "", set(), {"projectid in x"}),
    "left, is null on null side": ("LEFT", EQ, "WHERE t.TaskId IS NULL", set(), set()),
    "left, or with is null": ("LEFT", EQ, "WHERE t.Status = 'A' OR t.Status IS NULL", set(), set()),
    "right, where on kept": ("RIGHT", EQ, "WHERE t.ProjectId = 'x'", {"projectid in x"}, {"projectid in x"}),
    "right, ON on null side": ("RIGHT", f"{EQ} AND p.Status = 'A'", "", {"status in A"}, set()),
    "right, ON on kept side": ("RIGHT", f"{EQ} AND t.Status = 'A'", "", set(), set()),
    "right, ON on kept key": ("RIGHT", f"{EQ} AND t.ProjectId = 'x'", "", None, set()),
    "full, ON": ("FULL", f"{EQ} AND t.Status = 'A' AND p.Status = 'B'", "", set(), set()),
    "full, where": ("FULL", EQ, "WHERE t.Status = 'A'", set(), {"status in A"}),
    "full, where on key": ("FULL", EQ, "WHERE p.ProjectId = 'x'", {"projectid in x"}, {"projectid in x"}),
    "cross, where": ("CROSS", "", f"WHERE {EQ} AND p.ProjectId = 'x'", {"projectid in x"}, {"projectid in x"}),
    "no equality but less": (
        "INNER",
        "t.ProjectId < p.ProjectId",
        "WHERE p.ProjectId = 'x'",
        {"projectid in x"},
        set(),
    ),
    "other columns": ("INNER", "t.Name = p.Name", "WHERE p.ProjectId = 'x'", {"projectid in x"}, set()),
    "equality of another type": ("INNER", "t.TotalMinutes = p.EstimateValue", "WHERE p.EstimateValue = 1", None, set()),
}


@pytest.mark.parametrize(("sql", "expected"), SINGLE.values(), ids=SINGLE)
def test_conditions_of_one_table(known: Known, sql: str, expected: set[str]) -> None:
    """A condition is noted exactly where a row that fails it cannot be in the result."""
    (found,) = known(sql).values()
    assert found == expected


@pytest.mark.parametrize(("kind", "on", "where", "projects", "tasks"), OUTER.values(), ids=OUTER)
def test_conditions_across_a_join(
    known: Known, kind: str, on: str, where: str, projects: set[str] | None, tasks: set[str]
) -> None:
    """Outer joins keep rows that match nothing, so conditions pass only where they cannot cost one of those."""
    sql = join(kind, on, where) if on else f"SELECT 1 FROM Projects p CROSS JOIN Tasks t {where}"
    found = known(sql)
    assert found["tasks 2"] == tasks
    assert projects is None or found["projects 1"] == projects


def test_conditions_pass_along_a_chain_of_equalities(known: Known) -> None:
    """From one table to the next and the one after, in any order of writing."""
    sql = (
        "SELECT 1 FROM Time e JOIN Tasks t ON e.TaskId = t.TaskId AND e.ProjectId = t.ProjectId "
        "JOIN Projects p ON p.ProjectId = t.ProjectId WHERE p.ProjectId IN ('x', 'y')"
    )
    assert all("projectid in x,y" in conditions for conditions in known(sql).values())


def test_using_counts_as_equality(known: Known) -> None:
    """JOIN … USING passes conditions as ON does."""
    found = known("SELECT 1 FROM Projects JOIN Tasks USING (ProjectId) WHERE ProjectId = 'x'")
    assert found == {"projects 1": {"projectid in x"}, "tasks 2": {"projectid in x"}}


def test_the_same_table_twice_keeps_its_aliases_apart(known: Known) -> None:
    """A condition on one alias says nothing of the other."""
    found = known("SELECT 1 FROM Tasks a, Tasks b WHERE a.Status = 'A' AND b.Name = 'x'")
    assert found == {"tasks 1": {"status in A"}, "tasks 2": {"name in x"}}


INSIDE = {
    "derived table": ("SELECT 1 FROM (SELECT Status AS s, Name FROM Tasks) q WHERE q.s = 'A'", {"status in A"}),
    "CTE read once": ("WITH q AS (SELECT Status FROM Tasks) SELECT 1 FROM q WHERE Status = 'A'", {"status in A"}),
    "union": (
        "SELECT 1 FROM (SELECT Status AS s FROM Tasks UNION ALL SELECT Name FROM Tasks) q WHERE s = 'A'",
        {"status in A"},
    ),
    "group by column": (
        "SELECT 1 FROM (SELECT Status, count(*) AS n FROM Tasks GROUP BY Status) q WHERE Status = 'A'",
        {"status in A"},
    ),
    "distinct": ("SELECT 1 FROM (SELECT DISTINCT Status FROM Tasks) q WHERE Status = 'A'", {"status in A"}),
    "through a limit": ("SELECT 1 FROM (SELECT Status FROM Tasks LIMIT 5) q WHERE Status = 'A'", set()),
    "through an offset": ("SELECT 1 FROM (SELECT Status FROM Tasks OFFSET 5) q WHERE Status = 'A'", set()),
    "through a window": (
        "SELECT 1 FROM (SELECT Status, row_number() OVER (ORDER BY Name) AS n FROM Tasks) q WHERE Status = 'A'",
        set(),
    ),
    "on an aggregate": ("SELECT 1 FROM (SELECT max(Status) AS s FROM Tasks) q WHERE s = 'A'", set()),
    "beside an aggregate": ("SELECT 1 FROM (SELECT count(*) AS n FROM Tasks) q WHERE n = 5", set()),
    "on an expression": ("SELECT 1 FROM (SELECT upper(Status) AS s FROM Tasks) q WHERE s = 'A'", set()),
    "distinct on": (
        "SELECT 1 FROM (SELECT DISTINCT ON (Name) Status, Name FROM Tasks ORDER BY Name) q WHERE Status = 'A'",
        set(),
    ),
    "rollup": (
        "SELECT 1 FROM (SELECT Status, count(*) AS n FROM Tasks GROUP BY ROLLUP (Status)) q WHERE Status = 'A'",
        set(),
    ),
    "CTE read twice": (
        "WITH q AS (SELECT Status FROM Tasks) SELECT 1 FROM q a, q b WHERE a.Status = 'A'",
        set(),
    ),
    "renamed columns": ("SELECT 1 FROM (SELECT Status, Name FROM Tasks) q(Name, Status) WHERE Status = 'A'", None),
    "null side of a left join": (
        "SELECT 1 FROM Users u LEFT JOIN (SELECT Status, Name FROM Tasks) q ON q.Name = u.Name AND q.Status = 'A'",
        {"status in A"},
    ),
    "kept side of a left join": (
        "SELECT 1 FROM (SELECT Status, Name FROM Tasks) q LEFT JOIN Users u ON q.Name = u.Name AND q.Status = 'A'",
        set(),
    ),
    "recursive": (
        "WITH RECURSIVE q AS (SELECT Name, Status FROM Tasks UNION ALL SELECT Name, Status FROM q WHERE false) "
        "SELECT 1 FROM q WHERE Status = 'A'",
        set(),
    ),
    "outside of an EXISTS": (
        "SELECT 1 FROM Users WHERE EXISTS (SELECT 1 FROM Tasks WHERE Tasks.Status = 'A') OR Name = 'x'",
        {"status in A"},
    ),
}


@pytest.mark.parametrize(("sql", "expected"), INSIDE.values(), ids=INSIDE)
def test_conditions_pass_into_queries_behind_a_table(known: Known, sql: str, expected: set[str] | None) -> None:
    """A condition on a derived table's column reaches the table behind it where dropping rows there changes nothing."""
    found = next(conditions for name, conditions in known(sql).items() if name.startswith("tasks"))
    assert found == expected if expected is not None else "status in A" not in found
