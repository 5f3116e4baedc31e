"""Statements that nothing, or next to nothing, can be an answer to."""

from __future__ import annotations

from ..facts import pages
from ..model import DEMO, LARGE, Entry

NONE = "no row can pass, so nothing is asked"


def nothing(name: str, sql: str, *parameters: object, why: str = NONE) -> Entry:
    return Entry(name, sql, lambda o: 0, why, parameters)


ENTRIES = (
    nothing("two states at once", "SELECT Name FROM Projects WHERE Status = 'CLOSED' AND Status = 'INPROGRESS'"),
    nothing("two projects at once", "SELECT Name FROM Tasks WHERE ProjectId = {project} AND ProjectId = {closed}"),
    nothing("two organisations at once", "SELECT Name FROM Users WHERE TenantId = {tenant} AND TenantId = {tenant2}"),
    nothing("an Id of another project", "SELECT Name FROM Tasks WHERE Id = {task_id} AND ProjectId = {closed}"),
    nothing("equal to NULL", "SELECT Name FROM Projects WHERE ProjectId = NULL"),
    nothing("equal to a parameter that is NULL", "SELECT Name FROM Tasks WHERE ProjectId = ?", None),
    nothing("any of no projects", "SELECT Name FROM Tasks WHERE ProjectId = ANY (?)", []),
    nothing("never", "SELECT Name FROM Tasks WHERE 1 = 0"),
    nothing("false", "SELECT Name, Duration FROM Time JOIN Users USING (UserId) WHERE FALSE"),
    nothing("no rows wanted", "SELECT * FROM Time LIMIT 0", why="nobody wants a row"),
    nothing(
        "days that end before they begin",
        "SELECT Duration FROM Time WHERE Date >= DATE '2026-06-01' AND Date < DATE '2026-01-01'",
    ),
    nothing(
        "a join of two projects",
        "SELECT t.Name, e.Duration FROM Tasks t JOIN Time e ON e.ProjectId = t.ProjectId "
        "WHERE t.ProjectId = {project} AND e.ProjectId = {closed}",
    ),
    nothing(
        "a join with nothing",
        "SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) "
        "WHERE t.ChargeType = 'FIXED' AND t.ChargeType = 'TIME'",
        why="a join with nothing is nothing",
    ),
    nothing(
        "in a subquery of nothing",
        "SELECT Name FROM Projects WHERE ProjectId IN (SELECT ProjectId FROM Tasks WHERE Status = 'ACTIVE' AND 1 = 0)",
        why="in nothing is nothing",
    ),
    Entry(
        "a LEFT JOIN to nothing",
        "SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND 1 = 0",
        lambda o: pages(o.projects),
        "the projects are kept, no tasks are wanted",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "a UNION ALL with nothing",
        "SELECT Name FROM Projects WHERE Status = 'CLOSED' AND Status = 'INPROGRESS' UNION ALL SELECT Name FROM Users",
        lambda o: 1,
        "the users only",
    ),
    Entry(
        "tasks of an unknown project",
        "SELECT Name FROM Tasks WHERE ProjectId = {unknown}",
        lambda o: 1,
        "only asking tells that there is none",
    ),
    Entry(
        "tasks of an unknown contact's projects",
        "SELECT p.Name, t.Name FROM Tasks t JOIN Projects p USING (ProjectId) WHERE p.ContactId = {unknown}",
        lambda o: 1,
        "the contact has no projects, so no tasks are wanted",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "time of an unknown project's tasks",
        "SELECT t.Name, e.Duration FROM Tasks t JOIN Time e ON e.TaskId = t.TaskId WHERE t.ProjectId = {unknown}",
        lambda o: 1,
        "the first of the two lists tells that there is no such project",
    ),
)
