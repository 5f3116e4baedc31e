"""What a writer meets: statuses, whole-object updates, rules, and the complaints in a 400."""

from __future__ import annotations

from typing import Any

import pytest

RATE = {"currency": "NZD", "value": 80}


@pytest.fixture
def path(client: Any) -> str:
    """A project to write tasks and time into."""
    return f"/Projects/{client.project(status='INPROGRESS')['projectId']}"


def draft(**changes: Any) -> dict[str, Any]:
    return {"name": "Dig", "chargeType": "TIME", "rate": RATE, "estimateMinutes": 30} | changes


def test_an_update_replaces_the_whole_task(client: Any, path: str) -> None:
    """An estimate left out of a PUT is gone, and name, rate and charge type are mandatory every time."""
    task = client.send("POST", f"{path}/Tasks", draft()).json
    assert (task["status"], task["totalMinutes"], task["estimateMinutes"]) == ("ACTIVE", 0, 30)
    where = client.task_path(task)
    reply = client.send("PUT", where, {"name": "Mow", "chargeType": "TIME", "rate": RATE})
    assert (reply.status, reply.body) == (204, b"")
    after = client.get(where).json
    assert after["name"] == "Mow"
    assert "estimateMinutes" not in after
    assert set(client.send("PUT", where, {"name": "Mow"}).complaints) == {"model.ChargeType", "model.Rate"}


def test_read_only_fields_of_a_task_are_ignored(client: Any, path: str) -> None:
    """A status, project or total in the body changes nothing."""
    extra = {"status": "LOCKED", "projectId": client.user_id, "totalMinutes": 9, "taskId": client.user_id}
    task = client.send("POST", f"{path}/Tasks", draft(**extra)).json
    assert (task["status"], task["totalMinutes"]) == ("ACTIVE", 0)
    assert path.endswith(task["projectId"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "model.Name"),
        ({"name": "   "}, "model.Name"),
        ({"name": None}, "model.Name"),
        ({"name": 7}, "model.Name"),
        ({"name": "x" * 101}, "model.Name"),
        ({"chargeType": "HOURLY"}, "model.ChargeType"),
        ({"chargeType": "time"}, "model.ChargeType"),
        ({"rate": None}, "model.Rate"),
        ({"rate": 80}, "model.Rate"),
        ({"rate": {"currency": "USD", "value": 80}}, "model.Rate.Currency"),
        ({"rate": {"value": 80}}, "model.Rate.Currency"),
        ({"rate": {"currency": "NZD"}}, "model.Rate.Value"),
        ({"rate": {"currency": "NZD", "value": -1}}, "model.Rate.Value"),
        ({"rate": {"currency": "NZD", "value": "much"}}, "model.Rate.Value"),
        ({"rate": {"currency": "NZD", "value": True}}, "model.Rate.Value"),
        ({"chargeType": "NON_CHARGEABLE"}, "model.Rate.Value"),
        ({"estimateMinutes": 0}, "model.EstimateMinutes"),
        ({"estimateMinutes": -5}, "model.EstimateMinutes"),
        ({"estimateMinutes": 1.5}, "model.EstimateMinutes"),
        ({"estimateMinutes": True}, "model.EstimateMinutes"),
        ({"estimateMinutes": 10**30}, "model.EstimateMinutes"),
    ],
)
def test_a_wrong_task_is_refused(client: Any, path: str, change: dict[str, Any], field: str) -> None:
    """The complaint is filed under the field, and nothing is created or changed."""
    before = client.items(f"{path}/Tasks")
    assert list(client.send("POST", f"{path}/Tasks", draft(**change)).complaints) == [field]
    assert list(client.send("PUT", client.task_path(before[0]), draft(**change)).complaints) == [field]
    assert client.items(f"{path}/Tasks") == before


def test_the_edges_of_a_task_are_accepted(client: Any, path: str) -> None:
    """A name of 100 characters, an estimate of one minute, and a rate of 0 where nothing is charged."""
    edge = draft(name="é" * 100, estimateMinutes=1, chargeType="NON_CHARGEABLE", rate={"currency": "NZD", "value": 0})
    assert client.send("POST", f"{path}/Tasks", edge).status == 201


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"name":"\\ud800"}']
)
def test_a_body_that_is_no_object_is_refused(client: Any, path: str, body: bytes) -> None:
    """Malformed JSON is a 400 like any other."""
    assert list(client.send("POST", f"{path}/Tasks", body).complaints) == ["model"]


@pytest.mark.parametrize("status", ["INVOICED", "LOCKED"])
def test_tasks_that_are_not_active_cannot_be_changed(client: Any, status: str) -> None:
    """Neither updated nor deleted, nor does time go onto them."""
    task = client.task(status=status)
    for method, body in (("PUT", draft()), ("DELETE", None)):
        assert list(client.send(method, client.task_path(task), body).complaints) == ["model.Status"]
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30", "duration": 5}
    assert list(client.send("POST", f"/Projects/{task['projectId']}/Time", time).complaints) == ["model.TaskId"]
    assert client.get(client.task_path(task)).json == task


def test_a_task_is_deleted_for_good_unless_time_is_on_it(client: Any, path: str) -> None:
    """204, then 404; with time logged 400, until the time is gone."""
    task = client.send("POST", f"{path}/Tasks", draft()).json
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30T11:00:00+13:00", "duration": 5}
    entry = client.send("POST", f"{path}/Time", time).json
    assert entry["dateUtc"] == "2026-10-29T22:00:00Z"
    assert list(client.send("DELETE", client.task_path(task)).complaints) == ["model.Time"]
    assert client.send("DELETE", client.time_path(entry)).status == 204
    assert client.send("DELETE", client.task_path(task)).status == 204
    assert client.send("DELETE", client.task_path(task)).status == 404
    assert client.get(client.task_path(task)).status == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration": 0}, "model.Duration"),
        ({"duration": 59_941}, "model.Duration"),
        ({"duration": None}, "model.Duration"),
        ({"userId": "00000000-0000-0000-0000-000000000000"}, "model.UserId"),
        ({"userId": "me"}, "model.UserId"),
        ({"taskId": "00000000-0000-0000-0000-000000000000"}, "model.TaskId"),
        ({"dateUtc": None}, "model.DateUtc"),
        ({"description": 5}, "model.Description"),
    ],
)
def test_wrong_time_is_refused(client: Any, change: dict[str, Any], field: str) -> None:
    """An unknown user or task, a duration outside 1 to 59940 minutes, no date."""
    task = client.task(status="ACTIVE")
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30", "duration": 59_940}
    where = f"/Projects/{task['projectId']}/Time"
    assert client.send("POST", where, time).status == 200
    assert list(client.send("POST", where, time | change).complaints) == [field]


def test_a_description_left_out_of_an_update_is_cleared(client: Any) -> None:
    """As documented for time entries."""
    task = client.task(status="ACTIVE")
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30", "duration": 5}
    entry = client.send("POST", f"/Projects/{task['projectId']}/Time", time | {"description": "Dug"}).json
    assert entry["dateEnteredUtc"] == "2026-11-01T00:00:00.0000000Z"
    assert client.send("PUT", client.time_path(entry), time | {"duration": 6}).status == 204
    after = client.get(client.time_path(entry)).json
    assert after["duration"] == 6
    assert "description" not in after


@pytest.mark.parametrize("status", ["INVOICED", "LOCKED"])
def test_time_that_is_not_active_cannot_be_changed(client: Any, status: str) -> None:
    """Invoiced or locked time is neither updated nor removed."""
    entry = client.entry(status=status)
    task = client.task(projectId=entry["projectId"], status="ACTIVE")
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30", "duration": 5}
    for method, body in (("PUT", time), ("DELETE", None)):
        assert list(client.send(method, client.time_path(entry), body).complaints) == ["model.Status"]
    assert client.get(client.time_path(entry)).json == entry


def test_a_new_project_is_empty_and_in_the_organisations_currency(client: Any) -> None:
    """It reads `estimate` where it wrote `estimateAmount`, and ignores a currency or status sent."""
    body = {"name": "Shed", "contactId": client.contact_id, "estimateAmount": "99.90", "currencyCode": "USD"}
    reply = client.send("POST", "/Projects", body | {"status": "CLOSED"})
    project = reply.json
    assert reply.status == 201
    assert b'"estimate":{"currency":"NZD","value":99.9}' in reply.body
    assert (project["currencyCode"], project["status"], project["minutesLogged"]) == ("NZD", "INPROGRESS", 0)
    assert "deadlineUtc" not in project
    assert project in client.items("/Projects")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "model.Name"),
        ({"contactId": None}, "model.ContactId"),
        ({"contactId": "x"}, "model.ContactId"),
        ({"contactId": "00000000-0000-0000-0000-000000000000"}, "model.ContactId"),
        ({"estimateAmount": -1}, "model.EstimateAmount"),
        ({"estimateAmount": {"currency": "NZD", "value": 1}}, "model.EstimateAmount"),
        ({"deadlineUtc": "tomorrow"}, "model.DeadlineUtc"),
        ({"deadlineUtc": 7}, "model.DeadlineUtc"),
    ],
)
def test_a_wrong_project_is_refused(client: Any, change: dict[str, Any], field: str) -> None:
    """A contact is needed to create one."""
    body = {"name": "Shed", "contactId": client.contact_id} | change
    assert list(client.send("POST", "/Projects", body).complaints) == [field]


def test_a_project_is_renamed_by_put_and_closed_by_patch(client: Any, path: str) -> None:
    """PUT needs only the name, clears the rest, keeps the contact, and takes no status; below a closed project one
    can go on writing.
    """
    before = client.get(path).json
    assert client.send("PUT", path, {"name": "New", "status": "CLOSED", "contactId": client.user_id}).status == 204
    renamed = client.get(path).json
    assert (renamed["name"], renamed["status"]) == ("New", "INPROGRESS")
    assert renamed["contactId"] == before["contactId"]
    assert "estimate" not in renamed
    assert client.send("PATCH", path, {"status": "CLOSED"}).status == 204
    assert client.get(path).json["status"] == "CLOSED"
    assert client.send("POST", f"{path}/Tasks", draft()).status == 201


def test_other_organisations_are_out_of_reach(connect: Any, client: Any) -> None:
    """A project exists only under its own tenant."""
    other = connect(client.simulator, client.simulator.tenants[1][0])
    assert other.get(f"/Projects/{client.project()['projectId']}").status == 404
    assert other.project()["currencyCode"] == "GBP"


def test_an_archived_contact_gets_no_new_projects_until_it_is_restored(client: Any) -> None:
    """Its old projects stay, and can be changed."""
    project = client.project(status="INPROGRESS")
    body = {"contactId": project["contactId"], "name": "More"}
    client.simulator.archive_contact(project["contactId"])
    (sentence,) = client.send("POST", "/Projects", body).complaints["model.ContactId"]
    assert "is archived" in sentence
    assert client.send("PUT", f"/Projects/{project['projectId']}", {"name": "Renamed"}).status == 204
    client.simulator.archive_contact(project["contactId"], archived=False)
    assert client.send("POST", "/Projects", body).status == 201


def test_a_contact_that_there_is_not_cannot_be_archived(client: Any) -> None:
    with pytest.raises(KeyError):
        client.simulator.archive_contact(client.user_id)
