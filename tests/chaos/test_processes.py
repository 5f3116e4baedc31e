"""Four processes on one organisation behind a port, one of them killed on the way: together within Xero's limits."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import xerosql
from tests.chaos.clock import ClientClock, SimulatorClock
from tests.chaos.invariants import check
from tests.chaos.schedule import Report, truth_of
from tests.chaos.test_threads import COUNT, SEED, unleash
from tests.chaos.worker import SPEED
from xerosql.simulator import Server, Simulator

ROOT = Path(__file__).parents[2]
PROCESSES = 4
STILL = 4
SCHEDULES = 3 if COUNT > 100 else 1  # of each process in a round
ROUNDS = max(1, COUNT // 4 // PROCESSES // SCHEDULES)  # a quarter as many schedules as the threads have


class Round:
    """A simulator with four processes at work on it."""

    def __init__(self, seed: int, file: Path, statements: int) -> None:
        self.chance = random.Random(seed)
        self.sim = Simulator(
            seed=seed, projects=STILL + PROCESSES, tasks_per_project=3, latency=0.5, clock=SimulatorClock(SPEED)
        )
        self.tenant = self.sim.tenants[0][0]
        self.file = file
        self.seed = seed
        self.statements = statements
        projects = [row["projectId"] for row in self.sim.rows(self.tenant)["projects"]]
        self.still, self.own = projects[:STILL], projects[STILL:]

    def run(self) -> list[Report]:
        with self.sim.serve() as server:
            truth = self.truth(server)
            unleash(self.sim, self.chance)
            workers = [self.start(server, number, truth) for number in range(PROCESSES)]
            self.kill_one(workers)
            said = [worker.communicate(timeout=300)[0] for worker in workers]
            assert [worker.returncode for worker in workers[1:]] == [0] * (PROCESSES - 1)
        return [report for text in said for report in last_reports(text)]

    def truth(self, server: Server) -> list[list[str]]:
        """Read over the network too, and within the limits that the processes will share."""
        options = {"base_url": server.url, "tenant": self.tenant, "access_token": "x", "limits_file": str(self.file)}
        with xerosql.connect(**options) as connection:
            return truth_of(connection, self.still)

    def start(self, server: Server, number: int, truth: list[list[str]]) -> subprocess.Popen[str]:
        task = {"project": self.own[number], "still": self.still, "truth": truth, "statements": self.statements}
        tasks = [json.dumps({"seed": f"{self.seed}.{number}.{place}", **task}) for place in range(SCHEDULES)]
        command = [sys.executable, "-m", "tests.chaos.worker", server.url, self.tenant, str(self.file), *tasks]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own interpreter

    def kill_one(self, workers: list[subprocess.Popen[str]]) -> None:
        """The first, in every other round, at some moment after it has begun to call."""
        if self.chance.random() < 0.5:
            return
        enough = len(self.sim.requests) + self.chance.randrange(10, 40)
        while len(self.sim.requests) < enough and workers[0].poll() is None:
            time.sleep(0.005)
        workers[0].kill()


def last_reports(text: str) -> list[Report]:
    """What each schedule said last."""
    found = dict(json.loads(line) for line in text.splitlines() if line.endswith("}]"))
    return [Report.of_json(each) for each in found.values()]


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_processes_together_keep_what_each_must(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is wrong, doubled or made up, and no call was one too many, whichever process made it."""
    monkeypatch.setattr("xerosql.api.client.SystemClock", lambda: ClientClock(SPEED))
    monkeypatch.setattr("xerosql.api.limits_file._PATIENCE", 30.0)
    round_ = Round(seed, tmp_path / "limits.sqlite", 8 if COUNT > 100 else 3)
    reports = round_.run()
    check(reports, round_.sim.rows(round_.tenant)["tasks"], round_.sim.requests)
    assert len(reports) >= (PROCESSES - 1) * SCHEDULES
