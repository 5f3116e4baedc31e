"""One task: its fields, what is wrong with it and what to do, its request, what it waits for, what happened."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template

from xerosql.queue.troubleshooting import ADVICE
from xerosql.web.queue import Row, the_queue

pages = Blueprint("task", __name__)

TASK = "SELECT * FROM queue.XeroTasks WHERE XeroTaskId = ?"
EVENTS = "SELECT * FROM queue.XeroTaskEvents WHERE XeroTaskId = ? ORDER BY EventId"
NEEDS = (
    "SELECT d.NeedsTaskId AS Task, d.Kind, d.Satisfied, t.XeroTaskType, t.XeroTaskStatus "
    "FROM queue.XeroTaskDependencies AS d LEFT JOIN queue.XeroTasks AS t ON t.XeroTaskId = d.NeedsTaskId "
    "WHERE d.XeroTaskId = ? ORDER BY 1"
)
NEEDED_BY = (
    "SELECT d.XeroTaskId AS Task, d.Kind, d.Satisfied, t.XeroTaskType, t.XeroTaskStatus "
    "FROM queue.XeroTaskDependencies AS d JOIN queue.XeroTasks AS t ON t.XeroTaskId = d.XeroTaskId "
    "WHERE d.NeedsTaskId = ? ORDER BY 1"
)


@pages.get("/tasks/<int:number>")
def shown(number: int) -> Any:
    queue, task = the_queue(), found(number)
    return render_template(
        "task.html",
        task=task,
        type_names=queue.type_names(),
        tenant=queue.tenant_names().get(task["TenantId"], task["TenantId"]),
        actions=actions_of(task),
        advice=ADVICE.get(task["ErrorCode"] or ""),
        waiting=ADVICE.get(task["WaitingFor"] or ""),
        needs=queue.rows(NEEDS, [number]),
        needed_by=queue.rows(NEEDED_BY, [number]),
        events=queue.rows(EVENTS, [number]),
    )


@pages.get("/tasks/<int:number>/preview")
def preview(number: int) -> Any:
    """What would be sent. What it is built from is read from Xero; nothing is written."""
    task = found(number)
    (wanted,) = the_queue().connection.preview_queue([number])
    return render_template("preview.html", task=task, preview=wanted)


def found(number: int) -> Row:
    """The task. 404 if there is none."""
    rows = the_queue().rows(TASK, [number])
    return rows[0] if rows else abort(404, f"There is no task {number}. It may have been deleted since it was done.")


def actions_of(task: Row) -> list[str]:
    """What can be done with it on this connection."""
    if "xero_tasks_control" not in the_queue().rights:
        return []
    return [each for each in (task["Actions"] or "").split(",") if each]
