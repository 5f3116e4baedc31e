"""The seven GET operations of the Projects API."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .exchange import Answer, ok
from .queries import Query, page_of
from .rows import Row, project_row, task_row, time_row, user_row
from .state import CHARGE_TYPES, PROJECT_STATES, TIME_STATES, Organisation, Project, Task, TimeEntry
from .totals import logged, of_project, of_task
from .world import Call


def list_projects(call: Call) -> Answer:
    """Without `states` only projects in progress come back.

    What Xero does then is not documented; the simulator does what hurts a client most that relied on the opposite.
    """
    query = Query(call.request.query)
    ids, contacts = query.ids("projectIds"), query.ids("contactID")
    states = query.choices("states", PROJECT_STATES) or {"INPROGRESS"}
    stale = call.world.stale
    projects = [
        seen
        for each in call.world.lists.shown(call.organisation.projects)
        if (ids is None or each.project_id in ids) and (contacts is None or each.contact_id in contacts)
        if (seen := stale.seen(each.project_id, each)).status in states
    ]
    pagination, projects = page_of(query, projects, unpaged=False)
    return ok({"pagination": pagination, "items": [_project(call, p) for p in projects]}, holder=call.organisation)


def get_project(call: Call) -> Answer:
    project = call.project
    return ok(_project(call, call.world.stale.seen(project.project_id, project)))


def list_users(call: Call) -> Answer:
    pagination, users = page_of(Query(call.request.query), call.organisation.users, unpaged=True)
    return ok({"pagination": pagination, "items": [user_row(user) for user in users]}, holder=call.organisation)


def list_tasks(call: Call) -> Answer:
    query, project = Query(call.request.query), call.project
    ids, kinds = query.ids("taskIds"), query.choices("chargeType", CHARGE_TYPES)
    stale, shown = call.world.stale, call.world.lists.shown(project.tasks)
    tasks = [stale.seen(each.task_id, each) for each in shown if ids is None or each.task_id in ids]
    if kinds is not None:
        tasks = [task for task in tasks if task.charge_type in kinds]
    pagination, tasks = page_of(query, tasks, unpaged=True)
    return ok({"pagination": pagination, "items": task_rows(call, project, tasks)}, holder=project)


def get_task(call: Call) -> Answer:
    task = call.task
    return ok(task_rows(call, call.project, [call.world.stale.seen(task.task_id, task)])[0])


def list_time(call: Call) -> Answer:
    query, project = Query(call.request.query), call.project
    wanted = _time_filter(query, project)
    stale, shown = call.world.stale, call.world.lists.shown(project.time)
    entries = [seen for e in shown if wanted(seen := stale.seen(e.time_entry_id, e))]
    pagination, entries = page_of(query, entries, unpaged=True)
    return ok({"pagination": pagination, "items": [time_row(project.project_id, e) for e in entries]}, holder=project)


def get_time(call: Call) -> Answer:
    entry = call.entry
    return ok(time_row(call.project.project_id, call.world.stale.seen(entry.time_entry_id, entry)))


def task_rows(call: Call, project: Project, tasks: Iterable[Task]) -> list[Row]:
    """Tasks with the totals of the time logged on them."""
    sums, currency = logged(project), call.organisation.currency
    return [
        task_row(currency, project.project_id, task, of_task(task, *sums.get(task.task_id, (0, 0)))) for task in tasks
    ]


def all_rows(organisation: Organisation) -> dict[str, list[Row]]:
    """Every row of an organisation by kind, as it truly is now; contacts are the simulator's own."""
    currency = organisation.currency
    rows: dict[str, list[Row]] = {"projects": [], "tasks": [], "time": []}
    for project in organisation.projects.values():
        sums = logged(project)
        rows["projects"].append(project_row(currency, project, of_project(project)))
        rows["tasks"] += [
            task_row(currency, project.project_id, task, of_task(task, *sums.get(task.task_id, (0, 0))))
            for task in project.tasks.values()
        ]
        rows["time"] += [time_row(project.project_id, entry) for entry in project.time.values()]
    rows["users"] = [user_row(user) for user in organisation.users]
    rows["contacts"] = [{"contactId": each.contact_id, "name": each.name} for each in organisation.contacts]
    return rows


def _project(call: Call, project: Project) -> Row:
    return project_row(call.organisation.currency, project, call.world.ledger.project(call.organisation, project))


def _time_filter(query: Query, project: Project) -> Callable[[TimeEntry], bool]:
    """What the query asks of a time entry; both dates are inclusive, on the day of work, not of entry."""
    users, tasks = query.ids("userId"), query.ids("taskId")
    invoices, contacts = query.ids("invoiceId"), query.ids("contactId")
    states, chargeable = query.choices("states", TIME_STATES), query.flag("isChargeable")
    after, before = query.moment("dateAfterUtc"), query.moment("dateBeforeUtc")
    if contacts is not None and project.contact_id not in contacts:
        return lambda _: False
    if chargeable is not None:
        fitting = {t.task_id for t in project.tasks.values() if (t.charge_type != "NON_CHARGEABLE") == chargeable}
        tasks = fitting if tasks is None else tasks & fitting

    def wanted(entry: TimeEntry) -> bool:
        return (
            (users is None or entry.user_id in users)
            and (tasks is None or entry.task_id in tasks)
            and (invoices is None or entry.invoice_id in invoices)
            and (states is None or entry.status in states)
            and (after is None or entry.date_utc >= after)
            and (before is None or entry.date_utc <= before)
        )

    return wanted
