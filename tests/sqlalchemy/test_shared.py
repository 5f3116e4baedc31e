"""`?shared=true`: engines of one process whose connections are siblings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, exc, text
from sqlalchemy.pool import NullPool

from tests.sqlalchemy.conftest import options_for
from xerosql.simulator import Simulator
from xerosql.sqlalchemy import shared


@pytest.fixture(autouse=True)
def no_families() -> Iterator[None]:
    """What one test has open the next does not find."""
    yield
    shared.FAMILIES._first.clear()


def run(sim: Simulator, sql: str, query: str = "?shared=true", **more: Any) -> Any:
    """The first value of a statement, by an engine of its own with a connection of its own, as Superset does it."""
    engine = create_engine(
        f"xerosql:///{sim.tenants[0][1]}{query}", connect_args=options_for(sim) | more, poolclass=NullPool
    )
    with engine.begin() as connection:
        result = connection.execute(text(sql))
        return result.scalar() if result.returns_rows else None


def test_the_organisations_are_looked_up_once(sim: Simulator) -> None:
    for _ in range(3):
        assert run(sim, "SELECT count(*) FROM Projects") == 48
    assert [request.path for request in sim.requests].count("/connections") == 1
    asked = len(sim.requests)
    run(sim, "SELECT count(*) FROM Projects", query="")
    assert [request.path for request in sim.requests[asked:]].count("/connections") == 1


def test_the_scratch_schema_outlives_an_engine(sim: Simulator) -> None:
    run(sim, "CREATE TABLE scratch.t AS SELECT 5 AS a")
    assert run(sim, "SELECT a FROM scratch.t") == 5
    with pytest.raises(Exception, match="t"):
        run(sim, "SELECT a FROM scratch.t", query="")


def test_each_connection_searches_its_own_schemas(sim: Simulator) -> None:
    assert run(sim, "SELECT count(*) FROM variables", "?shared=true&search_path=sys") >= 3
    with pytest.raises(Exception, match="variables"):
        run(sim, "SELECT count(*) FROM variables", "?shared=true&search_path=projects")
    assert len(shared.FAMILIES._first) == 1


def test_other_options_make_another_family(sim: Simulator) -> None:
    """A budget, another organisation, read_only: a sibling has the settings that its URL says."""
    run(sim, "CREATE TABLE scratch.t AS SELECT 5 AS a")
    with pytest.raises(Exception, match="max_calls = 1"):
        run(sim, "SELECT count(*) FROM Tasks", "?shared=true&max_calls=1")
    with pytest.raises(Exception, match="read-only"):
        run(sim, "CREATE TABLE scratch.u AS SELECT 5 AS a", "?shared=true&read_only=true")
    with pytest.raises(Exception, match="t"):
        run(sim, "SELECT a FROM scratch.t", "?shared=true&read_only=true")
    assert len(shared.FAMILIES._first) == 3


def test_another_xero_makes_another_family(sim: Simulator) -> None:
    other = Simulator(projects=3, limits=False)
    assert run(sim, "SELECT count(*) FROM Projects") == 48
    assert run(other, "SELECT count(*) FROM Projects") == 3


def test_families_that_nobody_needs_are_forgotten(sim: Simulator) -> None:
    for number in range(shared.KEPT + 5):
        run(sim, "SELECT 1", f"?shared=true&max_calls={number + 1}")
    assert len(shared.FAMILIES._first) == shared.KEPT


def test_what_it_is_not_is_told(sim: Simulator) -> None:
    with pytest.raises(exc.InterfaceError, match="shared must be true or false"):
        run(sim, "SELECT 1", "?shared=perhaps")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_begins_its_own(sim: Simulator) -> None:
    run(sim, "SELECT 1")
    pid = os.fork()
    if pid == 0:
        os._exit(len(shared.FAMILIES._first))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(shared.FAMILIES._first) == 1
