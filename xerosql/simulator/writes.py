"""The nine writing operations of the Projects API. A PUT replaces the whole object: what is left out is cleared."""

from __future__ import annotations

from .clock import fine_moment
from .exchange import Answer, empty, ok
from .reads import task_rows
from .rows import project_row, time_row
from .state import Project, Task, TimeEntry
from .validation import read_project, read_status, read_task, read_time, refuse
from .world import Call


def create_project(call: Call) -> Answer:
    fields = read_project(call.request.body, call.organisation, None)
    project = Project(
        project_id=call.world.new_id("project"),
        contact_id=fields.contact_id,
        name=fields.name,
        deadline_utc=fields.deadline_utc,
        estimate=fields.estimate,
    )
    call.organisation.projects[project.project_id] = project
    call.world.lists.added(project.project_id)
    call.world.touch(call.organisation, project)
    totals = call.world.ledger.project(call.organisation, project)
    return ok(project_row(call.organisation.currency, project, totals), 201)


def update_project(call: Call) -> Answer:
    """Changes name, deadline and estimate. A `status` in the body is accepted and ignored: PATCH sets it."""
    project = call.project
    fields = read_project(call.request.body, call.organisation, project)
    call.world.stale.remember(project.project_id, project)
    project.name, project.deadline_utc, project.estimate = fields.name, fields.deadline_utc, fields.estimate
    call.world.touch(call.organisation, project)
    return empty()


def patch_project(call: Call) -> Answer:
    """Opens or closes a project; its tasks and time can be written either way.

    Whether Xero refuses writes below a closed project is not documented, so nothing is refused here.
    """
    project = call.project
    status = read_status(call.request.body)
    call.world.stale.remember(project.project_id, project)
    project.status = status
    call.world.touch(call.organisation, project)
    return empty()


def create_task(call: Call) -> Answer:
    project = call.project
    fields = read_task(call.request.body, call.organisation)
    task = Task(call.world.new_id("task"), fields.name, fields.charge_type, fields.rate, fields.estimate_minutes)
    project.tasks[task.task_id] = task
    call.world.lists.added(task.task_id)
    call.world.touch(call.organisation, project)
    return ok(task_rows(call, project, [task])[0], 201)


def update_task(call: Call) -> Answer:
    project, task = call.project, call.task
    fields = read_task(call.request.body, call.organisation)
    _must_be_active(task.status, "task")
    call.world.stale.remember(task.task_id, task)
    task.name, task.charge_type, task.rate, task.estimate_minutes = fields
    call.world.touch(call.organisation, project)
    return empty()


def delete_task(call: Call) -> Answer:
    """An invoiced or locked task, or one with time on it, stays and the answer is 400.

    Xero documents that an invoiced task stays, but neither the answer nor what logged time means for a delete.
    """
    project, task = call.project, call.task
    _must_be_active(task.status, "task")
    if any(entry.task_id == task.task_id for entry in project.time.values()):
        refuse("model.Time", "The task has time logged on it and was not removed.")
    del project.tasks[task.task_id]
    call.world.touch(call.organisation, project)
    return empty()


def create_time(call: Call) -> Answer:
    """Answers 200, unlike the other two POSTs."""
    project = call.project
    fields = read_time(call.request.body, call.organisation, project)
    _must_take_time(project.tasks[fields.task_id])
    entry = TimeEntry(
        time_entry_id=call.world.new_id("time"),
        user_id=fields.user_id,
        task_id=fields.task_id,
        date_utc=fields.date_utc,
        date_entered_utc=fine_moment(call.world.clock.now()),
        duration=fields.duration,
        description=fields.description,
    )
    project.time[entry.time_entry_id] = entry
    call.world.lists.added(entry.time_entry_id)
    call.world.touch(call.organisation, project)
    return ok(time_row(project.project_id, entry))


def update_time(call: Call) -> Answer:
    project, entry = call.project, call.entry
    fields = read_time(call.request.body, call.organisation, project)
    _must_be_active(entry.status, "time entry")
    _must_take_time(project.tasks[fields.task_id])
    call.world.stale.remember(entry.time_entry_id, entry)
    entry.user_id, entry.task_id, entry.date_utc, entry.duration, entry.description = fields
    call.world.touch(call.organisation, project)
    return empty()


def delete_time(call: Call) -> Answer:
    project, entry = call.project, call.entry
    _must_be_active(entry.status, "time entry")
    del project.time[entry.time_entry_id]
    call.world.touch(call.organisation, project)
    return empty()


def _must_be_active(status: str, kind: str) -> None:
    if status != "ACTIVE":
        refuse("model.Status", f"The {kind} is {status} and cannot be changed.")


def _must_take_time(task: Task) -> None:
    """Time on a locked or invoiced task would change it, so it is refused; Xero's page does not go into that."""
    if task.status != "ACTIVE":
        refuse("model.TaskId", f"The task is {task.status} and takes no time.")
