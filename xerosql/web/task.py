"""One task: its fields, what is wrong with it and what to do, its request, what it waits for, what happened."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template

from xerosql.queue.troubleshooting import ADVICE
from xerosql.web.queue import Row, places, the_queue

pages = Blueprint("task", __name__)

TASK = "SELECT * FROM queue.XeroTasks WHERE XeroTaskId = ?"
EVENTS = "SELECT * FROM queue.XeroTaskEvents WHERE XeroTaskId = ? ORDER BY EventId"
NEEDS = "SELECT NeedsTaskId AS Task, Kind, Satisfied FROM queue.XeroTaskDependencies WHERE XeroTaskId = ? ORDER BY 1"
NEEDED_BY = (
    "SELECT XeroTaskId AS Task, Kind, Satisfied FROM queue.XeroTaskDependencies WHERE NeedsTaskId = ? ORDER BY 1"
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
        needs=relatives(NEEDS, number),
        needed_by=relatives(NEEDED_BY, number),
        events=queue.rows(EVENTS, [number]),
    )


@pages.get("/tasks/<int:number>/preview")
def preview(number: int) -> Any:
    """What would be sent. What it is built from is read from Xero; nothing is written."""
    task = found(number)
    (wanted,) = the_queue().connection.preview_queue([number])
    return render_template("preview.html", task=task, preview=wanted)


def relatives(query: str, number: int) -> list[Row]:
    """What a task waits for, or what waits for it. Asked for by number, so that no long queue is read for it."""
    rows = the_queue().rows(query, [number])
    numbers = [row["Task"] for row in rows]
    columns = "XeroTaskId, XeroTaskType, XeroTaskStatus"
    here = f"WHERE XeroTaskId IN ({places(numbers)})"
    tasks = the_queue().rows(f"SELECT {columns} FROM queue.XeroTasks {here}", numbers) if numbers else []
    known = {task["XeroTaskId"]: task for task in tasks}
    return [{"XeroTaskType": None, "XeroTaskStatus": None} | known.get(row["Task"], {}) | row for row in rows]


def found(number: int) -> Row:
    """The task. 404 if there is none."""
    rows = the_queue().rows(TASK, [number])
    return rows[0] if rows else abort(404, f"There is no task {number}. It may have been deleted since it was done.")


def actions_of(task: Row) -> list[str]:
    """What can be done with it on this connection."""
    if "xero_tasks_control" not in the_queue().rights:
        return []
    return [each for each in (task["Actions"] or "").split(",") if each]
