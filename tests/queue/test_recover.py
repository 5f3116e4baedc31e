"""Which of the rows that Xero lists may be the one whose creation nobody has heard of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.queue.kit import CONTACT, TENANT, uid
from xerosql import catalog
from xerosql.api.request import Request
from xerosql.catalog.model import UUID
from xerosql.queue.model import TaskTypes
from xerosql.queue.recover import alike, judge, list_request, plain

TYPES = TaskTypes(catalog.load())
TASK, PROJECT, ENTRY = TYPES["CreateTask"], TYPES["CreateProject"], TYPES["CreateTimeEntry"]
SENT = {"name": "Roof tiles", "rate": {"value": 250, "currency": "NZD"}, "chargeType": "TIME", "estimateMinutes": 90}
THERE: dict[str, Any] = {"projectId": uid(1), "taskId": uid(2), **SENT, "status": "ACTIVE"}
KEY = f"{uid(1)}/{uid(2)}"
PATH = f"/projects.xro/2.0/Projects/{uid(1)}/Tasks"


def creation(sent: dict[str, Any], path: str = PATH) -> Request:
    return Request("POST", path, body=json.dumps(sent).encode(), tenant=TENANT)


def found(sent: dict[str, Any], there: dict[str, Any]) -> tuple[str, ...]:
    return alike(TASK, creation(sent), [there])


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"name": "  Roof   tiles "},
        {"name": "Roof\ttiles\n"},
        {"rate": {"value": 250.0, "currency": "NZD"}},
        {"rate": {"value": "250.00", "currency": "NZD"}},
        {"estimateMinutes": 90.0},
        {"estimateMinutes": "90"},
        {"totalMinutes": 4000, "somethingNew": {"a": []}},
    ],
)
def test_a_row_is_alike_whatever_xero_makes_of_the_form(changed: dict[str, Any]) -> None:
    """Spaces, the form of numbers, and what it adds of its own."""
    assert found(SENT, {**THERE, **changed}) == (KEY,)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Roof tile"},
        {"name": "ROOF TILES"},
        {"name": None},
        {"name": 5},
        {"rate": {"value": 250.01, "currency": "NZD"}},
        {"rate": {"value": 250, "currency": "AUD"}},
        {"rate": None},
        {"rate": "250"},
        {"chargeType": "FIXED"},
        {"estimateMinutes": 91},
        {"estimateMinutes": None},
        {"estimateMinutes": "soon"},
        {"rate": {"value": float("1e300"), "currency": "NZD"}},
    ],
)
def test_a_row_with_another_value_is_not_alike(changed: dict[str, Any]) -> None:
    assert found(SENT, {**THERE, **changed}) == ()


def test_what_was_not_sent_does_not_matter() -> None:
    """Xero may have filled it in."""
    sent = {name: value for name, value in SENT.items() if name != "estimateMinutes"}
    assert found(sent, {**THERE, "estimateMinutes": 1}) == (KEY,)
    assert found({**sent, "rate": {"value": 250}}, {**THERE, "rate": {"value": 250, "currency": "USD"}}) == (KEY,)


def test_days_are_compared_as_days() -> None:
    """Xero sends the first instant of the day, with as many digits as it likes."""
    sent = {"userId": uid(1), "taskId": uid(2), "dateUtc": "2026-03-31T00:00:00Z", "duration": 30}
    row = {"timeEntryId": uid(3), "projectId": uid(4), **sent}
    for form in ("2026-03-31T00:00:00Z", "2026-03-31T00:00:00.0000000Z", "2026-03-31"):
        assert alike(ENTRY, creation(sent), [{**row, "dateUtc": form}]) == (f"{uid(4)}/{uid(3)}",)
    assert alike(ENTRY, creation(sent), [{**row, "dateUtc": "2026-04-01T00:00:00Z"}]) == ()


def test_ids_are_compared_in_any_case() -> None:
    sent = {"contactId": CONTACT.upper(), "name": "Roof"}
    row = {"projectId": uid(1), "contactId": CONTACT, "name": "Roof"}
    assert alike(PROJECT, creation(sent), [row]) == (uid(1),)


def test_a_value_is_found_where_xero_shows_it() -> None:
    """An estimate is written to one place and read from another."""
    sent = {"contactId": CONTACT, "name": "Roof", "estimateAmount": 99.5}
    row = {"projectId": uid(1), "contactId": CONTACT, "name": "Roof", "estimate": {"value": 99.50, "currency": "NZD"}}
    assert alike(PROJECT, creation(sent), [row, {**row, "estimate": {"value": 99}}]) == (uid(1),)


def test_a_keyed_creation_looks_at_its_key_only() -> None:
    """No two rows share it, so whatever else was changed since, that is the row."""
    kind = replace(PROJECT, write=replace(PROJECT.write, keyed_by="Name"))
    row = {"projectId": uid(1), "contactId": uid(9), "name": "roof"}
    assert alike(kind, creation({"contactId": CONTACT, "name": "Roof"}), [row]) == (uid(1),)


def test_several_rows_are_all_named_in_their_order() -> None:
    rows = [{**THERE, "taskId": uid(number)} for number in (3, 2)]
    assert alike(TASK, creation(SENT), rows) == (f"{uid(1)}/{uid(3)}", f"{uid(1)}/{uid(2)}")


def test_a_number_too_long_for_a_column_is_compared_as_it_is() -> None:
    """A broken answer is not alike, and no error."""
    assert plain(TASK.table["RateValue"], "1." + "1" * 100) == "1." + "1" * 100
    assert plain(TASK.table["RateValue"], []) == []


def test_columns_of_ids_take_what_is_no_id_as_text() -> None:
    column = TASK.table["TaskId"]
    assert column.type is UUID
    assert (plain(column, "Not An Id"), plain(column, None)) == ("not an id", None)


# -- Judging -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "before", "others", "one", "absent"),
    [
        ((), (), (), None, True),
        (("a",), (), (), "a", False),
        (("a",), ("a",), (), None, True),
        (("a",), (), ("a",), None, True),
        (("a", "b"), ("a",), (), "b", False),
        (("a", "b"), (), (), None, False),
        (("a", "b", "c"), ("a",), ("b",), "c", False),
        ((), None, (), None, True),
        (("a",), None, (), None, False),
        (("a", "b"), None, ("a",), None, False),
    ],
)
def test_a_row_is_ours_if_it_is_the_only_new_one(
    there: tuple[str, ...], before: tuple[str, ...] | None, others: tuple[str, ...], one: str | None, absent: bool
) -> None:
    """Where nobody looked before, a single one may have been there all the time."""
    finding = judge(there, before, others)
    assert (finding.the_one, finding.is_absent) == (one, absent)


# -- The list that is read ---------------------------------------------------------------------------------------------


def test_the_list_is_filtered_by_what_xero_can_filter() -> None:
    assert list_request(TASK, creation(SENT), 2) == Request(
        "GET", PATH, (("chargeType", "TIME"), ("page", "2"), ("pageSize", "500")), tenant=TENANT
    )


def test_the_list_shows_every_state() -> None:
    """A project may have been closed at once, and an entry be locked."""
    query = dict(list_request(PROJECT, creation({"contactId": CONTACT, "name": "x"}), 1).query)
    assert query == {"contactID": CONTACT, "states": "INPROGRESS,CLOSED", "page": "1", "pageSize": "500"}
    entry = dict(list_request(ENTRY, creation({"userId": uid(1), "taskId": uid(2)}), 1).query)
    assert (entry["userId"], entry["taskId"], entry["states"]) == (uid(1), uid(2), "ACTIVE,LOCKED,INVOICED")
