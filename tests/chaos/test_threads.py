"""Three threads of one process, each with a schedule of its own, on a Xero where anything may go wrong."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

import xerosql
from tests.chaos.clock import ClientClock, SimulatorClock
from tests.chaos.invariants import check
from tests.chaos.schedule import DONE, NOT_DONE, UNKNOWN, Report, Schedule, truth_of
from xerosql.simulator import FAULT_KINDS, Fault, Simulator

SPEED = 200.0
THREADS = 3
STILL = 6  # projects that nobody changes
SEED = int(os.environ.get("XEROSQL_CHAOS_SEED", "1"))
COUNT = int(os.environ.get("XEROSQL_CHAOS_COUNT", "12"))  # schedules, of which three run at a time
TELLING = (4, 29)  # seeds of much trouble
KINDS = tuple(kind for kind in FAULT_KINDS if kind != "429-day")


def new_simulator(chance: random.Random) -> Simulator:
    """A small organisation, and as many faults as it happens: none, some, or hardly anything else."""
    return Simulator(
        seed=chance.randrange(1000),
        projects=STILL + THREADS,
        tasks_per_project=3,
        latency=chance.choice([0.0, 1.0]),
        stale_reads=chance.choice([0.0, 0.0, 1.0]),
        clock=SimulatorClock(SPEED),
    )


def unleash(sim: Simulator, chance: random.Random) -> None:
    """Faults by chance and faults in a row, now that the right answers are known."""
    sim._service.faults._rate = chance.choice([0.0, 0.05, 0.2, 0.5, 0.8])
    sim._service.faults._random = [
        Fault(kind, times=-1, seconds=chance.random(), retry_after=chance.choice([None, 0, 2]))
        for kind in chance.sample(KINDS, chance.randrange(1, len(KINDS)))
    ]
    for _ in range(chance.randrange(4)):
        match = chance.choice([None, "^POST", "^PUT", "^DELETE", "^GET", "Tasks"])
        times, after = chance.randrange(1, 7), chance.randrange(12)
        sim.add_fault(Fault(chance.choice(FAULT_KINDS), match, times, after, chance.choice([None, 1, 5]), 0.3))


def run_threads(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Simulator, list[Report]]:
    monkeypatch.setattr("xerosql.api.client.SystemClock", lambda: ClientClock(SPEED))
    chance = random.Random(seed)
    sim = new_simulator(chance)
    tenant = sim.tenants[0][0]
    projects = [row["projectId"] for row in sim.rows(tenant)["projects"]]
    still, own = projects[:STILL], projects[STILL:]
    with xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant) as connection:
        truth = truth_of(connection, still)
        unleash(sim, chance)

        def work(number: int) -> Report:
            mine = connection if number else xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant)
            return Schedule(mine, f"{seed}.{number}", own[number], still, truth).run(6)

        with ThreadPoolExecutor(THREADS) as pool:
            return sim, list(pool.map(work, range(THREADS)))


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT // THREADS))
def test_whatever_goes_wrong_no_row_is_wrong_doubled_or_made_up(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are right or errors; writes are there as often as was said; Xero's limits never had to refuse."""
    sim, reports = run_threads(seed, monkeypatch)
    check(reports, sim.rows(sim.tenants[0][0])["tasks"], sim.requests)


def test_the_schedules_try_what_they_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among two seeds there are faults of many kinds, rows of every verdict, and reads that went well."""
    runs = [run_threads(seed, monkeypatch) for seed in TELLING]
    faults = {each.fault for sim, _ in runs for each in sim.requests}
    verdicts = {claim.verdict for _, reports in runs for report in reports for claim in report.claims}
    assert len(faults) > 4
    assert verdicts == {DONE, NOT_DONE, UNKNOWN}
    assert sum(report.reads for _, reports in runs for report in reports) > 4
