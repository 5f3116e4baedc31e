"""The list of tasks: filters, sorting, paging, and counts by status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from xerosql.errors import DataError
from xerosql.web.queue import Row, places, the_queue
from xerosql.web.shown import STATUSES

pages = Blueprint("tasks", __name__)

PER_PAGE = 50
COLUMNS = (
    "XeroTaskId, XeroTaskType, XeroTaskStatus, Customer, DealerCode, AddedDate, CompletedDate, WaitingFor, BlockedBy, "
    "ErrorMessage, Actions, TenantId"
)
#: What can be sorted by, with the captions of the columns.
SORTED = {
    "XeroTaskId": "Task",
    "XeroTaskType": "Xero Task Type",
    "XeroTaskStatus": "Xero Task Status",
    "Customer": "Customer",
    "DealerCode": "Dealer Code",
    "AddedDate": "Added Date",
    "CompletedDate": "Completed Date",
}
NEEDS_YOU = ("Failed", "Uncertain")


@dataclass(frozen=True)
class Filters:
    """What the list is to show, as the address says it. Days are UTC; those to which it goes are included."""

    types: tuple[str, ...]
    statuses: tuple[str, ...]
    customer: str
    dealer: str
    added: tuple[str, str]
    completed: tuple[str, str]
    sort: str
    descending: bool
    page: int

    @classmethod
    def of(cls, given: MultiDict[str, str]) -> Filters:
        def text(name: str) -> str:
            return given.get(name, "").strip()

        sort = text("sort")
        page = text("page")
        return cls(
            types=tuple(each for each in given.getlist("type") if each),
            statuses=tuple(each for each in given.getlist("status") if each in STATUSES),
            customer=text("customer"),
            dealer=text("dealer"),
            added=(text("added_from"), text("added_to")),
            completed=(text("completed_from"), text("completed_to")),
            sort=sort if sort in SORTED else "XeroTaskId",
            descending=text("dir") != "asc",
            page=max(1, int(page[:6])) if page.isascii() and page.isdecimal() else 1,
        )

    def where(self) -> tuple[str, list[object]]:
        """The conditions and their values. DataError for a day that is none."""
        found: list[tuple[str, list[object]]] = [
            (f"XeroTaskType IN ({places(self.types)})", list(self.types)),
            (f"XeroTaskStatus IN ({places(self.statuses)})", list(self.statuses)),
            ("starts_with(lower(Customer), lower(?))", [self.customer] if self.customer else []),
            ("DealerCode = ?", [self.dealer] if self.dealer else []),
        ]
        for column, (first, last) in (("AddedDate", self.added), ("CompletedDate", self.completed)):
            found.append((f"{column} >= ?", [day(first)] if first else []))
            found.append((f"{column} < ?", [day(last) + timedelta(days=1)] if last else []))
        used = [each for each in found if each[1]]
        where = f" WHERE {' AND '.join(condition for condition, _ in used)}" if used else ""
        return where, [value for _, values in used for value in values]

    def rows(self) -> tuple[list[Row], int]:
        """The tasks of the page, and how many there are in all. What only they show is read of them alone."""
        where, values = self.where()
        order = f"{self.sort} {'DESC' if self.descending else 'ASC'} NULLS LAST, XeroTaskId DESC"
        query = (
            f"SELECT XeroTaskId, count(*) OVER () AS n FROM queue.XeroTasks{where} ORDER BY {order} LIMIT ? OFFSET ?"
        )
        here = the_queue().rows(query, [*values, PER_PAGE, (self.page - 1) * PER_PAGE])
        numbers = [row["XeroTaskId"] for row in here]
        shown = f"SELECT {COLUMNS} FROM queue.XeroTasks WHERE XeroTaskId IN ({places(numbers)})"
        known = {row["XeroTaskId"]: row for row in the_queue().rows(shown, numbers)} if numbers else {}
        return [known[number] for number in numbers if number in known], here[0]["n"] if here else 0

    def address(self, **changes: Any) -> str:
        """The address of the list with some filters changed; it begins at its first page unless that is said."""
        values: dict[str, Any] = {
            "type": self.types,
            "status": self.statuses,
            "customer": self.customer,
            "dealer": self.dealer,
            "added_from": self.added[0],
            "added_to": self.added[1],
            "completed_from": self.completed[0],
            "completed_to": self.completed[1],
            "sort": self.sort if self.sort != "XeroTaskId" or not self.descending else "",
            "dir": "" if self.descending else "asc",
        }
        kept = {name: value for name, value in (values | changes).items() if value}
        query = urlencode(kept, doseq=True)
        return url_for("tasks.listed") + (f"?{query}" if query else "")

    @property
    def active(self) -> bool:
        """Whether anything is filtered besides the status, which the row of counts shows."""
        return bool(self.types or self.customer or self.dealer or any((*self.added, *self.completed)))


@pages.get("/")
def listed() -> Any:
    if "token" in request.args:  # the address that was printed at the start, of somebody who is signed in already
        return redirect(url_for("tasks.listed"))
    if "xero_tasks" not in the_queue().rights and "xero_task_types" in the_queue().rights:
        return redirect(url_for("types.listed"))
    filters = Filters.of(request.args)
    rows, total = filters.rows()
    counts = the_queue().counts()
    return render_template(
        "tasks.html",
        filters=filters,
        rows=rows,
        total=total,
        first=(filters.page - 1) * PER_PAGE + 1,
        last_page=max(1, -(-total // PER_PAGE)),
        counts=counts,
        needs_you=NEEDS_YOU,
        sorted=SORTED,
        type_names=the_queue().type_names(),
        tenant_names=the_queue().tenant_names(),
        dealers=dealers(),
        task_types=task_types(),
    )


def dealers() -> list[str]:
    query = "SELECT DISTINCT DealerCode FROM queue.XeroTenants WHERE DealerCode IS NOT NULL ORDER BY 1"
    return [row["DealerCode"] for row in the_queue().rows(query)]


def task_types() -> list[str]:
    """The types of which there are tasks."""
    query = "SELECT DISTINCT XeroTaskType FROM queue.XeroTaskCounts ORDER BY 1"
    return [row["XeroTaskType"] for row in the_queue().rows(query)]


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(f"{text} is no day; write it as 2026-07-31", sqlstate="22007") from None
