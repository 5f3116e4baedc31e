"""LIMIT: as many lists as its rows fill."""

from __future__ import annotations

from ..facts import pages, read_until
from ..model import DEMO, LARGE, LONG, Entry

ENTRIES = (
    Entry(
        "five projects",
        "SELECT Name FROM Projects LIMIT 5",
        lambda o: 1,
        "the first page has them",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "three closed projects",
        "SELECT Name FROM Projects WHERE Status = 'CLOSED' LIMIT 3",
        lambda o: 1,
        "the list takes states, its first page has them",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "two projects by part of the name",
        "SELECT Name FROM Projects WHERE Name LIKE '%ebsite%' LIMIT 2",
        lambda o: 1,
        "the first page has two",
    ),
    Entry(
        "ten projects by name, from a place",
        "SELECT Name FROM Projects ORDER BY Name, ProjectId LIMIT 10 OFFSET 5",
        lambda o: pages(o.projects),
        "an order needs all of them",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "20 tasks of one project",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} LIMIT 20",
        lambda o: 1,
        "the first page has them",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "600 tasks of one project",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} LIMIT 600",
        lambda o: 2,
        "two of three pages",
        worlds=(LONG,),
    ),
    Entry(
        "five tasks",
        "SELECT Name FROM Tasks LIMIT 5",
        lambda o: o.until(5, o.projects, o.tasks_of),
        "the first page of projects, then one list after the other until there are five",
        worlds=(DEMO, LARGE, LONG),
    ),
    Entry(
        "three fixed-price tasks",
        "SELECT Name FROM Tasks WHERE ChargeType = 'FIXED' LIMIT 3",
        lambda o: o.until(3, o.projects, o.tasks_of, lambda task: task["chargeType"] == "FIXED"),
        "the first page of projects, then one list after the other until there are three",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "five long entries",
        "SELECT Date, Duration FROM Time WHERE Duration >= 480 LIMIT 5",
        lambda o: o.until(5, o.projects, o.time_of, lambda entry: entry["duration"] >= 480),
        "the first page of projects, then one list after the other until there are five",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "whether a user has any time",
        "SELECT 1 FROM Time WHERE UserId = {user} LIMIT 1",
        lambda o: o.until(1, o.projects, o.time_of, o.by_user),
        "the first page of projects, then one list after the other until there is one",
    ),
    Entry(
        "five tasks with their projects' names",
        "SELECT p.Name, t.Name FROM Tasks t JOIN Projects p ON p.ProjectId = t.ProjectId LIMIT 5",
        lambda o: o.until(5, o.projects, o.tasks_of),
        "the first page of projects, then one list after the other until there are five",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "five tasks of closed projects",
        "SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE p.Status = 'CLOSED' LIMIT 5",
        lambda o: o.until(5, o.closed, o.tasks_of),
        "the first page of closed projects, then one list after the other until there are five",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "the five dearest tasks of one project",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} ORDER BY TotalAmountValue DESC, TaskId LIMIT 5",
        lambda o: o.task_lists(o.project()),
        "an order needs all of them",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "the five dearest tasks",
        "SELECT Name, TotalAmountValue FROM Tasks ORDER BY TotalAmountValue DESC, TaskId LIMIT 5",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "an order needs all of them",
    ),
    Entry(
        "the five users with the most time",
        "SELECT UserId, sum(Duration) FROM Time GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
        lambda o: pages(o.projects) + o.time_lists(o.projects),
        "sums need all of it",
    ),
    Entry(
        "five names of projects or users",
        "SELECT Name FROM Projects UNION ALL SELECT Name FROM Users LIMIT 5",
        lambda o: 1,
        "the first list has them",
    ),
    Entry(
        "whether one project has dear tasks",
        "SELECT EXISTS (SELECT 1 FROM Tasks WHERE ProjectId = {project} AND RateValue > 120)",
        lambda o: read_until(1, o.tasks_of[o.names["project"]], lambda task: task["rate"]["value"] > 120)[0],
        "pages of its list until there is one",
        worlds=(DEMO, LONG),
    ),
)
