"""The Xero that is measured against: a simulator in a process of its own, limits off, its answers made beforehand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.request import urlopen

#: Serves until its standard input ends, so it never outlives the benchmark.
PROGRAM = """
import sys
from xerosql.simulator import Simulator
projects, tasks = map(int, sys.argv[1:])
simulator = Simulator(projects=projects, tasks_per_project=tasks, limits=False, log_requests=False)
simulator.warm()
with simulator.serve() as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Shape:
    """How the tasks are spread: few projects with many make large answers, many with few make small ones."""

    projects: int
    tasks_per_project: int

    def __str__(self) -> str:
        return f"{self.projects:,} × {self.tasks_per_project}"

    @property
    def rows(self) -> int:
        return self.projects * self.tasks_per_project


class SimulatedXero:
    """An organisation of that shape behind a port of this machine."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(shape.projects), str(shape.tasks_per_project)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the simulator did not start")
        self.tenant = self.stats()["tenants"][0]["tenantId"]

    def stats(self) -> dict[str, object]:
        with urlopen(f"{self.url}/__simulator__/stats") as answer:  # noqa: S310 - our own simulator
            return json.load(answer)

    @property
    def calls(self) -> int:
        """API calls so far, as Xero would count them."""
        return self.stats()["calls"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
