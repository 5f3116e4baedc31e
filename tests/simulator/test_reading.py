"""What a reader meets: paging, filters, absent values, exact numbers, stale reads."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from xerosql.simulator import ManualClock, Simulator

ALL = "states=INPROGRESS,CLOSED&page=1&pageSize=500"
AMOUNTS = ("amountToBeInvoiced", "amountInvoiced", "totalAmount")


def pagination(client: Any, path: str) -> tuple[int, int, int, int]:
    page = client.get(path).json["pagination"]
    return page["page"], page["pageSize"], page["pageCount"], page["itemCount"]


def test_projects_without_a_page_size_come_in_pages_of_500(client: Any) -> None:
    """As recorded on the wire, against the documented default of 50."""
    assert pagination(client, "/Projects?page=1&states=INPROGRESS,CLOSED") == (1, 500, 1, 48)


@pytest.mark.parametrize("kind", ["Tasks", "Time"])
def test_lists_without_paging_parameters_come_whole(client: Any, kind: str) -> None:
    """Tasks and time then have a page size equal to their number, and one page, even when there is none."""
    full, bare = client.project(name="Booking site"), client.project(name="Rooftop bar: 100% idea so far")
    count = len(client.items(f"/Projects/{full['projectId']}/{kind}"))
    assert pagination(client, f"/Projects/{full['projectId']}/{kind}") == (1, count, 1, count)
    assert pagination(client, f"/Projects/{bare['projectId']}/{kind}") == (1, 0, 1, 0)
    assert pagination(client, f"/Projects/{bare['projectId']}/{kind}?page=1&pageSize=5") == (1, 5, 0, 0)


def test_a_page_past_the_end_is_empty_and_tells_the_count(client: Any) -> None:
    """The page asked for is echoed; the count is that of all pages."""
    assert pagination(client, f"/Projects?{ALL}".replace("page=1", "page=9")) == (9, 500, 1, 48)
    assert client.items(f"/Projects?{ALL}".replace("page=1", "page=9")) == []


def test_pages_hold_every_row_once(client: Any) -> None:
    """Seven projects a page give seven pages and the same rows as one big page."""
    pages = [client.items(f"/Projects?states=INPROGRESS,CLOSED&page={n}&pageSize=7") for n in range(1, 8)]
    assert [len(page) for page in pages] == [7] * 6 + [6]
    assert [row for page in pages for row in page] == client.items(f"/Projects?{ALL}")


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "pageSize=0", "pageSize=501", "pageSize=1.5"])
@pytest.mark.parametrize("path", ["/Projects", "/ProjectsUsers"])
def test_a_page_out_of_range_is_refused(client: Any, path: str, query: str) -> None:
    """page starts at 1 and pageSize ends at 500; Projects does not clamp."""
    assert list(client.get(f"{path}?{query}").complaints) == [query.partition("=")[0]]


def test_without_states_only_projects_in_progress_are_listed(client: Any) -> None:
    """Undocumented, so the simulator does what hurts most; naming both states lists all."""
    assert {each["status"] for each in client.items("/Projects")} == {"INPROGRESS"}
    assert {each["status"] for each in client.items("/Projects?states=closed")} == {"CLOSED"}
    assert len(client.items(f"/Projects?{ALL}")) == 48


def test_projects_filter_by_ids_and_contact(client: Any) -> None:
    """Several ids go in one parameter by commas, or repeated; capitals in an id do not matter."""
    one, two = client.items(f"/Projects?{ALL}")[:2]
    ids = f"{one['projectId']},{two['projectId'].upper()}"
    repeated = f"{one['projectId']}&projectIds={two['projectId']}"
    for asked in (ids, repeated):
        assert client.items(f"/Projects?projectIds={asked}&{ALL}") == [one, two]
    found = client.items(f"/Projects?contactID={one['contactId']}&{ALL}")
    assert {each["contactId"] for each in found} == {one["contactId"]}
    assert client.get("/Projects?projectIds=7").status == 400


def test_tasks_filter_by_ids_and_charge_type(client: Any) -> None:
    """Both filters at once mean both."""
    path = f"/Projects/{client.project(name='Booking site')['projectId']}/Tasks"
    fixed = client.items(f"{path}?chargeType=FIXED")
    assert {task["chargeType"] for task in fixed} == {"FIXED"}
    other = next(task for task in client.items(path) if task["chargeType"] == "TIME")
    asked = f"taskIds={fixed[0]['taskId']},{other['taskId']}"
    assert client.items(f"{path}?{asked}") == [t for t in client.items(path) if t in (fixed[0], other)]
    assert client.items(f"{path}?{asked}&chargeType=FIXED") == [fixed[0]]


def test_time_filters_agree_with_the_rows(client: Any) -> None:
    """Each filter selects exactly the rows that its documentation says; the dates are inclusive."""
    project = client.project(name="Booking site")
    path = f"/Projects/{project['projectId']}/Time"
    every = client.items(path)
    free = {t["taskId"] for t in client.items(f"/Projects/{project['projectId']}/Tasks?chargeType=NON_CHARGEABLE")}
    middle = sorted(entry["dateUtc"] for entry in every)[len(every) // 2]
    user, task = every[0]["userId"], every[0]["taskId"]
    cases = {
        f"userId={user}": lambda e: e["userId"] == user,
        f"taskId={task}": lambda e: e["taskId"] == task,
        "states=ACTIVE,LOCKED": lambda e: e["status"] in ("ACTIVE", "LOCKED"),
        "isChargeable=True": lambda e: e["taskId"] not in free,
        "isChargeable=false": lambda e: e["taskId"] in free,
        f"dateAfterUtc={middle}": lambda e: e["dateUtc"] >= middle,
        f"dateBeforeUtc={middle}": lambda e: e["dateUtc"] <= middle,
        f"dateBeforeUtc={middle[:10]}": lambda e: e["dateUtc"] <= middle,
        f"contactId={project['contactId']}": lambda e: True,
        f"contactId={user}": lambda e: False,
        f"invoiceId={user}": lambda e: False,
    }
    for query, wanted in cases.items():
        assert client.items(f"{path}?{query}") == [entry for entry in every if wanted(entry)], query


def test_time_is_found_by_its_invoice(client: Any) -> None:
    """Invoiced time knows its invoice, though no answer shows it."""
    organisation = client.simulator._service.world.organisation(client.tenant)
    project, entry = next((p, e) for p in organisation.projects.values() for e in p.time.values() if e.invoice_id)
    found = client.items(f"/Projects/{project.project_id}/Time?invoiceId={entry.invoice_id}")
    assert entry.time_entry_id in [each["timeEntryId"] for each in found]
    assert {each["status"] for each in found} == {"INVOICED"}


def test_paths_match_in_either_case(client: Any) -> None:
    """Xero's own pages write them both ways; ids may be in capitals."""
    task = client.task()
    path = client.task_path(task)
    for each in (path, path.lower(), path.upper(), f"{path}/"):
        assert client.get(each).json["taskId"] == task["taskId"]


def test_unknown_addresses_and_methods_are_refused(client: Any) -> None:
    """404 in the gateway's shape for what is not there; 405 for what cannot be done to it."""
    task = client.task()
    nowhere = ["/Projects/1", "/Projects/x/Tasks", "/Nothing", f"/Projects/{task['taskId']}", "/Projects/a/b/c/d/e"]
    for path in [*nowhere, f"/Projects/{task['projectId']}/Tasks/{client.user_id}"]:
        reply = client.get(path)
        assert reply.status == 404, path
        assert list(reply.json) == ["Type", "Title", "Status", "Detail", "Instance", "Extensions"]
    assert client.send("PATCH", client.task_path(task), {}).status == 405
    assert client.send("DELETE", f"/Projects/{task['projectId']}").status == 405


def test_missing_values_are_missing_keys(client: Any) -> None:
    """No answer holds a null; both kinds of row exist in the demo."""
    rows = client.simulator.rows(client.tenant)
    optional = {"projects": ["deadlineUtc", "estimate"], "tasks": ["estimateMinutes"], "time": ["description"]}
    for kind, names in optional.items():
        for name in names:
            assert {name in row for row in rows[kind]} == {True, False}, name
    assert "null" not in json.dumps(rows, default=str)


def test_money_is_written_exactly(client: Any) -> None:
    """Whole amounts have no decimals, others as many as they need; nothing went through a float."""
    project = client.project(name="Booking site")["projectId"]
    for sent, written in [("75", "75"), ("75.00", "75"), ("99.99", "99.99"), ("0.1", "0.1"), ("33.3333", "33.3333")]:
        body = f'{{"name":"x","chargeType":"TIME","rate":{{"currency":"NZD","value":{sent}}}}}'.encode()
        reply = client.send("POST", f"/Projects/{project}/Tasks", body)
        assert f'"rate":{{"currency":"NZD","value":{written}}}'.encode() in reply.body


def test_times_have_the_fractions_seen_on_the_wire(client: Any) -> None:
    """Seven digits where Xero stamps, none where a person chose the day."""
    for entry in client.simulator.rows(client.tenant)["time"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", entry["dateEnteredUtc"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", entry["dateUtc"])


@pytest.mark.parametrize("organisation", [0, 1, 2])
def test_totals_follow_from_tasks_and_time(simulator: Simulator, organisation: int) -> None:
    """Every derived figure of every task and project can be computed from the other rows."""
    rows = simulator.rows(simulator.tenants[organisation][0])
    for task in rows["tasks"]:
        time = [entry for entry in rows["time"] if entry["taskId"] == task["taskId"]]
        minutes = sum(entry["duration"] for entry in time)
        invoiced = sum(entry["duration"] for entry in time if entry["status"] == "INVOICED")
        rate, kind = task["rate"]["value"], task["chargeType"]
        assert task["totalMinutes"] == minutes
        assert task["fixedMinutes"] == (minutes if kind == "FIXED" else 0)
        assert task["nonChargeableMinutes"] == (minutes if kind == "NON_CHARGEABLE" else 0)
        billable = kind != "NON_CHARGEABLE"
        assert task["minutesInvoiced"] == (invoiced if billable else 0)
        assert task["minutesToBeInvoiced"] == (minutes - invoiced if billable else 0)
        hourly = {"TIME": cents(rate * minutes / 60), "FIXED": rate, "NON_CHARGEABLE": Decimal(0)}[kind]
        left, billed, total = (task[name]["value"] for name in AMOUNTS)
        assert total == hourly == left + billed
        if kind == "TIME":
            assert billed == cents(rate * invoiced / 60)
        if kind == "FIXED":
            assert billed == (rate if task["status"] == "INVOICED" else 0)
        assert kind == "FIXED" or task["status"] != "INVOICED"
    for project in rows["projects"]:
        tasks = [task for task in rows["tasks"] if task["projectId"] == project["projectId"]]
        assert project["minutesLogged"] == sum(task["totalMinutes"] for task in tasks)
        assert project["minutesToBeInvoiced"] == sum(task["minutesToBeInvoiced"] for task in tasks)
        for name, of_task in zip(
            ("taskAmountToBeInvoiced", "taskAmountInvoiced", "totalTaskAmount"), AMOUNTS, strict=True
        ):
            assert project[name]["value"] == sum(task[of_task]["value"] for task in tasks)


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_rows_are_what_the_api_says(client: Any) -> None:
    """The truth for differential tests equals what a patient client collects."""
    rows = client.simulator.rows(client.tenant)
    projects = client.items(f"/Projects?{ALL}")
    assert projects == rows["projects"]
    assert client.items("/ProjectsUsers") == rows["users"]
    for kind, name in (("Tasks", "tasks"), ("Time", "time")):
        assert [row for p in projects for row in client.items(f"/Projects/{p['projectId']}/{kind}")] == rows[name]
    assert all(isinstance(task["rate"]["value"], Decimal) for task in rows["tasks"])


def test_a_read_right_after_an_update_may_be_stale(connect: Any, clock: ManualClock) -> None:
    """For so many seconds both the single read and the list show the object as it was; then the update appears."""
    client = connect(Simulator(clock=clock, stale_reads=2.0))
    task = client.task(status="ACTIVE", chargeType="TIME")
    path, every = client.task_path(task), f"/Projects/{task['projectId']}/Tasks"
    body = {"name": "New", "chargeType": "FIXED", "rate": {"currency": "NZD", "value": 5}}
    assert client.send("PUT", path, body).status == 204
    assert client.get(path).json["name"] == task["name"]
    assert task["taskId"] in [each["taskId"] for each in client.items(f"{every}?chargeType=TIME")]
    clock.advance(2.0)
    assert client.get(path).json["name"] == "New"
    assert task["taskId"] not in [each["taskId"] for each in client.items(f"{every}?chargeType=TIME")]


def test_lists_may_miss_a_new_row_for_a_while(connect: Any, clock: ManualClock) -> None:
    """Projects, tasks and time alike, in the list and in its count; a read of the row itself has it at once."""
    client = connect(Simulator(clock=clock, stale_lists=108.0))
    body = {"name": "Shed", "contactId": client.contact_id}
    project = client.send("POST", "/Projects", body).json["projectId"]
    path = f"/Projects/{project}/Tasks"
    draft = {"name": "Dig", "chargeType": "TIME", "rate": {"currency": "NZD", "value": 80}}
    task = client.send("POST", path, draft).json["taskId"]
    time = {"userId": client.user_id, "taskId": task, "dateUtc": "2026-10-30", "duration": 60}
    client.send("POST", f"/Projects/{project}/Time", time)
    lists = [f"/Projects?projectIds={project}", path, f"/Projects/{project}/Time"]
    clock.advance(107.9)
    assert [client.items(each) for each in lists] == [[], [], []]
    assert client.get(path).json["pagination"]["itemCount"] == 0
    assert client.get(f"{path}/{task}").json["name"] == "Dig"
    clock.advance(0.1)
    assert [len(client.items(each)) for each in lists] == [1, 1, 1]


def test_lists_follow_every_write_at_once_without_stale_reads(client: Any) -> None:
    """Cached lists do not outlive a change: of the task, of time on it, of anything in the organisation."""
    task = client.task(status="ACTIVE", chargeType="TIME")
    tasks, projects = f"/Projects/{task['projectId']}/Tasks", f"/Projects?{ALL}"
    before = client.items(tasks), client.items(projects)
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30", "duration": 60}
    assert client.send("POST", f"/Projects/{task['projectId']}/Time", time).status == 200
    after = client.items(tasks), client.items(projects)
    changed = [(old, new) for old, new in zip(before[0], after[0], strict=True) if old != new]
    assert [new["totalMinutes"] - old["totalMinutes"] for old, new in changed] == [60]
    assert sum(a != b for a, b in zip(before[1], after[1], strict=True)) == 1
