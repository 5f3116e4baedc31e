"""An SQLAlchemy engine on a simulated Xero of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from xerosql.simulator import Simulator

#: SQLAlchemy's own compliance suite, which has its own pytest: see test_compliance.py.
collect_ignore = ["suite"]


@pytest.fixture
def sim() -> Simulator:
    return Simulator(limits=False)


def options_for(sim: Simulator) -> dict[str, Any]:
    return {"handler": sim.handle, "access_token": "x", "calls_per_minute": 1_000_000}


def engine_on(sim: Simulator, query: str = "", **options: Any) -> Engine:
    """An engine for the first organisation."""
    return create_engine(f"xerosql:///{sim.tenants[0][0]}{query}", connect_args=options_for(sim), **options)


@pytest.fixture
def engine(sim: Simulator) -> Iterator[Engine]:
    engine = engine_on(sim)
    yield engine
    engine.dispose()


@pytest.fixture
def scratch(sim: Simulator) -> Iterator[Engine]:
    """An engine whose tables without a schema are those of scratch."""
    engine = engine_on(sim, "?search_path=scratch,projects")
    yield engine
    engine.dispose()
