"""The worlds that queries are asked in; one of each for a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from xerosql.simulator import Simulator

from .world import World, demo_world, small_world


@pytest.fixture(scope="session")
def demo() -> Iterator[World]:
    world = demo_world()
    yield world
    world.close()


@pytest.fixture(scope="session")
def small() -> Iterator[World]:
    world = small_world()
    yield world
    world.close()


@pytest.fixture(scope="session")
def paged() -> Iterator[World]:
    """Two projects with lists of several pages."""
    simulator = Simulator(
        seed=5, projects=2, tasks_per_project=1_100, time_per_task=1, limits=False, log_requests=False
    )
    world = World(simulator, simulator.tenants[0][0])
    yield world
    world.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a long run (`make fuzz`): how many queries ran, and the share of them that had rows and each feature."""
    total: Counter[str] = Counter()
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in report.user_properties:
            total.update(value if name == "generated" and report.when == "call" else {})
    queries = total.pop("queries", 0)
    if queries:
        terminalreporter.section(f"{queries} generated queries")
        for name, count in total.most_common():
            terminalreporter.write_line(f"{count / queries:7.1%}  {name}")
