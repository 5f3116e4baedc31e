"""The worlds that queries are asked in; one of each for a whole run."""

from __future__ import annotations

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
