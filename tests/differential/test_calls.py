"""How many API calls queries cost: with pushdown no more than what they need."""

from __future__ import annotations

import pytest

from .world import World, names_of

CASES = {
    "one object by its id": ("SELECT Name FROM Projects WHERE ProjectId = {project}", 1),
    "one task by its composite id": ("SELECT Name FROM Tasks WHERE Id = {id}", 1),
    "one task by both ids": ("SELECT Name FROM Tasks WHERE ProjectId = {project} AND TaskId = {task}", 1),
    "one entry by its composite id": ("SELECT Duration FROM Time WHERE Id = {entry_id}", 1),
    "three composite ids": ("SELECT Name FROM Tasks WHERE Id IN ({id}, {id_closed}, {id_other})", 3),
    "two projects' tasks": ("SELECT Name FROM Tasks WHERE ProjectId IN ({project}, {closed})", 2),
    "two projects' tasks by OR": ("SELECT Name FROM Tasks WHERE ProjectId = {project} OR ProjectId = {closed}", 2),
    "twenty projects at once": ("SELECT Name FROM Projects WHERE ProjectId IN ({project}, {closed}, {empty})", 1),
    "a contact's projects": ("SELECT Name FROM Projects WHERE ContactId = {contact}", 1),
    "an impossible filter": ("SELECT Name FROM Tasks WHERE ProjectId = {project} AND ProjectId = {closed}", 0),
    "a comparison with NULL": ("SELECT Name FROM Tasks WHERE ProjectId = NULL", 0),
    "an id through a derived table": ("SELECT x.Name FROM (SELECT * FROM Tasks) x WHERE x.ProjectId = {project}", 1),
    "an id through a CTE": ("WITH t AS (SELECT * FROM Tasks) SELECT Name FROM t WHERE ProjectId = {project}", 1),
    "an id through a join": (
        "SELECT t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.ProjectId = {project}",
        2,
    ),
    "an id through two joins": (
        "SELECT t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId "
        "JOIN Time e ON e.ProjectId = t.ProjectId WHERE e.ProjectId = {project}",
        3,
    ),
    "an id through a left join": (
        "SELECT t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.ProjectId = {project}",
        2,
    ),
    "an id through USING": (
        "SELECT t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE p.ProjectId = {project}",
        2,
    ),
    "an id by the bare column of USING": (
        "SELECT t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE ProjectId = {project}",
        2,
    ),
    "the same tasks by two aliases": (
        "SELECT a.Name, b.Name FROM Tasks a JOIN Tasks b ON a.ProjectId = b.ProjectId WHERE a.ProjectId = {project}",
        1,
    ),
    "a limit that the first page fills": ("SELECT Name FROM Projects LIMIT 5", 1),
    "a limit that the first projects fill": ("SELECT Name FROM Tasks LIMIT 5", 4),
    "no rows asked for": ("SELECT Name FROM Tasks LIMIT 0", 2),
    "a table that nobody reads": ("WITH t AS (SELECT * FROM Tasks) SELECT count(*) FROM Users", 1),
    "all tasks: the projects, and each one's list": ("SELECT count(*) FROM Tasks", 49),
    "tasks and time share the projects' list": ("SELECT count(*) FROM Tasks t JOIN Time e USING (TaskId)", 97),
}


@pytest.mark.parametrize("case", CASES)
def test_a_query_costs_no_more_calls_than_it_needs(demo: World, case: str) -> None:
    """What is bound is not listed, what is shared is read once, and what nobody asks for is not read."""
    sql, most = CASES[case]
    cursor = demo.on.execute(sql.format(**{name: f"'{value}'" for name, value in names_of(demo).items()}))
    cursor.fetchall()
    assert cursor.stats is not None
    assert cursor.stats.api_calls <= most


def test_reading_on_costs_calls_only_as_rows_are_asked_for(demo: World) -> None:
    """A cursor that is closed after its first row has not read the whole organisation."""
    with demo.connect() as connection:
        cursor = connection.execute("SELECT Id FROM Time")
        cursor.fetchone()
        stats = cursor.stats
        cursor.close()
        assert stats is not None
        assert stats.api_calls < 49


def test_a_limit_stops_before_the_last_page(paged: World) -> None:
    """LIMIT within the first page of a long list leaves the other pages unread."""
    cursor = paged.on.execute("SELECT Name FROM Tasks LIMIT 20")
    assert len(cursor.fetchall()) == 20
    assert cursor.stats is not None
    whole = paged.on.execute("SELECT Name FROM Tasks")
    whole.fetchall()
    assert whole.stats is not None
    assert cursor.stats.api_calls < whole.stats.api_calls
