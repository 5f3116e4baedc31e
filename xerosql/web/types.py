"""The types of tasks, for who has the rights for them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from xerosql.errors import Error
from xerosql.web.queue import Row, the_queue

pages = Blueprint("types", __name__)

TYPES = "SELECT * FROM queue.XeroTaskTypes"
#: The fields of the form, by column.
FIELDS = ("DisplayName", "Description", "Dependencies", "MaxAttempts", "DelayMinutes")


@pages.get("/types")
def listed() -> Any:
    return render_template("types.html", rows=the_queue().rows(f"{TYPES} ORDER BY DisplayName"))


@pages.route("/types/<name>", methods=["GET", "POST"])
def edited(name: str) -> Any:
    if "xero_task_types_edit" not in the_queue().rights:
        abort(403, "This page may not change types: its connection does not have the right xero_task_types_edit.")
    row = found(name)
    if request.method == "GET":
        return render_template("type.html", row=row)
    values: dict[str, Any] = {column: request.form.get(column, "").strip() for column in FIELDS}
    values["Enabled"] = "Enabled" in request.form
    values["Dependencies"] = values["Dependencies"] or None
    settings = ", ".join(f"{column} = ?" for column in values)
    try:
        the_queue().change(
            f"UPDATE queue.XeroTaskTypes SET {settings} WHERE XeroTaskType = ?", [*values.values(), row["XeroTaskType"]]
        )
    except Error as error:
        return render_template("type.html", row=row | values, error=error), 409
    flash(f"The type {values['DisplayName']} is changed.")
    return redirect(url_for("types.listed"))


def found(name: str) -> Row:
    rows = the_queue().rows(f"{TYPES} WHERE XeroTaskType = ?", [name])
    return rows[0] if rows else abort(404, f"There is no task type {name}.")
