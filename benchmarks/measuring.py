"""One contender, one fresh process: what it took from start to exit, and whether its sums are right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from simulated import SimulatedXero

CONTENDERS = Path(__file__).parent / "contenders"
Sums = Mapping[str, Decimal]


@dataclass(frozen=True)
class Run:
    """Wall and processor seconds (user and system, all threads) of the whole process, imports included."""

    seconds: float
    cpu: float
    peak_mb: float
    calls: int
    sums: Sums


def measured(contender: str, xero: SimulatedXero) -> Run:
    """Run a contender once. RuntimeError if it fails."""
    before = xero.calls
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(CONTENDERS / f"{contender}.py"), xero.url, xero.tenant],
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings(),
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{contender} failed; what it said stands above")
    peak, *lines = told.splitlines()
    sums = {project: Decimal(amount) for project, amount in (line.split() for line in lines)}
    return Run(seconds, usage.ru_utime + usage.ru_stime, int(peak) / 1024, xero.calls - before, sums)


def surroundings() -> dict[str, str]:
    """The environment without what would configure xerosql, or send loopback through a proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XEROSQL_")}
    return kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def faults(run: Run, truth: Sums) -> str:
    """What is wrong with the sums, compared digit by digit with the truth; nothing if they are right."""
    wrong = [project for project in truth if run.sums.get(project) != truth[project]]
    strange = set(run.sums) - set(truth)
    if not wrong and not strange:
        return ""
    return f"{len(wrong)} of {len(truth)} sums are wrong or missing, {len(strange)} belong to no project"
