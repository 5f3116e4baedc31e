"""Projects: two ways to update, one for each request Xero has."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Fault


@pytest.fixture
def project(books: Any) -> dict[str, Any]:
    """An open project with a deadline and an estimate."""
    found: dict[str, Any] = books.one(
        "projects", lambda row: row["status"] == "INPROGRESS" and row.get("deadlineUtc") and row.get("estimate")
    )
    return found


def now(books: Any, project: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = books.one("projects", lambda row: row["projectId"] == project["projectId"])
    return found


def test_status_goes_through_patch(books: Any, body: Any, project: dict[str, Any]) -> None:
    """SET Status is one PATCH with the status alone."""
    books.run("UPDATE Projects SET Status = 'CLOSED' WHERE ProjectId = ?", [project["projectId"]])
    assert [(each.method, body(each)) for each in books.writes] == [("PATCH", {"status": "CLOSED"})]
    assert now(books, project)["status"] == "CLOSED"


def test_name_goes_through_put_with_the_rest(books: Any, body: Any, project: dict[str, Any]) -> None:
    """SET Name is one PUT that keeps deadline and estimate; the estimate is written under its other name."""
    books.run("UPDATE Projects SET Name = 'Renamed' WHERE ProjectId = ?", [project["projectId"]])
    assert [(each.method, body(each)) for each in books.writes] == [
        (
            "PUT",
            {
                "name": "Renamed",
                "deadlineUtc": project["deadlineUtc"],
                "estimateAmount": project["estimate"]["value"],
            },
        )
    ]
    assert now(books, project) == project | {"name": "Renamed"}


def test_deadline_and_estimate_are_set(books: Any, project: dict[str, Any]) -> None:
    """Deadline takes a timestamp with or without zone, EstimateValue exact money."""
    zone = dt.timezone(dt.timedelta(hours=13))
    books.run(
        "UPDATE Projects SET Deadline = ?, EstimateValue = ? WHERE ProjectId = ?",
        [dt.datetime(2027, 1, 1, 12, 59, 59, tzinfo=zone), Decimal("99.95"), project["projectId"]],
    )
    after = now(books, project)
    assert after["deadlineUtc"] == "2026-12-31T23:59:59Z"
    assert after["estimate"] == {"currency": "USD", "value": Decimal("99.95")}
    assert after["name"] == project["name"]


def test_null_clears_deadline_and_estimate(books: Any, body: Any, project: dict[str, Any]) -> None:
    """SET … = NULL leaves the value out of the PUT, which clears it."""
    sql = (
        "UPDATE Projects SET Deadline = NULL, EstimateValue = NULL WHERE ProjectId = ? "
        "RETURNING Deadline, EstimateValue"
    )
    assert books.run(sql, [project["projectId"]]).fetchall() == [(None, None)]
    assert body(books.writes[0]) == {"name": project["name"]}
    after = now(books, project)
    assert after.get("deadlineUtc") is None
    assert after.get("estimate") is None


def test_status_and_name_are_two_requests(books: Any, project: dict[str, Any]) -> None:
    """A statement that sets both sends PUT and PATCH, and counts one row."""
    sql = "UPDATE Projects SET Status = 'CLOSED', Name = 'Done' WHERE ProjectId = ? RETURNING Name, Status"
    cursor = books.run(sql, [project["projectId"]])
    assert cursor.rowcount == 1
    assert cursor.fetchall() == [("Done", "CLOSED")]
    assert sorted(each.method for each in books.writes) == ["PATCH", "PUT"]
    assert len({each.idempotency_key for each in books.writes}) == 2
    assert (now(books, project)["name"], now(books, project)["status"]) == ("Done", "CLOSED")


def test_half_of_a_row_is_told_as_such(books: Any, impatient: None, project: dict[str, Any]) -> None:
    """Where the first of a row's two requests worked and the second failed, the verdict says which was applied."""
    connection = books.connect()
    books.sim.add_fault(Fault("500", match="^PATCH", times=-1))
    with pytest.raises(xerosql.PartialWriteError, match=r"PUT applied, the rest not") as caught:
        connection.execute(
            "UPDATE Projects SET Status = 'CLOSED', Name = 'Done' WHERE ProjectId = ?", [project["projectId"]]
        )
    assert caught.value.written == ()
    verdicts = (*caught.value.failed, *caught.value.unknown)
    assert len(verdicts) == 1
    assert project["projectId"] in verdicts[0]


def test_closing_projects_in_bulk(books: Any) -> None:
    """UPDATE with a condition closes every project that it meets."""
    open_ones = books.all("projects", lambda row: row["status"] == "INPROGRESS")
    cursor = books.run("UPDATE Projects SET Status = 'CLOSED' WHERE Status = 'INPROGRESS'")
    assert cursor.rowcount == len(open_ones) == len(books.writes)
    assert not books.all("projects", lambda row: row["status"] == "INPROGRESS")


def test_a_project_that_does_not_exist_is_no_row(books: Any) -> None:
    """UPDATE of an unknown project changes nothing and is no error."""
    sql = "UPDATE Projects SET Name = 'x' WHERE ProjectId = '00000000-0000-4000-8000-000000000000'"
    assert books.run(sql).rowcount == 0
    assert books.writes == []
