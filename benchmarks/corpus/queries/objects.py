"""Objects by their ids, one and several."""

from __future__ import annotations

from ..facts import batches, pages
from ..model import DEMO, LARGE, LONG, Entry

ENTRIES = (
    Entry(
        "one project by its id",
        "SELECT Name, Status FROM Projects WHERE ProjectId = {project}",
        lambda o: 1,
        "the project's own path",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "a project that is not there",
        "SELECT Name FROM Projects WHERE ProjectId = {unknown}",
        lambda o: 1,
        "only asking tells that there is none",
    ),
    Entry(
        "one project by a parameter",
        "SELECT Name FROM Projects WHERE ProjectId = ?",
        lambda o: 1,
        "the project's own path",
        ("{project}",),
    ),
    Entry(
        "one task by its Id",
        "SELECT Name, RateValue FROM Tasks WHERE Id = {task_id}",
        lambda o: 1,
        "the Id names project and task: the task's own path",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "one task by both ids",
        "SELECT * FROM Tasks WHERE ProjectId = {project} AND TaskId = {task}",
        lambda o: 1,
        "the task's own path",
    ),
    Entry(
        "one time entry by its Id",
        "SELECT Duration, Description FROM Time WHERE Id = {entry_id}",
        lambda o: 1,
        "the entry's own path",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "three tasks of three projects by Id",
        "SELECT Name FROM Tasks WHERE Id IN ({task_id}, {task_id_project2}, {task_id_closed})",
        lambda o: 3,
        "nothing reads tasks of two projects at once",
    ),
    Entry(
        "three tasks of one project by Id",
        "SELECT Name FROM Tasks WHERE Id IN ({task_ids3})",
        lambda o: 1,
        "the project's list takes task ids",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "41 tasks of one project",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} AND TaskId IN ({tasks41})",
        lambda o: min(batches(o.names["tasks41"]), o.task_lists(o.project())),
        "two batches of ids, where the whole list has three pages",
        worlds=(LONG,),
        by_length=True,
    ),
    Entry(
        "100 tasks of one project",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} AND TaskId IN ({tasks100})",
        lambda o: min(batches(o.names["tasks100"]), o.task_lists(o.project())),
        "three batches of ids, as many as the whole list has pages",
        worlds=(LONG,),
        by_length=True,
    ),
    Entry(
        "two time entries of one project by Id",
        "SELECT Duration FROM Time WHERE Id IN ({entry_ids2})",
        lambda o: min(2, o.time_lists(o.project())),
        "the project's list if it has one page, else one by one: the list of time takes no ids of entries",
        worlds=(DEMO, LONG),
        by_length=True,
    ),
    Entry(
        "five time entries of one project by Id",
        "SELECT Duration FROM Time WHERE Id IN ({entry_ids5})",
        lambda o: min(5, o.time_lists(o.project())),
        "the project's list, the list of time takes no ids of entries",
        worlds=(DEMO, LONG),
        by_length=True,
    ),
    Entry(
        "a task whose project is not told",
        "SELECT Name, ProjectId FROM Tasks WHERE TaskId = {task_closed}",
        lambda o: o.until(1, o.projects, o.tasks_of, lambda task: task["taskId"] == o.names["task_closed"]),
        "the projects, then one after the other until the task is found: no other task has its id",
    ),
    *(
        Entry(
            f"{number} projects by their ids",
            f"SELECT Name FROM Projects WHERE ProjectId IN ({{projects{number}}})",
            lambda o, number=number: min(batches(o.names[f"projects{number}"]), pages(o.projects)),
            "batches of 40 ids, or the pages of the whole list where these are fewer",
            worlds=worlds,
            by_length=True,
        )
        for number, worlds in ((2, (DEMO,)), (3, (DEMO,)), (40, (DEMO, LARGE)), (41, (DEMO, LARGE)), (100, (LARGE,)))
    ),
    Entry(
        "41 closed projects by their ids",
        "SELECT Name FROM Projects WHERE ProjectId IN ({closed41}) AND Status = 'CLOSED'",
        lambda o: min(batches(o.names["closed41"]), pages(o.closed)),
        "the closed ones are one page, two batches of ids are two calls",
        worlds=(LARGE,),
        by_length=True,
    ),
)
