"""Which requests a scan becomes: the narrowest path that its conditions allow, and always every state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xerosql.errors import DataError

Requests = Callable[..., list[str]]

P, Q = "1de78bad-5a81-4cb8-ab53-5a1a3bc73b29", "2de78bad-5a81-4cb8-ab53-5a1a3bc73b29"
A, B, C = (f"{n}15810a1-9324-4765-a357-80d160a0b87c" for n in "abc")
ALL = "/Projects?states=INPROGRESS,CLOSED"

READS: dict[str, tuple[str, list[str]]] = {
    # Projects
    "all projects": ("SELECT * FROM Projects", [ALL]),
    "one project": (f"SELECT * FROM Projects WHERE ProjectId = '{P}'", [f"/Projects/{P}"]),
    "two projects": (
        f"SELECT * FROM Projects WHERE ProjectId IN ('{P}', '{Q}')",
        [f"/Projects?projectIds={P},{Q}&states=INPROGRESS,CLOSED"],
    ),
    "projects of a state": ("SELECT * FROM Projects WHERE Status = 'CLOSED'", ["/Projects?states=CLOSED"]),
    "projects of both states": (
        "SELECT * FROM Projects WHERE Status IN ('CLOSED', 'INPROGRESS')",
        ["/Projects?states=CLOSED,INPROGRESS"],
    ),
    "projects of a state Xero does not list": ("SELECT * FROM Projects WHERE Status = 'OPEN'", [ALL]),
    "projects of a contact": (
        f"SELECT * FROM Projects WHERE ContactId = '{P}'",
        [f"/Projects?contactID={P}&states=INPROGRESS,CLOSED"],
    ),
    "projects of two contacts": (f"SELECT * FROM Projects WHERE ContactId IN ('{P}', '{Q}')", [ALL]),
    # Tasks
    "all tasks": ("SELECT * FROM Tasks", [f"{ALL} -> /Projects/{{ProjectId}}/Tasks"]),
    "tasks of a project": (f"SELECT * FROM Tasks WHERE ProjectId = '{P}'", [f"/Projects/{P}/Tasks"]),
    "tasks of two projects": (
        f"SELECT * FROM Tasks WHERE ProjectId IN ('{P}', '{Q}')",
        [f"/Projects/{P}/Tasks", f"/Projects/{Q}/Tasks"],
    ),
    "the same project twice": (f"SELECT * FROM Tasks WHERE ProjectId IN ('{P}', '{P}')", [f"/Projects/{P}/Tasks"]),
    "one task by Id": (f"SELECT * FROM Tasks WHERE Id = '{P}/{A}'", [f"/Projects/{P}/Tasks/{A}"]),
    "two tasks of a project": (
        f"SELECT * FROM Tasks WHERE Id IN ('{P}/{A}', '{P}/{B}')",
        [f"/Projects/{P}/Tasks?taskIds={A},{B}"],
    ),
    "two tasks in another order": (
        f"SELECT * FROM Tasks WHERE Id IN ('{P}/{B}', '{P}/{A}')",
        [f"/Projects/{P}/Tasks?taskIds={A},{B}"],
    ),
    "tasks of two projects by Id": (
        f"SELECT * FROM Tasks WHERE Id IN ('{P}/{A}', '{Q}/{B}')",
        [f"/Projects/{P}/Tasks/{A}", f"/Projects/{Q}/Tasks/{B}"],
    ),
    "one task by its parts": (
        f"SELECT * FROM Tasks WHERE ProjectId = '{P}' AND TaskId = '{A}'",
        [f"/Projects/{P}/Tasks/{A}"],
    ),
    "a task without its project": (
        f"SELECT * FROM Tasks WHERE TaskId = '{A}'",
        [f"{ALL} -> /Projects/{{ProjectId}}/Tasks?taskIds={A}"],
    ),
    "tasks of a kind": (
        f"SELECT * FROM Tasks WHERE ProjectId = '{P}' AND ChargeType = 'FIXED'",
        [f"/Projects/{P}/Tasks?chargeType=FIXED"],
    ),
    "all tasks of a kind": (
        "SELECT * FROM Tasks WHERE ChargeType = 'FIXED'",
        [f"{ALL} -> /Projects/{{ProjectId}}/Tasks?chargeType=FIXED"],
    ),
    "tasks of two kinds": (
        f"SELECT * FROM Tasks WHERE ProjectId = '{P}' AND ChargeType IN ('FIXED', 'TIME')",
        [f"/Projects/{P}/Tasks"],
    ),
    "Id and a project that agrees": (
        f"SELECT * FROM Tasks WHERE Id = '{P}/{A}' AND ProjectId = '{P}'",
        [f"/Projects/{P}/Tasks/{A}"],
    ),
    "Id and another project": (f"SELECT * FROM Tasks WHERE Id = '{P}/{A}' AND ProjectId = '{Q}'", []),
    "project twice, differing": (f"SELECT * FROM Tasks WHERE ProjectId = '{P}' AND ProjectId = '{Q}'", []),
    "project is NULL": ("SELECT * FROM Tasks WHERE ProjectId = NULL", []),
    # Time
    "time of a day": (
        f"SELECT * FROM Time WHERE ProjectId = '{P}' AND Date = '2026-03-31'",
        [
            f"/Projects/{P}/Time?states=ACTIVE,LOCKED,INVOICED&dateAfterUtc=2026-03-31T00:00:00Z"
            "&dateBeforeUtc=2026-03-31T23:59:59.9999999Z"
        ],
    ),
    "time of a month": (
        f"SELECT * FROM Time WHERE ProjectId = '{P}' AND Date >= DATE '2026-03-01' AND Date < DATE '2026-04-01'",
        [
            f"/Projects/{P}/Time?states=ACTIVE,LOCKED,INVOICED&dateAfterUtc=2026-03-01T00:00:00Z"
            "&dateBeforeUtc=2026-04-01T23:59:59.9999999Z"
        ],
    ),
    "time of days far apart": (
        f"SELECT * FROM Time WHERE ProjectId = '{P}' AND Date IN ('2026-03-01', '2026-03-31')",
        [
            f"/Projects/{P}/Time?states=ACTIVE,LOCKED,INVOICED&dateAfterUtc=2026-03-01T00:00:00Z"
            "&dateBeforeUtc=2026-03-31T23:59:59.9999999Z"
        ],
    ),
    "time of a user on a task": (
        f"SELECT * FROM Time WHERE ProjectId = '{P}' AND UserId = '{Q}' AND TaskId = '{A}' AND Status = 'ACTIVE'",
        [f"/Projects/{P}/Time?userId={Q}&taskId={A}&states=ACTIVE"],
    ),
    "two entries by Id": (
        f"SELECT * FROM Time WHERE Id IN ('{P}/{A}', '{P}/{B}')",
        [f"/Projects/{P}/Time?states=ACTIVE,LOCKED,INVOICED"],
    ),
    "three entries by Id": (
        f"SELECT * FROM Time WHERE Id IN ('{P}/{A}', '{P}/{B}', '{P}/{C}')",
        [f"/Projects/{P}/Time?states=ACTIVE,LOCKED,INVOICED"],
    ),
    # Users
    "users": ("SELECT * FROM Users WHERE Name = 'Bob'", ["/ProjectsUsers"]),
}


@pytest.mark.parametrize(("sql", "expected"), READS.values(), ids=READS)
def test_the_narrowest_reads_are_chosen(requests: Requests, sql: str, expected: list[str]) -> None:
    """The conditions choose path, ids and filters; each distinct object or list is read once."""
    assert requests(sql) == expected


def test_long_lists_are_sent_in_batches(requests: Requests) -> None:
    """More ids than a URL should hold are spread over several lists of 40, unless the whole list has fewer pages."""
    ids = [f"{n:08x}-5a81-4cb8-ab53-5a1a3bc73b29" for n in range(95)]
    sql = "SELECT * FROM Projects WHERE ProjectId = ANY(?)"
    found = requests(sql, ids, pages=3)
    assert [line.count(",") for line in found] == [40, 40, 15]
    assert all(any(each in line for line in found) for each in ids)
    assert requests(sql, ids, pages=2) == [ALL]


def test_a_few_objects_are_read_alone_where_their_list_is_longer(requests: Requests) -> None:
    """Two entries cost two calls by themselves, and as many as the project's list has pages in it."""
    sql = f"SELECT * FROM Time WHERE Id IN ('{P}/{A}', '{P}/{B}')"
    assert requests(sql, pages=3) == [f"/Projects/{P}/Time/{A}", f"/Projects/{P}/Time/{B}"]


def test_parameters_bind_as_literals_do(requests: Requests) -> None:
    """The same plan binds whatever values it is executed with, UUID objects too."""
    import uuid

    sql = "SELECT * FROM Tasks WHERE ProjectId = ? AND ChargeType = ?"
    assert requests(sql, P, "TIME") == [f"/Projects/{P}/Tasks?chargeType=TIME"]
    assert requests(sql, uuid.UUID(Q), "FIXED") == [f"/Projects/{Q}/Tasks?chargeType=FIXED"]
    assert requests(sql, None, "FIXED") == []
    assert requests("SELECT * FROM Tasks WHERE ProjectId = ANY(?)", []) == []


@pytest.mark.parametrize(
    "where",
    ["ProjectId = 'x'", "ProjectId = ''", "Id = 'x/y'", f"Id = '{P}'", f"Id = '{P}/{A}/{B}'", "TaskId IN ('1')"],
)
def test_a_broken_id_is_a_data_error(requests: Requests, where: str) -> None:
    """What cannot be an id is told, instead of finding nothing."""
    with pytest.raises(DataError, match="of Tasks, which takes"):
        requests(f"SELECT * FROM Tasks WHERE {where}")


def test_an_id_in_capitals_is_not_sent(requests: Requests, bound: Any) -> None:
    """Xero writes ids in lower case and SQL compares letters, so an id in capitals is answered without error."""
    requests(f"SELECT * FROM Tasks WHERE ProjectId = '{P.upper()}'")
    assert bound(f"SELECT * FROM Tasks WHERE ProjectId = '{P.upper()}'") is not None


def test_each_organisation_is_read_apart(bound: Any) -> None:
    """TenantId IN asks each organisation its own requests; without it the default one is asked."""
    sql = f"SELECT * FROM Users WHERE TenantId IN ('{P}', '{Q}')"
    assert [fetch.tenant for fetch in bound(sql).fetches] == [P, Q]
    assert [fetch.tenant for fetch in bound("SELECT * FROM Users").fetches] == ["00000000-0000-4000-8000-0000000000ff"]
    assert [fetch.tenant for fetch in bound(f"SELECT * FROM Tasks WHERE TenantId = '{Q}'").parents] == [Q]


def test_a_join_binds_the_other_side_by_its_constant(requests: Requests) -> None:
    """A project that is named once is enough for both sides of a join."""
    sql = f"SELECT 1 FROM Tasks t JOIN Projects p ON p.ProjectId = t.ProjectId WHERE p.ProjectId = '{P}'"
    assert requests(sql, scan=0) == [f"/Projects/{P}/Tasks"]
    assert requests(sql, scan=1) == [f"/Projects/{P}"]


@pytest.mark.parametrize(
    "value",
    ["2026-03-31T22:30:00+00:00", "yesterday", "20260331", "2026-3-31", ""],
)
def test_a_day_that_is_not_plainly_one_is_not_pushed(requests: Requests, value: str) -> None:
    """Only what reads as a day is sent as a bound; the engine compares the rest."""
    (line,) = requests(f"SELECT * FROM Time WHERE ProjectId = '{P}' AND Date >= ?", value)
    assert "dateAfterUtc" not in line


def test_moments_become_the_days_that_hold_them(requests: Requests) -> None:
    """A timestamp bound is widened to its day in UTC, so that no entry of that day is lost."""
    import datetime as dt

    zone = dt.timezone(dt.timedelta(hours=13))
    moment = dt.datetime(2026, 4, 1, 5, 0, tzinfo=zone)
    (line,) = requests(f"SELECT * FROM Time WHERE ProjectId = '{P}' AND Date >= ?", moment)
    assert "dateAfterUtc=2026-03-31T00:00:00Z" in line
