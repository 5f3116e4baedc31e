"""The three statements of the Tasks document, to the letter, with ids of the organisation at hand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator

SEED_PROJECT = "1de78bad-5a81-4cb8-ab53-5a1a3bc73b29"
SEED_TASK = "d15810a1-9324-4765-a357-80d160a0b87c"
INSERT = (
    "INSERT INTO Tasks (ProjectId, Name, RateCurrency, RateValue, ChargeType, EstimateMinutes) VALUES "
    "('1de78bad-5a81-4cb8-ab53-5a1a3bc73b29', 'Pave Sidewalks', 'USD', 25000, 'FIXED', 1000)"
)
UPDATE = (
    "UPDATE Tasks SET RateValue = 250, ChargeType = 'TIME', EstimateMinutes = 2000 WHERE Id = "
    "'1de78bad-5a81-4cb8-ab53-5a1a3bc73b29/d15810a1-9324-4765-a357-80d160a0b87c'"
)
DELETE = "DELETE FROM Tasks WHERE Id = '1de78bad-5a81-4cb8-ab53-5a1a3bc73b29/d15810a1-9324-4765-a357-80d160a0b87c'"


class Seed:
    """The American firm of the demo, and the seed's statements with its ids in them."""

    def __init__(self) -> None:
        self.sim = Simulator(limits=False)
        self.tenant = self.sim.tenants[2][0]
        self.project = self.sim.rows(self.tenant)["projects"][0]
        self.connection = xerosql.connect(
            handler=self.sim.handle, access_token="x", tenant=self.tenant, calls_per_minute=1_000_000
        )
        assert self.project["currencyCode"] == "USD"

    def run(self, statement: str, task_id: str = "") -> xerosql.Cursor:
        sql = statement.replace(SEED_PROJECT, self.project["projectId"]).replace(SEED_TASK, task_id)
        return self.connection.execute(sql)

    def inserted(self) -> str:
        """The task id of a freshly inserted Pave Sidewalks, with an empty log behind it."""
        found = self.run(INSERT).lastrowid
        assert found is not None
        self.sim.reset_counters()
        return found.partition("/")[2]

    def task(self, task_id: str) -> dict[str, Any] | None:
        return next((row for row in self.sim.rows(self.tenant)["tasks"] if row["taskId"] == task_id), None)


@pytest.fixture
def seed() -> Seed:
    return Seed()


def test_the_seeds_insert_creates_the_task(seed: Seed) -> None:
    """INSERT makes the task with every value given, counts one row, and tells its Id."""
    cursor = seed.run(INSERT)
    assert cursor.rowcount == 1
    project_id, _, task_id = str(cursor.lastrowid).partition("/")
    task = seed.task(task_id)
    assert project_id == seed.project["projectId"]
    assert task is not None
    assert task["name"] == "Pave Sidewalks"
    assert task["rate"] == {"currency": "USD", "value": Decimal(25000)}
    assert (task["chargeType"], task["estimateMinutes"], task["status"]) == ("FIXED", 1000, "ACTIVE")


def test_the_seeds_insert_costs_two_calls(seed: Seed) -> None:
    """One call learns the project's currency, one creates the task; the body holds what the statement says."""
    cursor = seed.run(INSERT)
    assert [(each.method, each.status) for each in seed.sim.requests] == [("GET", 200), ("POST", 201)]
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 2
    assert json.loads(seed.sim.requests[-1].body) == {
        "name": "Pave Sidewalks",
        "rate": {"value": 25000, "currency": "USD"},
        "chargeType": "FIXED",
        "estimateMinutes": 1000,
    }


def test_the_seeds_update_changes_the_three_values(seed: Seed) -> None:
    """UPDATE by Id reads the task, merges and puts it back whole: name and currency stay."""
    task_id = seed.inserted()
    assert seed.run(UPDATE, task_id).rowcount == 1
    task = seed.task(task_id)
    assert task is not None
    assert (task["name"], task["rate"]) == ("Pave Sidewalks", {"currency": "USD", "value": Decimal(250)})
    assert (task["chargeType"], task["estimateMinutes"]) == ("TIME", 2000)
    assert [(each.method, each.status) for each in seed.sim.requests] == [("GET", 200), ("PUT", 204)]


def test_the_seeds_delete_removes_the_task(seed: Seed) -> None:
    """DELETE by Id removes that task and no other, and counts one row."""
    task_id = seed.inserted()
    before = len(seed.sim.rows(seed.tenant)["tasks"])
    assert seed.run(DELETE, task_id).rowcount == 1
    assert seed.task(task_id) is None
    assert len(seed.sim.rows(seed.tenant)["tasks"]) == before - 1
    assert [each.method for each in seed.sim.requests] == ["GET", "DELETE"]


def test_the_seeds_update_and_delete_of_nothing_count_no_row(seed: Seed) -> None:
    """With an Id that no task has, nothing is sent, no row is counted, and that is no error."""
    for statement in (UPDATE, DELETE):
        assert seed.run(statement, SEED_TASK).rowcount == 0
    assert {each.method for each in seed.sim.requests} == {"GET"}


def test_the_seeds_statements_with_its_own_ids_find_no_project(seed: Seed) -> None:
    """To the very letter, the document's project is not here: INSERT says so, the others find no row."""
    with pytest.raises(xerosql.IntegrityError, match=f"no project {SEED_PROJECT} in this organisation"):
        seed.connection.execute(INSERT)
    assert seed.connection.execute(UPDATE).rowcount == 0
    assert seed.connection.execute(DELETE).rowcount == 0
    assert {each.method for each in seed.sim.requests} == {"GET"}
