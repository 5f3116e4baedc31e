"""The organisations with their pauses, and the workers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from xerosql.queue.troubleshooting import ADVICE
from xerosql.web.queue import the_queue

pages = Blueprint("organisations", __name__)

TENANTS = (
    "SELECT t.*, coalesce(c.n, 0) AS Waiting FROM queue.XeroTenants AS t LEFT JOIN (SELECT TenantId, sum(Tasks) AS n "
    "FROM queue.XeroTaskCounts WHERE XeroTaskStatus IN ('Pending', 'Running', 'Error') GROUP BY 1) AS c "
    "ON c.TenantId = t.TenantId ORDER BY t.Name, t.TenantId"
)
WORKERS = "SELECT * FROM sys.workers ORDER BY StartedAt"
FOR_EVER = "9999-12-31"


@pages.get("/organisations")
def listed() -> Any:
    return render_template(
        "organisations.html",
        tenants=the_queue().rows(TENANTS),
        workers=the_queue().rows(WORKERS),
        now=datetime.now(UTC).replace(tzinfo=None),
        advice=ADVICE,
    )


@pages.get("/organisations/<uuid:tenant>/pause")
def asked(tenant: object) -> Any:
    require_control()
    name = the_queue().tenant_names().get(str(tenant)) or abort(404, "The queue knows no such organisation.")
    return render_template("pause.html", tenant=tenant, name=name)


@pages.post("/organisations/<uuid:tenant>/<any(pause, resume, dealer):what>")
def changed(tenant: object, what: str) -> Any:
    require_control()
    column, value, done = {
        "pause": ("PausedUntil", FOR_EVER, "is paused"),
        "resume": ("PausedUntil", None, "goes on"),
        "dealer": ("DealerCode", request.form.get("dealer", "").strip() or None, "has its dealer code"),
    }[what]
    the_queue().change(f"UPDATE queue.XeroTenants SET {column} = ? WHERE TenantId = ?", [value, str(tenant)])
    flash(f"{the_queue().tenant_names()[str(tenant)]} {done}.")
    return redirect(url_for("organisations.listed"))


def require_control() -> None:
    if "xero_tasks_control" not in the_queue().rights:
        abort(403, "This page may only look: its connection does not have the right xero_tasks_control.")
