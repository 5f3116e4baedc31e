"""Inner joins: keys flow either way, and what one table rules out is not read from the others."""

from __future__ import annotations

from ..facts import Organisation, Row, pages
from ..model import DEMO, LARGE, Entry
from ..written import orders

PROJECT_TASK = "t.ProjectId = p.ProjectId"
PROJECT_TIME = "e.ProjectId = p.ProjectId"
TASK_TIME = "e.TaskId = t.TaskId"
TIME_USER = "e.UserId = u.UserId"


def is_worked_logo(task: Row) -> bool:
    return bool(task["name"].startswith("Logo") and task["totalMinutes"])


def logo_time(o: Organisation) -> int:
    """Tasks first, then time. The other way round the lists of both would be read of every project with minutes."""
    worked = o.worked(o.projects)
    return pages(o.projects) + o.task_lists(worked) + o.time_lists(o.with_tasks(worked, is_worked_logo))


def persons_closed(o: Organisation) -> int:
    """Time first, then tasks. The other way round the lists of both would be read of every closed project."""
    return 1 + pages(o.closed) + o.time_lists(o.closed, o.by_user) + o.task_lists(o.with_time(o.closed, o.by_user))


ENTRIES = (
    *orders(
        "tasks of closed projects",
        "p.Name, t.Name, t.TotalAmountValue",
        {"pt": PROJECT_TASK},
        "p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "the closed projects, then each one's list",
        worlds=(DEMO, LARGE),
    ),
    *orders(
        "tasks of projects by part of the name",
        "p.Name, t.Name",
        {"pt": PROJECT_TASK},
        "p.Name LIKE '%ebsite%' AND t.ChargeType = 'TIME'",
        lambda o: pages(o.projects) + o.task_lists(o.named("ebsite")),
        "the projects, then the lists of those whose name matches",
    ),
    *orders(
        "time of projects with many minutes",
        "p.Name, e.Date, e.Duration",
        {"pe": PROJECT_TIME},
        "p.MinutesLogged > 6000 AND e.Duration >= 240",
        lambda o: pages(o.projects) + o.time_lists(o.where(lambda project: project["minutesLogged"] > 6000)),
        "the projects, then the lists of those with so many minutes",
    ),
    *orders(
        "a person's time on closed projects",
        "p.Name, u.Name, e.Duration",
        {"pe": PROJECT_TIME, "eu": TIME_USER},
        "p.Status = 'CLOSED' AND u.Name = {person}",
        lambda o: 1 + pages(o.closed) + o.time_lists(o.closed, o.by_user),
        "the users and the closed projects tell whose time to list, and where",
    ),
    *orders(
        "projects, tasks and time by the project's name",
        "p.Name, t.Name, e.Duration",
        {"pt": PROJECT_TASK, "pe": PROJECT_TIME, "te": TASK_TIME},
        "p.Name LIKE '%ebsite%'",
        lambda o: pages(o.projects) + o.task_lists(o.worked(o.named("ebsite"))) + o.time_lists(o.named("ebsite")),
        "the projects, then both lists of those whose name matches and that have minutes",
    ),
    *orders(
        "projects, tasks and time by the task's name",
        "p.Name, t.Name, sum(e.Duration)",
        {"pt": PROJECT_TASK, "te": TASK_TIME},
        "t.Name LIKE 'Logo%' GROUP BY 1, 2",
        logo_time,
        "the projects, the tasks of those with minutes, and the time only where such a task has minutes",
    ),
    *orders(
        "four tables by status and person",
        "p.Name, t.Name, u.Name, sum(e.Duration)",
        {"pt": PROJECT_TASK, "te": TASK_TIME, "eu": TIME_USER},
        "p.Status = 'CLOSED' AND u.Name = {person} GROUP BY 1, 2, 3",
        persons_closed,
        "the person, the closed projects, their time by that person, and the tasks where there is some",
    ),
    Entry(
        "tasks and time of one project, by the task alone",
        "SELECT t.Name, sum(e.Duration) FROM Tasks t JOIN Time e ON e.TaskId = t.TaskId "
        "WHERE t.ProjectId = {project} GROUP BY 1",
        lambda o: o.task_lists(o.project()) + o.time_lists(o.project()),
        "a task's time is of the task's project: two lists",
    ),
    Entry(
        "tasks and time by the task alone",
        "SELECT t.Name, e.Duration FROM Time e JOIN Tasks t USING (TaskId)",
        lambda o: pages(o.projects) + o.task_lists(o.worked(o.projects)) + o.time_lists(o.projects),
        "the projects, then both lists of those that have minutes",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "one project with its tasks and time, the key through a third table",
        "SELECT p.Name, t.Name, e.Duration FROM Tasks t JOIN Projects p ON p.ProjectId = t.ProjectId "
        "JOIN Time e ON e.ProjectId = p.ProjectId AND e.TaskId = t.TaskId WHERE t.ProjectId = {project}",
        lambda o: 3,
        "the project, its tasks, its time",
    ),
    Entry(
        "one project with its tasks by a parameter",
        "SELECT p.Name, t.Name FROM Tasks t JOIN Projects p USING (ProjectId) WHERE p.ProjectId = ?",
        lambda o: 2,
        "the project and its tasks",
        ("{project}",),
    ),
    Entry(
        "a contact's time, with the comma",
        "SELECT p.Name, sum(e.Duration) FROM Time e, Projects p WHERE p.ProjectId = e.ProjectId "
        "AND p.ContactId = {contact} GROUP BY 1",
        lambda o: pages(o.of_contact) + o.time_lists(o.of_contact),
        "the contact's projects, then the lists of those that have minutes",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "a contact's open work since a day",
        "SELECT p.Name, u.Name, e.Date, e.Duration FROM Projects p JOIN Time e ON e.ProjectId = p.ProjectId "
        "JOIN Users u ON u.UserId = e.UserId "
        "WHERE p.ContactId = {contact} AND p.Status = 'INPROGRESS' AND e.Date >= DATE '2026-06-01'",
        lambda o: 1 + 1 + o.time_lists([each for each in o.of_contact if each["status"] == "INPROGRESS"]),
        "the contact's open projects, their time, the users",
    ),
    Entry(
        "time of one project with people's names",
        "SELECT u.Name, sum(e.Duration) FROM Time e JOIN Users u USING (UserId) WHERE e.ProjectId = {project} "
        "GROUP BY 1",
        lambda o: 1 + o.time_lists(o.project()),
        "the list of the project's time, and the users",
    ),
    Entry(
        "time of people who are not there",
        "SELECT u.Name, e.Duration FROM Time e JOIN Users u ON u.UserId = e.UserId WHERE u.Name = 'Nobody at all'",
        lambda o: 1,
        "no user is called so, so no time is wanted",
    ),
    Entry(
        "tasks of projects that are not there",
        "SELECT p.Name, t.Name FROM Tasks t JOIN Projects p USING (ProjectId) WHERE p.Name = 'No such thing'",
        lambda o: pages(o.projects),
        "no project is called so, so no tasks are wanted",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "tasks of equal names in one project",
        "SELECT a.Name, a.TaskId, b.TaskId FROM Tasks a JOIN Tasks b "
        "ON b.ProjectId = a.ProjectId AND b.Name = a.Name AND a.TaskId < b.TaskId",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "one reading of the tasks serves both",
    ),
    Entry(
        "other projects of the contacts of closed ones",
        "SELECT a.Name, b.Name FROM Projects a JOIN Projects b "
        "ON b.ContactId = a.ContactId AND b.ProjectId <> a.ProjectId WHERE a.Status = 'CLOSED'",
        lambda o: pages(o.projects),
        "the whole list has both",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "every user with every project",
        "SELECT u.Name, p.Name FROM Users u CROSS JOIN Projects p",
        lambda o: 1 + pages(o.projects),
        "two lists",
    ),
)
