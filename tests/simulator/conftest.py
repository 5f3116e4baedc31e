"""A simulator on a clock that stands still, and a small client that talks to it in-process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from xerosql.simulator import ManualClock, Simulator

API = "/projects.xro/2.0"


@dataclass
class Reply:
    """An answer, with its body parsed exactly."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)

    @property
    def complaints(self) -> dict[str, list[str]]:
        """The `modelState` of a 400."""
        assert self.status == 400, (self.status, self.body)
        return self.json["modelState"]


class Client:
    """Sends requests to a simulator as one app on one organisation."""

    def __init__(self, simulator: Simulator, tenant: str | None = None, token: str = "any") -> None:  # noqa: S107 - made up
        self.simulator = simulator
        self.tenant = simulator.tenants[0][0] if tenant is None else tenant
        self.token = token

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        sent = {"Authorization": f"Bearer {self.token}", "Xero-Tenant-Id": self.tenant, **(headers or {})}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        url = path if path.startswith("/connect") else API + path
        return Reply(*self.simulator.handle(method, url, sent, raw))

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, headers=headers)

    def items(self, path: str) -> list[dict[str, Any]]:
        reply = self.get(path)
        assert reply.status == 200, (reply.status, reply.body)
        return reply.json["items"]

    @staticmethod
    def task_path(task: dict[str, Any]) -> str:
        return f"/Projects/{task['projectId']}/Tasks/{task['taskId']}"

    @staticmethod
    def time_path(entry: dict[str, Any]) -> str:
        return f"/Projects/{entry['projectId']}/Time/{entry['timeEntryId']}"

    def project(self, **matching: Any) -> dict[str, Any]:
        """A project of the organisation whose row has these values."""
        return _first(self.simulator.rows(self.tenant)["projects"], matching)

    def task(self, **matching: Any) -> dict[str, Any]:
        return _first(self.simulator.rows(self.tenant)["tasks"], matching)

    def entry(self, **matching: Any) -> dict[str, Any]:
        return _first(self.simulator.rows(self.tenant)["time"], matching)

    @property
    def user_id(self) -> str:
        return self.simulator.rows(self.tenant)["users"][0]["userId"]

    @property
    def contact_id(self) -> str:
        return self.simulator.rows(self.tenant)["contacts"][0]["contactId"]


def _first(rows: list[dict[str, Any]], matching: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in rows if all(row.get(name) == value for name, value in matching.items()))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def simulator(clock: ManualClock) -> Simulator:
    return Simulator(clock=clock, limits=False)


@pytest.fixture
def client(simulator: Simulator) -> Client:
    return Client(simulator)


@pytest.fixture
def connect() -> type[Client]:
    """The client's class, for tests that make their own simulator."""
    return Client
