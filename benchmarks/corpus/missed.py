"""Where the driver is known to make more calls than the fewest, and why. By the query's title and the organisation."""

from __future__ import annotations

from .model import DEMO, LARGE, LONG

MISSED: dict[tuple[str, str], str] = {
    ("how many entries of one project since a day", LONG): (
        "Xero's day bounds are taken for a superset, so the rows are read and checked"
    ),
    ("projects, tasks and time by the task's name", DEMO): (
        "whether a task's TotalMinutes counts all its time is not documented, so it leaves no task aside"
    ),
    ("five tasks with their projects' names", LARGE): "the projects are read whole before the first list of tasks",
    ("five names of projects or users", DEMO): "both branches of the UNION are begun",
    ("whether one project has dear tasks", LONG): "EXISTS reads its list whole",
    ("a project's tasks of two charge types", LONG): "a list is asked for once, not once for each value",
    ("two users' time on a project", LONG): "a list is asked for once, not once for each value",
    ("users, if an unknown contact has projects", DEMO): "a subquery of no common column is not asked first",
}
