"""A real PostgreSQL 15 with the same tables beside a server of ours, for `make clients`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.clients.twin import ddl
from tests.server.conftest import serving
from xerosql.server import WRITE, User, Users, Verifier
from xerosql.simulator import Simulator

POSTGRES = Path("/usr/lib/postgresql/15/bin")
USER, PASSWORD = "w", "pw"
OWNER = "xero"  # what our server calls the owner of everything


@dataclass(frozen=True)
class Side:
    """One of the two servers."""

    port: int
    ours: bool

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/xero"


@dataclass(frozen=True)
class Pair:
    """The real one and ours."""

    real: Side
    ours: Side


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Not in `make test`: they need Debian's packages."""
    if not os.environ.get("XEROSQL_CLIENTS"):
        skipped = pytest.mark.skip(reason="make clients runs these")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skipped)


@pytest.fixture(scope="session")
def real() -> Iterator[Side]:
    """A PostgreSQL in a directory of its own."""
    if not (POSTGRES / "initdb").exists():
        pytest.skip("Debian's postgresql-15 is not installed")
    with tempfile.TemporaryDirectory(prefix="xerosql-postgres") as home:
        yield from running(Path(home))


def running(home: Path) -> Iterator[Side]:
    """The server in that directory, until the tests have ended."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    as_user: list[str] = []
    if os.getuid() == 0:  # which PostgreSQL does not run as
        shutil.chown(home, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = str(home / "data")

    def run(*command: str) -> None:
        subprocess.run([*as_user, str(POSTGRES / command[0]), *command[1:]], check=True, capture_output=True)

    run("initdb", "-D", data, "-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8")
    run("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", f"-p {port} -k {home} -h 127.0.0.1", "start")
    try:
        fill(port)
        yield Side(port, ours=False)
    finally:
        run("pg_ctl", "-D", data, "-w", "-m", "fast", "stop")


def fill(port: int) -> None:
    """The twin's tables, and the user that clients connect as."""
    url = f"host=127.0.0.1 port={port} user={OWNER}"
    with psycopg.connect(f"{url} dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE xero")
        connection.execute(f"CREATE ROLE {USER} LOGIN")
        connection.execute(f"ALTER ROLE {USER} SET search_path = projects, queue")
    with psycopg.connect(f"{url} dbname=xero", autocommit=True) as connection:
        for statement in (*ddl(), "DROP SCHEMA public"):
            connection.execute(statement)
        for schema in ("projects", "queue", "sys", "scratch"):
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {USER}")
            connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {USER}")


@pytest.fixture(scope="session")
def ours() -> Iterator[Side]:
    simulator = Simulator(limits=False)
    users = Users({USER: User(USER, Verifier.of(PASSWORD), frozenset((WRITE,)))})
    with serving(simulator.handle, simulator.tenants[0][0], users=users) as server:
        yield Side(server.port, ours=True)


@pytest.fixture(scope="session")
def pair(real: Side, ours: Side) -> Pair:
    return Pair(real, ours)
