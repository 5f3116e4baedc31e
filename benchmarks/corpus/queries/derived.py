"""Common table expressions, derived tables and set operations."""

from __future__ import annotations

from ..facts import Organisation, Row, pages
from ..model import DEMO, LARGE, Entry


def busiest(o: Organisation, number: int) -> list[Row]:
    return sorted(o.projects, key=lambda project: (-project["minutesLogged"], project["name"]))[:number]


ENTRIES = (
    Entry(
        "a common table read once",
        "WITH done AS (SELECT ProjectId, Name FROM Projects WHERE Status = 'CLOSED') "
        "SELECT done.Name, t.Name FROM done JOIN Tasks t USING (ProjectId)",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "the closed projects, then each one's list",
    ),
    Entry(
        "a common table read twice",
        "WITH done AS (SELECT ProjectId, Name FROM Projects WHERE Status = 'CLOSED') "
        "SELECT done.Name, t.Name FROM done JOIN Tasks t USING (ProjectId) "
        "UNION ALL SELECT done.Name, e.Description FROM done JOIN Time e USING (ProjectId)",
        lambda o: pages(o.closed) + o.task_lists(o.closed) + o.time_lists(o.closed),
        "one list of closed projects serves both, then both lists of each",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "a common table of sums, joined with the projects of a state",
        "WITH worked AS (SELECT ProjectId, sum(Duration) AS Minutes FROM Time GROUP BY ProjectId) "
        "SELECT p.Name, w.Minutes FROM Projects p LEFT JOIN worked w ON w.ProjectId = p.ProjectId "
        "WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.time_lists(o.closed),
        "keys pass into the groups: the closed projects, then the lists of those that have minutes",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "projects by the hours of a derived table",
        "SELECT p.Name, x.Minutes FROM (SELECT ProjectId, sum(Duration) AS Minutes FROM Time GROUP BY ProjectId "
        "HAVING sum(Duration) > 8000) x JOIN Projects p USING (ProjectId)",
        lambda o: pages(o.projects) + o.time_lists(o.projects),
        "one list of projects serves both, then the lists of those that have minutes",
    ),
    Entry(
        "tasks of the three busiest projects",
        "SELECT p.Name, t.Name FROM (SELECT ProjectId, Name FROM Projects ORDER BY MinutesLogged DESC, Name LIMIT 3) "
        "AS p JOIN Tasks t USING (ProjectId)",
        lambda o: pages(o.projects) + o.task_lists(busiest(o, 3)),
        "the projects, then the lists of the first three",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "the dearest task of each closed project",
        "SELECT p.Name, x.Name FROM Projects p JOIN (SELECT ProjectId, Name, row_number() OVER "
        "(PARTITION BY ProjectId ORDER BY TotalAmountValue DESC, TaskId) AS Place FROM Tasks) x "
        "ON x.ProjectId = p.ProjectId AND x.Place = 1 WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "keys pass into the partitions: the closed projects, then each one's list",
    ),
    Entry(
        "the closed projects' share of each contact, by a window",
        "SELECT Name, TotalInvoicedValue / NULLIF(sum(TotalInvoicedValue) OVER (PARTITION BY ContactId), 0) "
        "FROM Projects WHERE Status = 'CLOSED'",
        lambda o: pages(o.closed),
        "the filter comes before the window",
    ),
    Entry(
        "a filter outside of a derived table",
        "SELECT x.Name FROM (SELECT ProjectId, Name, RateValue * 2 AS Twice FROM Tasks) x "
        "WHERE x.ProjectId = {project} AND x.Twice > 200",
        lambda o: 1,
        "the project's list",
    ),
    Entry(
        "names of projects and users",
        "SELECT Name FROM Projects UNION SELECT Name FROM Users",
        lambda o: pages(o.projects) + 1,
        "two lists",
    ),
    Entry(
        "tasks and entries of one project, filtered outside of a UNION ALL",
        "SELECT x.What FROM (SELECT ProjectId, Name AS What FROM Tasks UNION ALL "
        "SELECT ProjectId, Description FROM Time) AS x WHERE x.ProjectId = {project}",
        lambda o: 2,
        "the filter holds in either branch: two lists of the project",
    ),
    Entry(
        "tasks of closed and of open projects, by UNION ALL",
        "SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE p.Status = 'CLOSED' "
        "UNION ALL SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE p.Status = 'INPROGRESS'",
        lambda o: min(pages(o.projects), pages(o.closed) + pages(o.open)) + o.task_lists(o.projects),
        "one list of projects serves both, then each one's list",
        by_length=True,
    ),
    Entry(
        "projects without tasks, by EXCEPT",
        "SELECT ProjectId FROM Projects EXCEPT SELECT ProjectId FROM Tasks",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "one list of projects serves both, then each one's list",
    ),
    Entry(
        "closed projects without fixed-price tasks, by EXCEPT",
        "SELECT ProjectId FROM Projects WHERE Status = 'CLOSED' "
        "EXCEPT SELECT ProjectId FROM Tasks WHERE ChargeType = 'FIXED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "of the right side only the closed projects' tasks matter",
    ),
    Entry(
        "users with time on one project, by INTERSECT",
        "SELECT UserId FROM Users INTERSECT SELECT UserId FROM Time WHERE ProjectId = {project}",
        lambda o: 1 + o.time_lists(o.project()),
        "two lists",
    ),
)
