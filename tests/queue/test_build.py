"""What a task sends, worked out when it is sent: ids that exist by then, the row as it is then, rules as ever."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.queue.kit import CONTACT, TENANT, uid
from xerosql import catalog
from xerosql.api.request import Request, Response
from xerosql.errors import DataError, Error, IntegrityError, InternalError
from xerosql.queue.build import Builder, CreatedRow
from xerosql.queue.model import Status, Task, TaskTypes
from xerosql.queue.parameters import encoded_parameters, read_parameters, referenced

CATALOG = catalog.load()
TYPES = TaskTypes(CATALOG)
ONE = f"/projects.xro/2.0/Projects/{uid(1)}"
TASK_NOW = {
    "taskId": uid(2),
    "projectId": uid(1),
    "name": "Tiles",
    "rate": {"value": 10, "currency": "NZD"},
    "chargeType": "TIME",
    "estimateMinutes": 30,
    "status": "ACTIVE",
}
PROJECT_NOW = {"projectId": uid(1), "contactId": CONTACT, "name": "Roof", "currencyCode": "NZD", "status": "INPROGRESS"}
NEW = {"ProjectId": uid(1), "Name": "Tiles", "RateValue": 10, "ChargeType": "TIME"}


class Xero:
    """Objects by their paths, and what was asked."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {ONE: PROJECT_NOW, f"{ONE}/Tasks/{uid(2)}": TASK_NOW}
        self.asked: list[Request] = []

    def read(self, request: Request) -> Response | None:
        self.asked.append(request)
        found = self.objects.get(request.path)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return None if found is None else Response(200, body=body)


@pytest.fixture
def xero() -> Xero:
    return Xero()


def build(xero: Xero, kind: str, created: dict[int, CreatedRow] | None = None, /, **values: object) -> Request:
    own = str(values.get(TYPES[kind].own_id, "queue:9"))
    task = Task(9, kind, TENANT, Status.RUNNING, encoded_parameters(values), own, 1, 0, 1, 6)
    return Builder(CATALOG, xero.read, created or {}).request(task, TYPES[kind])


def sent(request: Request) -> Any:
    return json.loads(request.body or b"null", parse_float=Decimal)


def test_a_creation(xero: Xero) -> None:
    """To its path, with the currency of its project, and a key of its own."""
    request = build(xero, "CreateTask", **NEW, EstimateMinutes=30)
    assert (request.method, request.path, request.tenant) == ("POST", f"{ONE}/Tasks", TENANT)
    rate = {"value": 10, "currency": "NZD"}
    assert sent(request) == {"name": "Tiles", "rate": rate, "chargeType": "TIME", "estimateMinutes": 30}
    assert [each.path for each in xero.asked] == [ONE]
    other = build(xero, "CreateTask", **NEW)
    assert request.idempotency_key
    assert request.idempotency_key != other.idempotency_key


def test_a_creation_that_says_its_currency_reads_nothing(xero: Xero) -> None:
    """Xero refuses another than the project's by itself."""
    assert sent(build(xero, "CreateTask", **NEW, RateCurrency="NZD"))["rate"]["currency"] == "NZD"
    assert xero.asked == []


def test_the_ids_of_rows_that_exist_by_now_are_filled_in(xero: Xero) -> None:
    """Of a composite id the row's own part; the parent's object is at hand."""
    created = {5: CreatedRow(uid(1), json.dumps(PROJECT_NOW)), 6: CreatedRow(f"{uid(1)}/{uid(2)}")}
    request = build(xero, "CreateTask", created, **{**NEW, "ProjectId": "queue:5"})
    assert (request.path, sent(request)["rate"]["currency"]) == (f"{ONE}/Tasks", "NZD")
    entry = {"UserId": uid(3), "Date": "2026-03-31", "Duration": 60}
    request = build(xero, "CreateTimeEntry", created, ProjectId="queue:5", TaskId="queue:6", **entry)
    assert (request.path, sent(request)["taskId"]) == (f"{ONE}/Time", uid(2))
    assert xero.asked == []


def test_a_row_that_is_not_there_yet_keeps_the_task_back(xero: Xero) -> None:
    with pytest.raises(IntegrityError, match=r"^queue:5 has not been created$"):
        build(xero, "CreateTask", **{**NEW, "ProjectId": "queue:5"})


def test_text_that_looks_like_an_id_is_sent_as_it_is(xero: Xero) -> None:
    """Even if there is such a row."""
    request = build(xero, "CreateTask", {5: CreatedRow(uid(1))}, **{**NEW, "Name": "queue:5"})
    assert sent(request)["name"] == "queue:5"


def test_a_creation_below_a_project_that_is_gone(xero: Xero) -> None:
    del xero.objects[ONE]
    with pytest.raises(IntegrityError, match=f"^there is no project {uid(1)} in this organisation$"):
        build(xero, "CreateTask", **NEW)


def test_a_price_of_nothing_is_filled_in(xero: Xero) -> None:
    """As for a statement that talks to Xero itself."""
    request = build(xero, "CreateTask", ProjectId=uid(1), Name="Gift", ChargeType="NON_CHARGEABLE")
    assert sent(request)["rate"]["value"] == 0


def test_a_creation_without_what_it_must_have_is_refused(xero: Xero) -> None:
    """An edit of its parameters may have taken it away."""
    with pytest.raises(DataError, match=r"^Name must have a value \(task 9\)$"):
        build(xero, "CreateTask", **{**NEW, "Name": " "})


def test_an_update_is_merged_into_the_row_as_it_is_now(xero: Xero) -> None:
    """What others have changed since the statement stays changed."""
    now = {**TASK_NOW, "estimateMinutes": 99, "chargeType": "FIXED"}
    xero.objects[f"{ONE}/Tasks/{uid(2)}"] = now
    request = build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), Name="Slates")
    assert (request.method, request.path) == ("PUT", f"{ONE}/Tasks/{uid(2)}")
    assert sent(request) == {
        "name": "Slates",
        "rate": {"value": 10, "currency": "NZD"},
        "chargeType": "FIXED",
        "estimateMinutes": 99,
    }
    assert [(each.method, each.path, each.tenant) for each in xero.asked] == [("GET", f"{ONE}/Tasks/{uid(2)}", TENANT)]


def test_amounts_go_out_digit_by_digit(xero: Xero) -> None:
    """Those of the task and those of the row alike."""
    body = json.dumps({**TASK_NOW, "rate": "RATE"}).replace('"RATE"', '{"value": 0.1234, "currency": "NZD"}')
    xero.objects[f"{ONE}/Tasks/{uid(2)}"] = body.encode()
    assert b'"value":0.1234' in (build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), Name="x").body or b"")
    request = build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), RateValue=Decimal("12345678901234.5678"))
    assert b'"value":12345678901234.5678' in (request.body or b"")


def test_null_takes_a_value_away(xero: Xero) -> None:
    request = build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), EstimateMinutes=None)
    assert "estimateMinutes" not in sent(request)


def test_null_does_not_take_away_what_a_row_must_have(xero: Xero) -> None:
    with pytest.raises(IntegrityError, match=f"^Name cannot be set to NULL or nothing \\(task {uid(2)}\\)$"):
        build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), Name=None)


@pytest.mark.parametrize("status", ["INVOICED", "LOCKED"])
def test_a_row_that_was_frozen_meanwhile_is_refused(xero: Xero, status: str) -> None:
    xero.objects[f"{ONE}/Tasks/{uid(2)}"] = {**TASK_NOW, "status": status}
    with pytest.raises(IntegrityError, match=f"^task {uid(2)} is {status} and cannot be updated") as caught:
        build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), Name="x")
    assert caught.value.sqlstate == "55000"


def test_a_rule_between_columns_holds_for_the_row_as_it_is_now(xero: Xero) -> None:
    with pytest.raises(IntegrityError, match=r"^RateValue must be 0 where ChargeType is NON_CHARGEABLE, not 10"):
        build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), ChargeType="NON_CHARGEABLE")


def test_a_row_that_is_gone_is_said_to_be(xero: Xero) -> None:
    with pytest.raises(IntegrityError, match=f"^there is no task {uid(4)} any more$") as caught:
        build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(4), Name="x")
    assert caught.value.sqlstate == "02000"


def test_a_row_that_cannot_be_read_is_not_overwritten(xero: Xero) -> None:
    xero.objects[f"{ONE}/Tasks/{uid(2)}"] = b"<html>"
    with pytest.raises(InternalError, match="so it was not changed"):
        build(xero, "UpdateTask", ProjectId=uid(1), TaskId=uid(2), Name="x")


def test_a_change_of_all_that_its_request_carries_reads_nothing(xero: Xero) -> None:
    """Nothing of the row as it is goes back."""
    request = build(xero, "SetProjectStatus", ProjectId=uid(1), Status="CLOSED")
    assert (request.method, request.path, sent(request)) == ("PATCH", ONE, {"status": "CLOSED"})
    assert request.idempotency_key
    assert xero.asked == []


def test_a_change_of_some_of_it_reads_the_row(xero: Xero) -> None:
    xero.objects[ONE] = {**PROJECT_NOW, "deadlineUtc": "2026-05-01T00:00:00Z", "estimate": {"value": 99.5}}
    request = build(xero, "UpdateProject", ProjectId=uid(1), Name="Wall")
    assert sent(request) == {"name": "Wall", "deadlineUtc": "2026-05-01T00:00:00Z", "estimateAmount": Decimal("99.5")}


def test_a_deletion_carries_nothing(xero: Xero) -> None:
    """And Xero takes no key for it."""
    request = build(xero, "DeleteTask", ProjectId=uid(1), TaskId=uid(2))
    assert (request.method, request.path) == ("DELETE", f"{ONE}/Tasks/{uid(2)}")
    assert (request.body, request.idempotency_key, xero.asked) == (None, None, [])


# -- Parameters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "null", "[]", '"x"', "{", '{"Name": NaN}', "\ud800", "[" * 100_000])
def test_parameters_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"^Parameters must be a JSON object of columns and values \(task 9\)$"):
        read_parameters(TYPES["CreateTask"], text, "task 9")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"Colour": "red"}, "CreateTask takes no Colour (task 9)"),
        ({"TotalMinutes": 5}, "CreateTask takes no TotalMinutes (task 9)"),
        ({"TenantId": TENANT}, "CreateTask takes no TenantId (task 9)"),
        ({"TaskId": uid(2)}, "CreateTask takes no TaskId (task 9)"),
        ({"RateValue": "ten"}, "RateValue takes a number"),
        ({"EstimateMinutes": 0}, "EstimateMinutes takes 1 or more minutes, not 0 (task 9)"),
        ({"ChargeType": "FREE"}, "ChargeType must be TIME or FIXED or NON_CHARGEABLE"),
        ({"ProjectId": "queue:0"}, "ProjectId takes"),
        ({"Name": {"a": 1}}, "Name takes text"),
        ({"ProjectId": [1]}, "ProjectId takes"),
    ],
)
def test_parameters_are_checked_as_a_statement_is(values: dict[str, object], sentence: str) -> None:
    """Whoever has written them there."""
    with pytest.raises(DataError) as caught:
        read_parameters(TYPES["CreateTask"], json.dumps(values), "task 9")
    assert str(caught.value).startswith(sentence)


def test_columns_of_parameters_are_found_in_any_case() -> None:
    row = read_parameters(TYPES["CreateTask"], '{"projectid": "queue:5", "ratevalue": 0.10}', "task 9")
    assert row == {"ProjectId": "queue:5", "RateValue": Decimal("0.10")}


def test_only_columns_of_ids_name_rows() -> None:
    kind = TYPES["CreateTimeEntry"]
    row = {"ProjectId": "queue:5", "TaskId": "queue:6", "Description": "queue:7", "UserId": uid(1)}
    assert referenced(kind, row) == {5, 6}


def test_every_refusal_is_an_error_of_the_database_interface(xero: Xero) -> None:
    xero.objects.clear()
    task = Task(9, "UpdateTask", TENANT, Status.RUNNING, "{}", uid(2), 1, 0, 1, 6)
    with pytest.raises(Error):
        Builder(CATALOG, xero.read, {}).request(replace(task, parameters="nonsense"), TYPES["UpdateTask"])
