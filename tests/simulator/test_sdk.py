"""Xero's own Python SDK, unmodified, works against the simulator.

It is pointed at it by what it documents for that: the APIs' `base_url` and the token URLs of its token client.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from xerosql.simulator import Server, Simulator

pytest.importorskip("xero_python")

from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import HTTPStatusException
from xero_python.identity import IdentityApi
from xero_python.project import (
    Amount,
    ChargeType,
    CurrencyCode,
    ProjectApi,
    ProjectCreateOrUpdate,
    ProjectPatch,
    ProjectStatus,
    TaskCreateOrUpdate,
    TimeEntryCreateOrUpdate,
)


class Sdk:
    """The SDK set up the way its readme does it, with a token that may be refreshed."""

    def __init__(self, server: Server) -> None:
        self.token: dict[str, Any] = {}
        oauth = OAuth2Token(client_id="demo", client_secret="demo-secret")
        Configuration.set_default(None)  # else every later one is a copy of the process's first, token client included
        self.client = ApiClient(Configuration(oauth2_token=oauth), pool_threads=1)
        self.client.oauth2_token_getter(lambda: self.token)
        self.client.oauth2_token_saver(self.save)
        self.oauth = oauth
        self.projects = ProjectApi(self.client, base_url=f"{server.url}/projects.xro/2.0")
        self.identity = IdentityApi(self.client, base_url=server.url)

    def save(self, token: dict[str, Any]) -> None:
        self.token = token


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(auth=True, limits=False)


@pytest.fixture
def server(simulator: Simulator) -> Iterator[Server]:
    with simulator.serve() as server:
        yield server


@pytest.fixture
def sdk(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    for name in ("client_credentials_token_url", "refresh_token_url"):
        monkeypatch.setattr(TokenApi, name, f"{server.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{server.url}/connect/revocation")
    sdk = Sdk(server)
    sdk.oauth.get_client_credentials_access_token(sdk.client, False)
    yield sdk
    sdk.client.rest_client.pool_manager.clear()  # the SDK never closes its connections; left open they warn


@pytest.fixture
def tenant(simulator: Simulator) -> str:
    return simulator.tenants[0][0]


def test_projects_round_trip(sdk: Sdk, simulator: Simulator, tenant: str) -> None:
    """Create, read, list, update and close a project through the SDK."""
    contact = simulator.rows(tenant)["contacts"][0]["contactId"]
    deadline = datetime(2027, 3, 1, 10, 59, 59, tzinfo=UTC)
    draft = ProjectCreateOrUpdate(contact_id=contact, name="Nöw & then", deadline_utc=deadline, estimate_amount=99.99)
    made = sdk.projects.create_project(tenant, draft, idempotency_key=str(uuid.uuid4()))
    assert (made.name, made.estimate.value, made.status) == ("Nöw & then", Decimal("99.99"), ProjectStatus.INPROGRESS)
    assert made.currency_code is CurrencyCode.NZD
    assert made.deadline_utc == deadline
    sdk.projects.update_project(tenant, made.project_id, ProjectCreateOrUpdate(name="Then"))
    sdk.projects.patch_project(tenant, made.project_id, ProjectPatch(status=ProjectStatus.CLOSED))
    after = sdk.projects.get_project(tenant, made.project_id)
    assert (after.name, after.status, after.estimate, after.deadline_utc) == ("Then", ProjectStatus.CLOSED, None, None)
    listed = sdk.projects.get_projects(tenant, project_ids=[made.project_id], states="CLOSED", page=1, page_size=10)
    assert [each.project_id for each in listed.items] == [made.project_id]
    assert listed.pagination.item_count == 1


def test_tasks_round_trip(sdk: Sdk, simulator: Simulator, tenant: str) -> None:
    """Create, read, list, update and delete a task through the SDK."""
    project = simulator.rows(tenant)["projects"][0]["projectId"]
    rate = Amount(currency=CurrencyCode.NZD, value=75.25)
    draft = TaskCreateOrUpdate(name="Pave", rate=rate, charge_type=ChargeType.TIME, estimate_minutes=90)
    made = sdk.projects.create_task(tenant, project, draft)
    assert (made.rate.value, made.charge_type, made.estimate_minutes) == (Decimal("75.25"), ChargeType.TIME, 90)
    sdk.projects.update_task(
        tenant, project, made.task_id, TaskCreateOrUpdate(name="Mow", rate=rate, charge_type=ChargeType.FIXED)
    )
    after = sdk.projects.get_task(tenant, project, made.task_id)
    assert (after.name, after.charge_type, after.estimate_minutes) == ("Mow", ChargeType.FIXED, None)
    fixed = sdk.projects.get_tasks(tenant, project, charge_type=ChargeType.FIXED, task_ids=made.task_id)
    assert [task.name for task in fixed.items] == ["Mow"]
    sdk.projects.delete_task(tenant, project, made.task_id)
    with pytest.raises(HTTPStatusException) as gone:
        sdk.projects.get_task(tenant, project, made.task_id)
    assert gone.value.status == 404


def test_time_round_trips(sdk: Sdk, simulator: Simulator, tenant: str) -> None:
    """Create, read, list with every filter, update and delete a time entry through the SDK."""
    rows = simulator.rows(tenant)
    task = next(each for each in rows["tasks"] if each["status"] == "ACTIVE" and each["chargeType"] == "TIME")
    project, contact = (
        task["projectId"],
        next(each["contactId"] for each in rows["projects"] if each["projectId"] == task["projectId"]),
    )
    day = datetime(2026, 10, 30, tzinfo=UTC)
    words = {"user_id": rows["users"][0]["userId"], "task_id": task["taskId"], "date_utc": day}
    made = sdk.projects.create_time_entry(
        tenant, project, TimeEntryCreateOrUpdate(**words, duration=45, description="Dug")
    )
    assert (made.duration, made.description, made.status, made.date_utc) == (45, "Dug", "ACTIVE", day)
    assert made.date_entered_utc is not None
    sdk.projects.update_time_entry(tenant, project, made.time_entry_id, TimeEntryCreateOrUpdate(**words, duration=50))
    after = sdk.projects.get_time_entry(tenant, project, made.time_entry_id)
    assert (after.duration, after.description) == (50, None)
    listed = sdk.projects.get_time_entries(
        tenant,
        project,
        user_id=words["user_id"],
        task_id=task["taskId"],
        contact_id=contact,
        states=["ACTIVE", "LOCKED"],
        is_chargeable=True,
        date_after_utc=day,
        date_before_utc=day,
        page=1,
        page_size=500,
    )
    assert made.time_entry_id in [entry.time_entry_id for entry in listed.items]
    sdk.projects.delete_time_entry(tenant, project, made.time_entry_id)
    with pytest.raises(HTTPStatusException) as gone:
        sdk.projects.get_time_entry(tenant, project, made.time_entry_id)
    assert gone.value.status == 404


def test_users_are_listed(sdk: Sdk, simulator: Simulator, tenant: str) -> None:
    """The SDK reads the users, the one that comes twice included."""
    users = sdk.projects.get_project_users(tenant, page=1, page_size=500)
    assert [(u.user_id, u.name) for u in users.items] == [
        (row["userId"], row["name"]) for row in simulator.rows(tenant)["users"]
    ]


def test_connections_are_listed_and_cut(sdk: Sdk, simulator: Simulator, tenant: str) -> None:
    """A custom connection sees its one organisation; once disconnected, calls on it are forbidden."""
    (connection,) = sdk.identity.get_connections()
    assert (connection.tenant_id, connection.tenant_type) == (tenant, "ORGANISATION")
    assert sdk.identity.get_connections(auth_event_id=connection.auth_event_id) == [connection]
    sdk.identity.delete_connection(connection.id)
    with pytest.raises(HTTPStatusException) as refused:
        sdk.projects.get_projects(tenant)
    assert refused.value.status == 403


def test_an_expired_token_is_refreshed_and_can_be_revoked(
    sdk: Sdk, server: Server, simulator: Simulator, tenant: str
) -> None:
    """The SDK trades its refresh token for a new pair by itself, and a revoked sign-in loses its organisations."""
    first = _consented(sdk, server)
    sdk.token = {**first, "scope": first["scope"].split(), "expires_at": time.time() - 1}
    assert sdk.projects.get_projects(tenant, page=1).pagination.page_size == 500
    assert sdk.token["access_token"] != first["access_token"]
    assert sdk.token["refresh_token"] != first["refresh_token"]
    second = sdk.token["access_token"]
    sdk.oauth.revoke_access_token(sdk.client)
    sdk.client.last_response.close()  # the SDK leaves this one unread, and its socket open
    assert sdk.token["access_token"] is None
    reply = simulator.handle("GET", "/connections", {"Authorization": f"Bearer {second}"})
    assert reply[2] == b"[]"


def _consented(sdk: Sdk, server: Server) -> dict[str, Any]:
    """Tokens of a user's sign-in, got as a web app gets them."""
    import requests

    home = "https://app.example/callback"
    asked = {"response_type": "code", "client_id": "demo", "redirect_uri": home, "scope": "offline_access projects"}
    sent = requests.get(f"{server.url}/identity/connect/authorize", params=asked, allow_redirects=False, timeout=5)
    code = sent.headers["Location"].partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": home}
    answer = requests.post(f"{server.url}/connect/token", data=form, auth=("demo", "demo-secret"), timeout=5)
    tokens: dict[str, Any] = answer.json()
    return tokens
