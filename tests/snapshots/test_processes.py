"""Processes that share a directory: one asks for what all want, and none is shown what was before a write of another.

XEROSQL_CHAOS_SEED and XEROSQL_CHAOS_COUNT make the campaign another or a longer one (`make chaos`).
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Fault, Simulator
from xerosql.simulator.server import Server
from xerosql.snapshots.store import FILE

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("XEROSQL_CHAOS_SEED", "1"))
ROUNDS = int(os.environ.get("XEROSQL_CHAOS_COUNT", "30"))
ALL_TASKS = "SELECT Id, Name FROM Tasks ORDER BY Id"


class Actor:
    """One process."""

    def __init__(self, url: str, tenant: str, directory: Path, settling: float, claimed: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "tests.snapshots.actor", url, tenant, str(directory), str(settling), str(claimed)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, sql: str, *values: object) -> None:
        """Begin a statement."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"sql": sql, "values": values or None}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What came of it."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def run(self, sql: str, *values: object) -> dict[str, Any]:
        self.ask(sql, *values)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def xero() -> Iterator[Server]:
    with Simulator(limits=False).serve() as server:
        yield server


Start = Callable[..., Actor]


@pytest.fixture
def start(xero: Server, tmp_path: Path) -> Iterator[Start]:
    """Starts processes on one directory; ends them with the test."""
    started: list[Actor] = []

    def new(settling: float = 120.0, claimed: float = 10.0) -> Actor:
        started.append(Actor(xero.url, xero.simulator.tenants[0][0], tmp_path / "cache", settling, claimed))
        return started[-1]

    yield new
    for each in started:
        each.kill()


def test_what_one_process_has_fetched_the_others_need_not(start: Start) -> None:
    """Nor does it after the first has ended, as long as it is young enough."""
    one = start()
    first = one.run(ALL_TASKS)
    one.kill()
    again = start().run(ALL_TASKS)
    assert (again["rows"], again["calls"], again["reused"]) == (first["rows"], 0, first["calls"])


def test_processes_that_want_the_same_at_the_same_time_share_the_calls(start: Start, xero: Server) -> None:
    """The workers of a web server, when somebody opens a dashboard in the morning."""
    actors = [start() for _ in range(3)]
    for each in actors:
        each.run("SELECT 1")  # all have been started
    for each in actors:
        each.ask(ALL_TASKS)
    answers = [each.answer() for each in actors]
    assert answers[0]["rows"] == answers[1]["rows"] == answers[2]["rows"]
    alone = sum(each["calls"] for each in answers)
    assert alone == xero.simulator.calls == answers[0]["calls"] + answers[0]["reused"]


def test_a_write_of_one_process_is_seen_by_all(start: Start, xero: Server) -> None:
    """At once, whatever they had kept."""
    reader, writer = start(settling=0.0), start(settling=0.0)
    task = next(
        each for each in xero.simulator.rows(xero.simulator.tenants[0][0])["tasks"] if each["status"] == "ACTIVE"
    )
    key = f"{task['projectId']}/{task['taskId']}"
    question = "SELECT Name FROM Tasks WHERE ProjectId = ?", task["projectId"]
    reader.run(*question)
    assert reader.run(*question)["calls"] == 0
    writer.run("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", key)
    assert ["Renamed"] in reader.run(*question)["rows"]


def test_a_process_that_is_killed_keeps_nobody_waiting_for_long(start: Start, xero: Server) -> None:
    """What it was about to fetch the next one fetches, seconds later."""
    xero.simulator.add_fault(Fault("slow", match="/ProjectsUsers", times=-1, seconds=30))
    one, other = start(claimed=1.0), start(claimed=1.0)
    other.run("SELECT 1")
    one.ask("SELECT * FROM Users")
    deadline = time.monotonic() + 60
    while not xero.simulator.calls and time.monotonic() < deadline:
        time.sleep(0.01)
    one.kill()
    xero.simulator.clear_faults()
    assert other.run("SELECT count(DISTINCT UserId) FROM Users")["rows"] == [[12]]


def test_nothing_is_left_claimed_when_a_statement_has_ended(xero: Server, tmp_path: Path) -> None:
    """Neither what it has read, nor what is not there, nor what it left in the middle."""
    tenant = xero.simulator.tenants[0][0]
    options = {"access_token": "x", "tenant": tenant, "base_url": xero.url, "share_limits": "false"}
    project = xero.simulator.rows(tenant)["projects"][0]["projectId"]
    nothing = "00000000-0000-4000-8000-000000000001"
    with xerosql.connect(
        cache_dir=str(tmp_path), max_age="1 hour", calls_per_minute=1_000_000, **options
    ) as connection:
        for sql in (
            "SELECT * FROM Users",
            f"SELECT * FROM Tasks WHERE ProjectId = '{project}' AND TaskId = '{nothing}'",
            f"SELECT * FROM Tasks WHERE ProjectId = '{nothing}'",
            "SELECT Name FROM Tasks LIMIT 2",
        ):
            connection.execute(sql).fetchall()
        left = connection.execute("SELECT Name FROM Tasks")
        left.fetchone()
        left.close()
    store = sqlite3.connect(tmp_path / FILE)
    deadline = time.monotonic() + 20  # a thread may be at its last call
    while (claimed := store.execute("SELECT asked FROM readings").fetchall()) and time.monotonic() < deadline:
        time.sleep(0.02)
    store.close()
    assert claimed == []


def test_no_process_is_shown_what_was_before_a_write(start: Start, xero: Server) -> None:
    """A campaign of readers and writers at the same time, some of them killed: what a write was confirmed to have
    written, or something later, is what every read that begins afterwards shows. This Xero shows writes at once, so
    nothing waits for them to settle.
    """
    chance = random.Random(SEED)
    tenant = xero.simulator.tenants[0][0]
    tasks = [each for each in xero.simulator.rows(tenant)["tasks"] if each["status"] == "ACTIVE"][:3]
    keys = [f"{each['projectId']}/{each['taskId']}" for each in tasks]
    confirmed = dict.fromkeys(keys, -1)
    actors = [start(settling=0.0) for _ in range(3)]
    reused = 0
    for number in range(1, ROUNDS + 1):
        doing: list[tuple[Actor, str, int, bool]] = []
        for actor in actors:
            key = chance.choice(keys)
            if chance.random() < 0.2:
                actor.ask("UPDATE Tasks SET EstimateMinutes = ? WHERE Id = ?", number, key)
                doing.append((actor, key, number, True))
            else:
                sql = chance.choice(READS).format(key=key, project=key.split("/")[0])
                doing.append((actor, key, confirmed[key], False))
                actor.ask(sql)
        killed = chance.randrange(3) if chance.random() < 0.1 else None
        for place, (actor, key, least, writes) in enumerate(doing):
            if place == killed and not writes:
                actor.kill()
                actors[place] = start(settling=0.0)
                continue
            found = actor.answer()
            reused += found["reused"]
            if writes:
                confirmed[key] = max(confirmed[key], least)
            elif least >= 0:
                assert found["rows"][0][0] >= least, f"seed {SEED}, round {number}, {key}"
    assert reused > ROUNDS


READS = (
    "SELECT EstimateMinutes FROM Tasks WHERE Id = '{key}'",
    "SELECT max(EstimateMinutes) FILTER (WHERE Id = '{key}') FROM Tasks WHERE ProjectId = '{project}'",
    "SELECT t.EstimateMinutes FROM Projects p JOIN Tasks t USING (ProjectId) WHERE t.Id = '{key}'",
)
