"""Subqueries in WHERE and in the SELECT list."""

from __future__ import annotations

from ..facts import Organisation, pages
from ..model import DEMO, LARGE, Entry


def union_of_lists(o: Organisation) -> int:
    """The closed projects and a contact's, as two lists or as the whole one, then the tasks of all of them."""
    wanted = o.where(lambda project: project in o.closed or project in o.of_contact)
    return min(pages(o.closed) + pages(o.of_contact), pages(o.projects)) + o.task_lists(wanted)


ENTRIES = (
    Entry(
        "projects with fixed-price tasks, by IN",
        "SELECT Name FROM Projects WHERE ProjectId IN (SELECT ProjectId FROM Tasks WHERE ChargeType = 'FIXED')",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "the projects, then each one's list",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "tasks of closed projects, by IN",
        "SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Status = 'CLOSED')",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "the subquery's projects, then each one's list",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "a contact's time, by = ANY",
        "SELECT Date, Duration FROM Time WHERE ProjectId = ANY "
        "(SELECT ProjectId FROM Projects WHERE ContactId = {contact})",
        lambda o: pages(o.of_contact) + o.time_lists(o.of_contact),
        "the contact's projects, then the lists of those that have minutes",
    ),
    Entry(
        "tasks of closed projects or a contact's, by IN of a UNION",
        "SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Status = 'CLOSED' "
        "UNION SELECT ProjectId FROM Projects WHERE ContactId = {contact})",
        union_of_lists,
        "one list of projects has both kinds, then the list of each that is wanted",
        by_length=True,
    ),
    Entry(
        "closed projects with invoiced tasks, by EXISTS",
        "SELECT p.Name FROM Projects p WHERE p.Status = 'CLOSED' AND EXISTS "
        "(SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId AND t.Status = 'INVOICED')",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "the closed projects, then each one's list",
    ),
    Entry(
        "open projects without time since a day, by NOT EXISTS",
        "SELECT p.Name FROM Projects p WHERE p.Status = 'INPROGRESS' AND NOT EXISTS "
        "(SELECT 1 FROM Time e WHERE e.ProjectId = p.ProjectId AND e.Date >= DATE '2026-09-01')",
        lambda o: pages(o.open) + o.time_lists(o.open),
        "the open projects, then the lists of those that have minutes",
    ),
    Entry(
        "closed projects without active tasks, by NOT IN",
        "SELECT Name FROM Projects WHERE Status = 'CLOSED' "
        "AND ProjectId NOT IN (SELECT ProjectId FROM Tasks WHERE Status = 'ACTIVE')",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "ProjectId is never NULL, so only the closed projects' tasks matter",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "tasks of one project that nobody worked on, by NOT IN",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} "
        "AND TaskId NOT IN (SELECT TaskId FROM Time WHERE ProjectId = {project})",
        lambda o: o.task_lists(o.project()) + o.time_lists(o.project()),
        "two lists of the project",
    ),
    Entry(
        "who logged no time since a day, by NOT EXISTS",
        "SELECT u.Name FROM Users u WHERE NOT EXISTS "
        "(SELECT 1 FROM Time e WHERE e.UserId = u.UserId AND e.Date >= DATE '2026-10-26')",
        lambda o: 1 + pages(o.projects) + o.time_lists(o.projects),
        "somebody logged none, which only all of the lists tell",
    ),
    Entry(
        "time on one project's fixed-price tasks, by IN",
        "SELECT Duration FROM Time WHERE TaskId IN "
        "(SELECT TaskId FROM Tasks WHERE ProjectId = {project} AND ChargeType = 'FIXED')",
        lambda o: o.task_lists(o.project()) + o.time_lists(o.project()),
        "a task's time is of the task's project: two lists",
    ),
    Entry(
        "time of people by part of the e-mail address, by IN",
        "SELECT Duration FROM Time WHERE UserId IN (SELECT UserId FROM Users WHERE Email LIKE 'k%')",
        lambda o: 1 + pages(o.projects) + o.time_lists(o.projects),
        "the users, the projects, then the lists of those that have minutes",
    ),
    Entry(
        "time of nobody, by IN",
        "SELECT Duration FROM Time WHERE UserId IN (SELECT UserId FROM Users WHERE Email LIKE 'nobody@%')",
        lambda o: 1,
        "no user has such an address, so no time is wanted",
    ),
    Entry(
        "tasks of the project of a name, by a scalar subquery",
        "SELECT Name FROM Tasks WHERE ProjectId = (SELECT ProjectId FROM Projects WHERE Name = 'Rebrand')",
        lambda o: pages(o.projects) + o.task_lists(o.where(lambda project: project["name"] == "Rebrand")),
        "the projects, then the list of the one of that name",
    ),
    Entry(
        "tasks of the busiest project, by a scalar subquery",
        "SELECT Name FROM Tasks WHERE ProjectId = "
        "(SELECT ProjectId FROM Projects ORDER BY MinutesLogged DESC, ProjectId LIMIT 1)",
        lambda o: pages(o.projects) + 1,
        "the projects, then the list of the first",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "projects above the average",
        "SELECT Name FROM Projects WHERE MinutesLogged > (SELECT avg(MinutesLogged) FROM Projects)",
        lambda o: pages(o.projects),
        "one reading of the projects serves both",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "the number of tasks of closed projects, correlated",
        "SELECT p.Name, (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId) FROM Projects p "
        "WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "the closed projects, then each one's list",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "tasks and time of closed projects, correlated",
        "SELECT p.Name, (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId), "
        "(SELECT max(e.Date) FROM Time e WHERE e.ProjectId = p.ProjectId) FROM Projects p WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed) + o.time_lists(o.closed),
        "the closed projects, then both lists of each",
    ),
    Entry(
        "which closed projects have fixed-price tasks, as a column",
        "SELECT Name, ProjectId IN (SELECT ProjectId FROM Tasks WHERE ChargeType = 'FIXED') FROM Projects "
        "WHERE Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "ProjectId is never NULL, so only the closed projects' tasks matter",
    ),
    Entry(
        "the last day of closed projects, by LATERAL",
        "SELECT p.Name, x.Last FROM Projects p CROSS JOIN LATERAL "
        "(SELECT max(e.Date) AS Last FROM Time e WHERE e.ProjectId = p.ProjectId) x WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.time_lists(o.closed),
        "the closed projects, then the lists of those that have minutes",
    ),
    Entry(
        "users, if a contact has projects",
        "SELECT Name FROM Users WHERE EXISTS (SELECT 1 FROM Projects WHERE ContactId = {contact})",
        lambda o: 2,
        "the contact's projects, then the users",
    ),
    Entry(
        "users, if an unknown contact has projects",
        "SELECT Name FROM Users WHERE EXISTS (SELECT 1 FROM Projects WHERE ContactId = {unknown})",
        lambda o: 1,
        "it has none, so nothing is wanted of the users",
    ),
)
