"""Outer joins: keys flow from the kept side only, unless a condition rejects what the join has filled with NULL."""

from __future__ import annotations

from ..facts import pages
from ..model import DEMO, LARGE, Entry

KEPT = "the closed projects, then each one's list"

ENTRIES = (
    Entry(
        "closed projects and their tasks, if any",
        "SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t USING (ProjectId) WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        KEPT,
        family="closed projects and their tasks, if any",
    ),
    Entry(
        "closed projects and their tasks, if any: RIGHT JOIN",
        "SELECT p.Name, t.Name FROM Tasks t RIGHT JOIN Projects p USING (ProjectId) WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        KEPT,
        family="closed projects and their tasks, if any",
    ),
    Entry(
        "closed projects and their tasks, if any: FULL JOIN with WHERE",
        "SELECT p.Name, t.Name FROM Tasks t FULL JOIN Projects p USING (ProjectId) WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "WHERE drops the tasks without a project: the closed projects, then each one's list",
    ),
    Entry(
        "all tasks, with the project's name if it is closed",
        "SELECT t.Name, p.Name FROM Tasks t LEFT JOIN Projects p ON p.ProjectId = t.ProjectId AND p.Status = 'CLOSED'",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "every task is kept; the list of projects that names their lists serves the join too",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "tasks and closed projects, all of either",
        "SELECT t.Name, p.Name FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId AND p.Status = 'CLOSED'",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "a FULL JOIN keeps both sides whole",
    ),
    Entry(
        "projects and time, all of either, by USING",
        "SELECT p.Name, e.Duration FROM Projects p FULL JOIN Time e USING (ProjectId)",
        lambda o: pages(o.projects) + o.time_lists(o.projects),
        "a FULL JOIN keeps both sides whole",
    ),
    Entry(
        "open projects and their long entries, if any",
        "SELECT p.Name, e.Date FROM Projects p LEFT JOIN Time e ON e.ProjectId = p.ProjectId AND e.Duration >= 240 "
        "WHERE p.Status = 'INPROGRESS'",
        lambda o: pages(o.open) + o.time_lists(o.open),
        "the open projects, then the lists of those that have minutes",
    ),
    Entry(
        "a LEFT JOIN that WHERE makes an inner one",
        "SELECT p.Name, t.Name FROM Tasks t LEFT JOIN Projects p ON t.ProjectId = p.ProjectId "
        "WHERE p.Status = 'CLOSED'",
        lambda o: pages(o.closed) + o.task_lists(o.closed),
        "WHERE drops tasks without a closed project: the closed projects, then each one's list",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "closed projects, their tasks and the tasks' time, if any",
        "SELECT p.Name, t.Name, e.Duration FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId "
        "LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE p.Status = 'CLOSED'",
        lambda o: (
            pages(o.closed)
            + o.task_lists(o.closed)
            + o.time_lists(o.with_tasks(o.closed, lambda task: task["totalMinutes"] > 0))
        ),
        "the closed projects, then both lists of each, time only where tasks have minutes",
    ),
    Entry(
        "one project's tasks and their time, if any",
        "SELECT t.Name, e.Duration FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE t.ProjectId = {project}",
        lambda o: o.task_lists(o.project()) + o.time_lists(o.project()),
        "a task's time is of the task's project: two lists",
    ),
    Entry(
        "open projects without tasks",
        "SELECT p.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId "
        "WHERE t.TaskId IS NULL AND p.Status = 'INPROGRESS'",
        lambda o: pages(o.open) + o.task_lists(o.open),
        "only each open project's list tells whether it is empty",
    ),
    Entry(
        "users and their time on one project, if any",
        "SELECT u.Name, sum(e.Duration) FROM Time e RIGHT JOIN Users u ON u.UserId = e.UserId "
        "AND e.ProjectId = {project} GROUP BY 1",
        lambda o: 1 + o.time_lists(o.project()),
        "every user is kept: the users, and the list of the project's time",
    ),
    Entry(
        "one project and its contact's other projects, if any",
        "SELECT a.Name, b.Name FROM Projects a LEFT JOIN Projects b "
        "ON b.ContactId = a.ContactId AND b.ProjectId <> a.ProjectId WHERE a.ProjectId = {project}",
        lambda o: min(2, pages(o.projects)),
        "the project, then its contact's; or the whole list, if it is one page",
        worlds=(DEMO, LARGE),
        by_length=True,
    ),
)
