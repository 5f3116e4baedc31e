"""The data: the demo, generated organisations, determinism, saving and loading, the log."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from xerosql.simulator import Fault, ManualClock, Simulator, demo

BY_STATE = "/Projects?states=INPROGRESS,CLOSED&page=1&pageSize=500"


def everything(simulator: Simulator) -> str:
    """A fingerprint of all rows of all organisations."""
    rows = [simulator.rows(tenant) for tenant, _ in simulator.tenants]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def test_the_demo_is_believable(simulator: Simulator) -> None:
    """Three organisations in three currencies, the first the biggest, with every state and charge type in use."""
    sizes = []
    for tenant, currency in zip((tenant for tenant, _ in simulator.tenants), ("NZD", "GBP", "USD"), strict=True):
        rows = simulator.rows(tenant)
        sizes.append((len(rows["projects"]), len(rows["tasks"]), len(rows["time"])))
        assert {project["currencyCode"] for project in rows["projects"]} == {currency}
        assert {task["rate"]["currency"] for task in rows["tasks"]} == {currency}
        assert {task["chargeType"] for task in rows["tasks"]} == {"TIME", "FIXED", "NON_CHARGEABLE"}
        assert {project["status"] for project in rows["projects"]} == {"INPROGRESS", "CLOSED"}
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0][0] == 48
    assert 330 <= sizes[0][1] <= 430
    rows = simulator.rows(simulator.tenants[0][0])
    assert {task["status"] for task in rows["tasks"]} == {"ACTIVE", "INVOICED", "LOCKED"}
    assert {entry["status"] for entry in rows["time"]} == {"ACTIVE", "INVOICED", "LOCKED"}
    days = [date.fromisoformat(entry["dateUtc"][:10]) for entry in rows["time"]]
    assert date(2025, 4, 28) <= min(days) < date(2025, 7, 1)
    assert date(2026, 10, 1) < max(days) <= date(2026, 10, 31)
    assert all(day.weekday() < 5 for day in days)


def test_the_demo_has_the_traps_of_real_data(simulator: Simulator) -> None:
    """Equal names, a user listed twice, a project without tasks, awkward characters; ids are unique and lower-case."""
    rows = simulator.rows(simulator.tenants[0][0])
    for kind in ("projects", "tasks"):
        assert max(Counter(row["name"] for row in rows[kind]).values()) > 1
    within = Counter((task["projectId"], task["name"]) for task in rows["tasks"])
    assert max(within.values()) > 1
    users = Counter(user["userId"] for user in rows["users"])
    assert (len(users), max(users.values())) == (12, 2)
    assert {p["projectId"] for p in rows["projects"]} > {task["projectId"] for task in rows["tasks"]}
    names = " ".join(row["name"] for kind in ("projects", "tasks", "users") for row in rows[kind])
    assert set("'\"%&é–") <= set(names)
    for kind, key in (("projects", "projectId"), ("tasks", "taskId"), ("time", "timeEntryId")):
        ids = [row[key] for row in rows[kind]]
        assert len(set(ids)) == len(ids)
        assert all(each == each.lower() for each in ids)


def test_the_same_seed_gives_the_same_bytes(connect: Any) -> None:
    """Data, new ids, tokens and correlation ids, too; another seed gives others."""

    def run(seed: int) -> list[Any]:
        demo._drawn.cache_clear()
        client = connect(Simulator(seed=seed, clock=ManualClock()))
        body = {"name": "Shed", "contactId": client.contact_id}
        form = b"grant_type=client_credentials&client_id=demo&client_secret=demo-secret"
        made = client.send("POST", "/Projects", body), client.send("POST", "/connect/token", form)
        return [everything(client.simulator), *((reply.headers, reply.body) for reply in made)]

    assert run(1) == run(1)
    assert run(1)[0] != run(2)[0]


def test_what_happens_to_one_demo_does_not_happen_to_the_next(connect: Any) -> None:
    """Though the demo is drawn only once."""
    client = connect(Simulator())
    before = everything(client.simulator)
    client.send("PATCH", f"/Projects/{client.project()['projectId']}", {"status": "CLOSED"})
    assert everything(client.simulator) != before
    assert everything(Simulator()) == before


def test_the_demo_does_not_change_by_accident(simulator: Simulator) -> None:
    """Documentation quotes the demo: whoever changes it should know that they do."""
    rows = simulator.rows(simulator.tenants[0][0])
    assert simulator.tenants[0] == ("7c344fb5-cea1-40ae-a6d9-9b794bc05cc8", "Harbour & Pine Studio")
    assert [len(rows[kind]) for kind in ("projects", "tasks", "time", "users")] == [48, 401, 2518, 13]


@pytest.mark.parametrize(("projects", "tasks"), [(200, 50), (20, 500)])
def test_a_generated_organisation_has_the_size_asked_for(connect: Any, projects: int, tasks: int) -> None:
    """Read through the API, page by page, it holds so many tasks, and sums agree."""
    started = time.perf_counter()
    simulator = Simulator(projects=projects, tasks_per_project=tasks, limits=False)
    assert time.perf_counter() - started < 3
    client = connect(simulator)
    listed = client.items(BY_STATE)
    assert len(listed) == projects
    total = 0
    for project in listed:
        page = client.items(f"/Projects/{project['projectId']}/Tasks?page=1&pageSize=500")
        total += len(page)
        assert sum(task["totalAmount"]["value"] for task in page) == project["totalTaskAmount"]["value"]
    assert total == projects * tasks


def test_warming_builds_what_is_asked_for_later(connect: Any) -> None:
    """It is no call, changes nothing, and is not in the log."""
    client = connect(Simulator(projects=2, tasks_per_project=3))
    before = everything(client.simulator)
    client.simulator.warm()
    assert (client.simulator.calls, client.simulator.requests, everything(client.simulator)) == (0, [], before)


def test_time_per_task_is_as_asked() -> None:
    """None, or several on each task; the other sizes have defaults."""
    bare = Simulator(projects=2, time_per_task=0)
    assert bare.rows(bare.tenants[0][0])["time"] == []
    full = Simulator(tasks_per_project=3, time_per_task=4)
    rows = full.rows(full.tenants[0][0])
    assert [len(rows[kind]) for kind in ("projects", "tasks", "time")] == [10, 30, 120]


def test_a_saved_state_goes_on_where_it_was(connect: Any, tmp_path: Path, clock: ManualClock) -> None:
    """Data, tokens and the next new id; a reset of the loaded one goes back to the file's state."""
    file = tmp_path / "state.json"
    client = connect(Simulator(clock=clock))
    path = f"/Projects/{client.project(status='INPROGRESS')['projectId']}/Tasks"
    draft = {"name": "Dig", "chargeType": "TIME", "rate": {"currency": "NZD", "value": 33.3333}}
    client.send("POST", path, draft)
    form = b"grant_type=client_credentials&client_id=demo&client_secret=demo-secret"
    token = client.send("POST", "/connect/token", form).json["access_token"]
    client.simulator.save(file)
    assert list(tmp_path.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    loaded = connect(Simulator.load(file, clock=clock, auth=True), token=token)
    saved = everything(loaded.simulator)
    assert saved == everything(client.simulator)
    assert loaded.send("POST", path, draft).json == client.send("POST", path, draft).json
    loaded.simulator.reset()
    assert everything(loaded.simulator) == saved


def test_a_failed_save_leaves_the_old_file(simulator: Simulator, tmp_path: Path, monkeypatch: Any) -> None:
    """Nothing half-written stays behind either."""
    file = tmp_path / "state.json"
    file.write_text("old")

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        simulator.save(file)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("content", ["", "{}", '{"format":99,"state":{"seed":1,"organisations":[]}}', "[1]"])
def test_other_files_are_not_loaded(tmp_path: Path, content: str) -> None:
    """A sentence says so."""
    file = tmp_path / "state.json"
    file.write_text(content)
    with pytest.raises(ValueError, match="saved simulator"):
        Simulator.load(file)


def test_the_log_tells_what_was_asked(client: Any) -> None:
    """Method, path, query, tenant, status, key and body of each request, in order; `calls` counts them."""
    simulator = client.simulator
    client.get("/ProjectsUsers?page=1")
    client.send("POST", "/Projects", b"{}", {"Idempotency-Key": "k"})
    read, write = simulator.requests
    assert (read.method, read.path, read.query) == ("GET", "/projects.xro/2.0/ProjectsUsers", "page=1")
    assert (read.tenant, read.status, read.in_flight, read.idempotency_key) == (client.tenant, 200, 1, None)
    assert (write.status, write.idempotency_key, write.body) == (400, "k", b"{}")
    assert write.body_sha == hashlib.sha256(b"{}").hexdigest()
    assert simulator.calls == 2
    simulator.reset_counters()
    assert (simulator.calls, list(simulator.requests)) == (0, [])


def test_the_log_can_be_left_out(connect: Any) -> None:
    """Calls are counted all the same."""
    client = connect(Simulator(log_requests=False))
    client.get("/ProjectsUsers")
    assert (client.simulator.calls, list(client.simulator.requests)) == (1, [])


def test_a_reset_starts_over(client: Any) -> None:
    """Data, faults and counts are as at the beginning."""
    simulator = client.simulator
    before = everything(simulator)
    client.send("PATCH", f"/Projects/{client.project()['projectId']}", {"status": "CLOSED"})
    simulator.add_fault(Fault("500", times=-1))
    simulator.reset()
    assert everything(simulator) == before
    assert client.get("/ProjectsUsers").status == 200
    assert simulator.calls == 1


def test_rows_of_nobody_are_an_error(simulator: Simulator) -> None:
    """An unknown tenant is a KeyError, not an empty organisation."""
    with pytest.raises(KeyError):
        simulator.rows("nobody")


def test_importing_it_brings_no_http_client_and_nothing_else_of_the_package() -> None:
    """It stands at the bottom: what it imports of xerosql is itself."""
    code = "import sys, xerosql; before = set(sys.modules); import xerosql.simulator; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    loaded = done.stdout.split()
    assert not {"requests", "urllib3", "http.server", "email.parser", "duckdb", "sqlglot"} & set(loaded)
    assert all(name.startswith("xerosql.simulator") for name in loaded if name.startswith("xerosql"))
