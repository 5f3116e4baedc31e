"""The lists that are looked at before and after a creation: whole, kept for a minute, and never taken for empty."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.queue.kit import CONTACT, TENANT, Clock, uid
from xerosql import catalog
from xerosql.api.request import Request, Response
from xerosql.errors import Error, OperationalError
from xerosql.queue.listed import FRESH, Listed
from xerosql.queue.model import TaskTypes
from xerosql.queue.outcomes import Created

CATALOG = catalog.load()
TYPES = TaskTypes(CATALOG)
TASK, PROJECT = TYPES["CreateTask"], TYPES["CreateProject"]
TASKS = f"/projects.xro/2.0/Projects/{uid(1)}/Tasks"


def creation(path: str = TASKS, **sent: Any) -> Request:
    return Request("POST", path, body=json.dumps({"name": "x", **sent}).encode(), tenant=TENANT)


class Xero:
    """Has the pages that a test gives it."""

    def __init__(self) -> None:
        self.pages: list[Any] = [[{"taskId": "a"}]]
        self.asked: list[Request] = []

    def read(self, request: Request) -> Response | None:
        self.asked.append(request)
        page = int(dict(request.query)["page"])
        pagination = {"page": page, "pageCount": len(self.pages)}
        return Response(200, body=json.dumps({"pagination": pagination, "items": self.pages[page - 1]}).encode())


@pytest.fixture
def xero() -> Xero:
    return Xero()


@pytest.fixture
def listed(xero: Xero, clock: Clock) -> Listed:
    return Listed(xero.read, clock, CATALOG)


def test_every_page_is_read(listed: Listed, xero: Xero) -> None:
    xero.pages = [[{"taskId": "a"}], [{"taskId": "b"}], [{"taskId": "c"}]]
    assert [each["taskId"] for each in listed.objects(TASK, creation())] == ["a", "b", "c"]
    assert [dict(each.query)["page"] for each in xero.asked] == ["1", "2", "3"]


def test_a_list_is_read_once_a_minute(listed: Listed, xero: Xero, clock: Clock) -> None:
    listed.objects(TASK, creation())
    clock.advance(FRESH - 1)
    listed.objects(TASK, creation())
    assert len(xero.asked) == 1
    clock.advance(1)
    listed.objects(TASK, creation())
    assert len(xero.asked) == 2


def test_a_fresh_look_always_reads(listed: Listed, xero: Xero) -> None:
    """And counts as the latest for whoever comes next."""
    listed.objects(TASK, creation())
    xero.pages = [[{"taskId": "b"}]]
    assert listed.fresh(TASK, creation()) == [{"taskId": "b"}]
    assert listed.objects(TASK, creation()) == [{"taskId": "b"}]
    assert len(xero.asked) == 2


def test_lists_with_other_filters_are_others(listed: Listed, xero: Xero) -> None:
    """As are those of other projects."""
    listed.objects(TASK, creation(chargeType="TIME"))
    listed.objects(TASK, creation(chargeType="FIXED"))
    listed.objects(TASK, creation(f"/projects.xro/2.0/Projects/{uid(2)}/Tasks", chargeType="TIME"))
    assert len(xero.asked) == 3


def test_what_was_created_is_in_the_list(listed: Listed, xero: Xero) -> None:
    """Nothing has to be read again for the next one."""
    listed.objects(TASK, creation())
    listed.note(TASK, creation(), Created(f"{uid(1)}/b", result='{"taskId": "b"}'))
    assert listed.objects(TASK, creation()) == [{"taskId": "a"}, {"taskId": "b"}]
    assert len(xero.asked) == 1


def test_what_is_below_a_new_row_is_empty(listed: Listed, xero: Xero) -> None:
    """A project that the queue has just created has no tasks: that costs no call."""
    project = creation("/projects.xro/2.0/Projects", contactId=CONTACT)
    listed.note(PROJECT, project, Created(uid(1), result=json.dumps({"projectId": uid(1)})))
    assert listed.objects(TASK, creation(chargeType="TIME")) == []
    listed.note(TASK, creation(chargeType="TIME"), Created(f"{uid(1)}/b", result='{"taskId": "b"}'))
    assert listed.objects(TASK, creation(chargeType="FIXED")) == [{"taskId": "b"}]
    assert xero.asked == []


def test_an_update_changes_no_list(listed: Listed) -> None:
    listed.objects(TASK, creation())
    listed.note(TASK, creation(), Created(None))
    assert listed.objects(TASK, creation()) == [{"taskId": "a"}]


def test_the_list_is_the_callers_own(listed: Listed) -> None:
    """Whatever it does with it."""
    listed.objects(TASK, creation()).clear()
    assert listed.objects(TASK, creation()) == [{"taskId": "a"}]


def test_old_lists_are_forgotten(listed: Listed, clock: Clock) -> None:
    """A worker that runs for a year remembers a minute."""
    listed.objects(TASK, creation())
    clock.advance(FRESH)
    listed.objects(TASK, creation(f"/projects.xro/2.0/Projects/{uid(2)}/Tasks"))
    assert len(listed._lists) == 1


def test_what_is_not_there_has_no_rows(clock: Clock) -> None:
    """A project that was deleted, or never was."""
    listed = Listed(lambda request: None, clock, CATALOG)
    assert listed.objects(TASK, creation()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"items": []}',
        b'{"pagination": {"pageCount": 1}}',
        b'{"items": null, "pagination": {"pageCount": 1}}',
        b'{"items": "abc", "pagination": {"pageCount": 1}}',
        b'{"items": [1], "pagination": {"pageCount": 1}}',
        b'{"items": [], "pagination": {"pageCount": "two"}}',
        b'{"items": [], "pagination": {"pageCount": null}}',
        b'{"items": [], "pagination": []}',
        b'{"items": [], "pagination": {"pageCount": 1}',
    ],
)
def test_a_list_that_cannot_be_read_is_not_an_empty_one(clock: Clock, body: bytes) -> None:
    """A row would be missing, and created a second time. Trying again may help."""
    listed = Listed(lambda request: Response(200, body=body), clock, CATALOG)
    with pytest.raises(OperationalError, match=r"^Xero sent a list that cannot be read$") as caught:
        listed.objects(TASK, creation())
    assert caught.value.retryable


def test_a_list_of_more_pages_than_there_can_be_is_refused(clock: Clock) -> None:
    body = b'{"items": [], "pagination": {"pageCount": 999999999}}'
    with pytest.raises(Error):
        Listed(lambda request: Response(200, body=body), clock, CATALOG).objects(TASK, creation())
