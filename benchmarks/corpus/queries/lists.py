"""Filters on one table: what Xero filters, what it does not, and lists below projects."""

from __future__ import annotations

from ..facts import Organisation, Row, Test, pages
from ..model import DEMO, LARGE, LONG, Entry


def kind(*names: str) -> Test:
    return lambda task: task["chargeType"] in names


def since(day: str) -> Test:
    return lambda entry: entry["dateUtc"][:10] >= day


def first(o: Organisation, number: int) -> list[Row]:
    return o.project(f"projects{number}")


def some_or_all(o: Organisation, number: int) -> int:
    """Time of named projects: each one's list, or the projects first to leave out those without minutes."""
    named = first(o, number)
    return min(len(named), pages(o.projects) + o.time_lists(named))


ENTRIES = (
    # -- Projects ------------------------------------------------------------------------------------------------------
    Entry(
        "all projects",
        "SELECT * FROM Projects",
        lambda o: pages(o.projects),
        "the pages of the list",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "closed projects",
        "SELECT Name, TotalInvoicedValue FROM Projects WHERE Status = 'CLOSED'",
        lambda o: pages(o.closed),
        "the list takes states",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "projects of both states",
        "SELECT Name FROM Projects WHERE Status IN ('INPROGRESS', 'CLOSED')",
        lambda o: pages(o.projects),
        "the list takes states",
    ),
    Entry(
        "a contact's projects",
        "SELECT Name FROM Projects WHERE ContactId = {contact}",
        lambda o: pages(o.of_contact),
        "the list takes a contact",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "a contact's open projects, by parameters",
        "SELECT Name FROM Projects WHERE ContactId = ? AND Status = ?",
        lambda o: 1,
        "the list takes both",
        ("{contact}", "INPROGRESS"),
    ),
    Entry(
        "two contacts' projects",
        "SELECT Name FROM Projects WHERE ContactId IN ({contacts2})",
        lambda o: min(2, pages(o.projects)),
        "one list for each contact, or the whole list",
        worlds=(DEMO, LARGE),
        by_length=True,
    ),
    Entry(
        "projects by part of the name",
        "SELECT Name, Deadline FROM Projects WHERE Name LIKE '%ebsite%'",
        lambda o: pages(o.projects),
        "Xero has no filter on names",
    ),
    Entry(
        "all projects but one",
        "SELECT Name FROM Projects WHERE ProjectId <> {project}",
        lambda o: pages(o.projects),
        "Xero can leave none out",
    ),
    Entry(
        "closed projects, or a contact's",
        "SELECT Name FROM Projects WHERE Status = 'CLOSED' OR ContactId = {contact}",
        lambda o: min(pages(o.closed) + pages(o.of_contact), pages(o.projects)),
        "the whole list, or a list for each side",
        worlds=(DEMO, LARGE),
        by_length=True,
    ),
    Entry(
        "late projects, the dearest first",
        "SELECT Name FROM Projects WHERE Status = 'INPROGRESS' AND Deadline < TIMESTAMP '2026-07-01 00:00:00' "
        "ORDER BY TotalToBeInvoicedValue DESC, Name LIMIT 5",
        lambda o: pages(o.open),
        "an order needs all of them",
        worlds=(DEMO, LARGE),
    ),
    Entry("all users", "SELECT Name, Email FROM Users", lambda o: 1, "one list"),
    # -- Below one project, and several --------------------------------------------------------------------------------
    Entry(
        "a project's tasks",
        "SELECT Name, TotalAmountValue FROM Tasks WHERE ProjectId = {project}",
        lambda o: o.task_lists(o.project()),
        "the pages of its list",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "a project's time",
        "SELECT Date, Duration FROM Time WHERE ProjectId = {project}",
        lambda o: o.time_lists(o.project()),
        "the pages of its list",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "tasks of a project without any",
        "SELECT Name FROM Tasks WHERE ProjectId = {empty}",
        lambda o: 1,
        "only asking tells that there are none",
    ),
    Entry(
        "a project's fixed-price tasks",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} AND ChargeType = 'FIXED'",
        lambda o: o.task_lists(o.project(), kind("FIXED")),
        "the list takes a charge type: fewer pages",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "a project's tasks of two charge types",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} AND ChargeType IN ('FIXED', 'NON_CHARGEABLE')",
        lambda o: min(
            o.task_lists(o.project()),
            o.task_lists(o.project(), kind("FIXED")) + o.task_lists(o.project(), kind("NON_CHARGEABLE")),
        ),
        "the list takes one charge type: the whole list, or one list for each",
        worlds=(DEMO, LONG),
        by_length=True,
    ),
    Entry(
        "a user's time on a project",
        "SELECT Date, Duration FROM Time WHERE ProjectId = {project} AND UserId = {user}",
        lambda o: o.time_lists(o.project(), o.by_user),
        "the list takes a user: fewer pages",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "two users' time on a project",
        "SELECT Date, Duration FROM Time WHERE ProjectId = {project} AND UserId IN ({users2})",
        lambda o: min(
            o.time_lists(o.project()),
            sum(
                o.time_lists(o.project(), lambda entry, user=user: entry["userId"] == user)
                for user in o.names["users2"]
            ),
        ),
        "the list takes one user: the whole list, or one list for each",
        worlds=(DEMO, LONG),
        by_length=True,
    ),
    Entry(
        "time on one task of a project",
        "SELECT Duration FROM Time WHERE ProjectId = {project} AND TaskId = {task}",
        lambda o: 1,
        "the list takes a task",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "a project's time since a day",
        "SELECT Duration FROM Time WHERE ProjectId = {project} AND Date >= DATE '2026-08-01'",
        lambda o: o.time_lists(o.project(), since("2026-08-01")),
        "the list takes the first day: fewer pages",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "a project's time after a day, by a parameter",
        "SELECT Duration FROM Time WHERE ProjectId = ? AND Date > ?",
        lambda o: o.time_lists(o.project(), since("2026-08-01")),
        "days are whole: after one day is since the next",
        ("{project}", "date:2026-07-31"),
        worlds=(DEMO, LONG),
    ),
    Entry(
        "a project's invoiced time",
        "SELECT Duration FROM Time WHERE ProjectId = {project} AND Status = 'INVOICED'",
        lambda o: o.time_lists(o.project(), lambda entry: entry["status"] == "INVOICED"),
        "the list takes states: fewer pages",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "tasks of three projects",
        "SELECT Name FROM Tasks WHERE ProjectId IN ({projects3})",
        lambda o: 3,
        "a list for each",
        worlds=(DEMO, LARGE),
    ),
    Entry(
        "tasks of 40 projects",
        "SELECT Name FROM Tasks WHERE ProjectId IN ({projects40})",
        lambda o: 40,
        "a list for each",
    ),
    Entry(
        "time of 40 projects",
        "SELECT Duration FROM Time WHERE ProjectId IN ({projects40})",
        lambda o: some_or_all(o, 40),
        "a list for each; or the projects, and a list for each that has minutes",
        by_length=True,
    ),
    Entry(
        "tasks of two projects by OR",
        "SELECT Name FROM Tasks WHERE ProjectId = {project} OR ProjectId = {closed}",
        lambda o: 2,
        "a list for each",
    ),
    Entry(
        "two projects by OR, each with its own filter",
        "SELECT Name FROM Tasks WHERE (ProjectId = {project} AND ChargeType = 'FIXED') "
        "OR (ProjectId = {closed} AND Status = 'INVOICED')",
        lambda o: 2,
        "either side names its project",
    ),
    Entry(
        "tasks of any of an array of projects",
        "SELECT Name FROM Tasks WHERE ProjectId = ANY (ARRAY[{projects3}])",
        lambda o: 3,
        "a list for each",
    ),
    Entry(
        "tasks of any of a parameter's projects",
        "SELECT Name FROM Tasks WHERE ProjectId = ANY (?)",
        lambda o: 3,
        "a list for each",
        ("{projects3}",),
    ),
    # -- Below all projects --------------------------------------------------------------------------------------------
    Entry(
        "all tasks",
        "SELECT Name, RateValue FROM Tasks",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "the projects, then each one's list",
        worlds=(DEMO, LARGE, LONG),
    ),
    Entry(
        "all time",
        "SELECT Date, Duration FROM Time",
        lambda o: pages(o.projects) + o.time_lists(o.projects),
        "the projects, then the list of each that has minutes",
        worlds=(DEMO, LARGE, LONG),
    ),
    Entry(
        "all fixed-price tasks",
        "SELECT Name, RateValue FROM Tasks WHERE ChargeType = 'FIXED'",
        lambda o: pages(o.projects) + o.task_lists(o.projects, kind("FIXED")),
        "the projects, then each one's list, which takes a charge type",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "all locked tasks",
        "SELECT Name FROM Tasks WHERE Status = 'LOCKED'",
        lambda o: pages(o.projects) + o.task_lists(o.projects),
        "the list of tasks takes no status",
    ),
    Entry(
        "a user's time",
        "SELECT Date, Duration FROM Time WHERE UserId = {user}",
        lambda o: pages(o.projects) + o.time_lists(o.projects, o.by_user),
        "the projects, then the list of each that has minutes",
        worlds=(DEMO, LONG),
    ),
    Entry(
        "the time of a month",
        "SELECT UserId, sum(Duration) FROM Time WHERE Date BETWEEN DATE '2026-09-01' AND DATE '2026-09-30' GROUP BY 1",
        lambda o: pages(o.projects) + o.time_lists(o.projects),
        "the projects, then the list of each that has minutes",
    ),
    Entry(
        "the time of one day, by a parameter",
        "SELECT Duration FROM Time WHERE Date = ?",
        lambda o: pages(o.projects) + o.time_lists(o.projects),
        "the projects, then the list of each that has minutes",
        ("date:2026-09-01",),
    ),
)
