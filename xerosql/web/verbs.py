"""What people do with tasks. Each verb has a page that says what it means and asks whether it is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from xerosql.errors import Error
from xerosql.web import parameters
from xerosql.web.queue import Row, places, the_queue
from xerosql.web.task import actions_of, found

pages = Blueprint("verbs", __name__)


@dataclass(frozen=True)
class Verb:
    """What it sets, what it means to who is about to do it, and what is said when it is done."""

    sets: str
    question: str
    meaning: str
    done: str


VERBS = {
    "retry": Verb(
        "XeroTaskStatus = 'Pending'",
        "Send it again?",
        "It is sent as a new request, with the values that it has now.",
        "will be sent again",
    ),
    "absent": Verb(
        "XeroTaskStatus = 'Pending', Resolution = 'absent'",
        "You have looked, and Xero has no such row?",
        "It may have reached Xero the last time. Look there first: if the row is there after all, sending again "
        "creates it twice.",
        "will be sent again",
    ),
    "cancel": Verb(
        "XeroTaskStatus = 'Cancelled'",
        "Cancel it?",
        "It is not sent. Tasks that need a row which it was to create are skipped. It can be sent again later.",
        "is cancelled",
    ),
    "skip": Verb(
        "XeroTaskStatus = 'Skipped'",
        "Leave it out?",
        "It is not sent. Tasks that need a row which it was to create are skipped too. It can be sent again later.",
        "is skipped",
    ),
    "resolve": Verb(
        "XeroTaskStatus = 'Completed', ResultId = ?",
        "It did happen?",
        "You have seen at Xero what it was to do. It counts as completed, and what waits for it goes on.",
        "is completed",
    ),
}


@pages.get("/tasks/<int:number>/<any(retry, absent, cancel, skip, resolve):verb>")
def asked(number: int, verb: str) -> Any:
    return confirmation(allowed(number, verb), verb)


@pages.post("/tasks/<int:number>/<any(retry, absent, cancel, skip, resolve):verb>")
def done(number: int, verb: str) -> Any:
    task = allowed(number, verb)
    values: list[object] = [request.form.get("result_id", "").strip() or None] if verb == "resolve" else []
    try:
        the_queue().change(f"UPDATE queue.XeroTasks SET {VERBS[verb].sets} WHERE XeroTaskId = ?", [*values, number])
    except Error as error:
        return confirmation(task, verb, error), 409
    flash(f"Task {number} {said(number, verb)}.")
    return redirect(url_for("task.shown", number=number))


def said(number: int, verb: str) -> str:
    """What has become of it; one that is under way is cancelled once its worker sees that."""
    if verb == "cancel" and found(number)["XeroTaskStatus"] == "Running":
        return "is on its way: it is cancelled if its request has not left yet"
    return VERBS[verb].done


def confirmation(task: Row, verb: str, error: Error | None = None) -> str:
    return render_template("verb.html", task=task, verb=verb, about=VERBS[verb], error=error)


def allowed(number: int, verb: str) -> Row:
    """The task. 409 if the verb is none for it as it is now, 403 on a connection that may do nothing."""
    if "xero_tasks_control" not in the_queue().rights:
        abort(403, "This page may only look: its connection does not have the right xero_tasks_control.")
    task = found(number)
    if verb not in actions_of(task):
        abort(409, f"Task {number} is {task['XeroTaskStatus']} now, and does not take that any more.")
    return task


# -- Several at once ---------------------------------------------------------------------------------------------------


@pages.route("/retry", methods=["GET", "POST"])
def retry_many() -> Any:
    """Send the chosen tasks again: all of them or, if one cannot be, none."""
    if "xero_tasks_control" not in the_queue().rights:
        abort(403, "This page may only look: its connection does not have the right xero_tasks_control.")
    numbers = sorted({int(each) for each in request.values.getlist("task") if each.isdecimal()})
    if not numbers:
        flash("Choose the tasks first that are to be sent again.")
        return redirect(url_for("tasks.listed"))
    here = f"WHERE XeroTaskId IN ({places(numbers)})"
    error = None
    if request.method == "POST":
        try:
            count = the_queue().change(f"UPDATE queue.XeroTasks SET XeroTaskStatus = 'Pending' {here}", numbers)
        except Error as reason:
            error = reason
        else:
            flash(f"{count} task{'s' * (count != 1)} will be sent again.")
            return redirect(url_for("tasks.listed"))
    columns = "XeroTaskId, XeroTaskType, XeroTaskStatus, ErrorMessage"
    rows = the_queue().rows(f"SELECT {columns} FROM queue.XeroTasks {here} ORDER BY 1", numbers)
    return render_template("retry_many.html", rows=rows, error=error), 409 if error else 200


# -- Editing -----------------------------------------------------------------------------------------------------------


@pages.route("/tasks/<int:number>/edit", methods=["GET", "POST"])
def edited(number: int) -> Any:
    """A field for each value, or all of them as JSON."""
    task = allowed(number, "edit")
    form = parameters.Form(task, request.form if request.method == "POST" else None)
    if request.method == "GET":
        return render_template("edit.html", task=task, form=form)
    try:
        the_queue().change("UPDATE queue.XeroTasks SET Parameters = ? WHERE XeroTaskId = ?", [form.text(), number])
    except Error as error:
        return render_template("edit.html", task=task, form=form, error=error), 409
    flash(f"What task {number} sends is changed.")
    again = "retry" in actions_of(found(number))
    return redirect(
        url_for("verbs.asked", number=number, verb="retry") if again else url_for("task.shown", number=number)
    )
