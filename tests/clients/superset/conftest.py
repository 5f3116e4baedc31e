"""One Superset for all tests; a Xero, a connection of ours and plain DuckDB to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

import xerosql
from tests.clients.superset import running
from tests.clients.superset.rest import Superset
from xerosql.simulator import Simulator

TABLES = ("Projects", "Tasks", "Time", "Users")
#: The two ways in which Superset reaches xerosql.
WAYS = ("xerosql", "postgresql")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("superset")


@pytest.fixture(scope="session")
def simulator(home: Path) -> Iterator[Simulator]:
    """The Xero behind all of it; it counts the calls."""
    with running.books(home) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def superset(home: Path, simulator: Simulator) -> Iterator[Superset]:
    if not running.installed():
        pytest.skip("Superset is not installed; make superset does it")
    with running.superset(home) as url:
        yield Superset(url)


@pytest.fixture(scope="session")
def port(home: Path, simulator: Simulator) -> Iterator[int]:
    """That of a server of ours."""
    with running.server(home) as port:
        yield port


@dataclass
class Way:
    """One of the two ways to the same organisation: what was typed, and Superset's number for it."""

    name: str
    uri: str
    database: int
    superset: Superset

    @property
    def ours(self) -> bool:
        return self.name == "xerosql"


@pytest.fixture(scope="session")
def ways(superset: Superset, port: int) -> dict[str, Way]:
    uris = {"xerosql": "xerosql://books", "postgresql": f"postgresql+psycopg2://reader@127.0.0.1:{port}/xero"}
    return {name: Way(name, uri, superset.add_database(f"Xero, {name}", uri), superset) for name, uri in uris.items()}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, ways: dict[str, Way]) -> Way:
    return ways[request.param]


@pytest.fixture
def dataset(way: Way, request: pytest.FixtureRequest) -> Iterator[int]:
    """The table Time, or the one that a test is parametrised with. Superset's SQLite takes a name once only."""
    number = way.superset.add_dataset(way.database, getattr(request, "param", "Time"))
    yield number
    way.superset.delete("dataset", number)


class Truth:
    """The same tables in a plain DuckDB, which knows nothing of ours but the rows."""

    def __init__(self, connection: xerosql.Connection) -> None:
        self._engine = duckdb.connect()
        for table in TABLES:
            rows = connection.execute(f"SELECT * FROM {table}").fetch_arrow_table()
            self._engine.register("rows", rows)
            self._engine.execute(f'CREATE TABLE "{table}" AS SELECT * FROM rows')

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._engine.execute(sql).fetchall()


@pytest.fixture(scope="session")
def truth(simulator: Simulator) -> Truth:
    tenant = simulator.tenants[0][0]
    with xerosql.connect(handler=simulator.handle, access_token="x", tenant=tenant, calls_per_minute=10**6) as direct:
        return Truth(direct)
