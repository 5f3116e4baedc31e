"""A PostgreSQL 15 that holds the same tables as a server of ours, and connections to both."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.clients.twin import ddl, full
from tests.introspection.answer import Asked
from tests.queue.postgres import Postgres, UnavailableError, running
from tests.server.conftest import USERS, serving, url_of
from xerosql.catalog import load
from xerosql.server import Server
from xerosql.server.pg_catalog.tables import tables_of
from xerosql.simulator import Simulator

VERSION = 15  # what `xerosql serve` says it is
OWNER = "xero"  # what it calls the owner of everything
WRITER, READER = "writer", "reader"
SCRATCH = 'CREATE TABLE scratch.notes ("Id" INTEGER, "Amount" NUMERIC(10,2), "Said" TEXT, "On" DATE, "At" TIMESTAMP)'


@pytest.fixture(scope="session")
def real() -> Iterator[Postgres]:
    try:
        with running(VERSION, OWNER) as postgres:
            fill(postgres)
            yield postgres
    except UnavailableError as error:
        pytest.skip(str(error))


def fill(postgres: Postgres) -> None:
    """The twin's tables, and the users with their rights."""
    postgres.run("CREATE DATABASE xero")
    for user in (WRITER, READER):
        postgres.run(f"CREATE ROLE {user} LOGIN")
        postgres.run(f"ALTER ROLE {user} SET search_path = projects, queue")
        postgres.run(f"ALTER ROLE {user} SET timezone = 'UTC'")
    with psycopg.connect(postgres.url("xero"), autocommit=True) as connection:
        for statement in (*ddl(), "DROP SCHEMA public", SCRATCH):
            connection.execute(statement.encode())
        for schema in ("projects", "queue", "sys", "scratch"):
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC".encode())
            connection.execute(f"GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA {schema} TO PUBLIC".encode())
        for statement in rights():
            connection.execute(statement.encode())


def rights() -> Iterator[str]:
    """What a writer may do: change what can be changed at Xero, and everything with scratch."""
    words = {"a": "INSERT", "w": "UPDATE", "d": "DELETE"}
    for table in tables_of(load(), {}):
        if table.rights:
            granted = ", ".join(words[each] for each in table.rights)
            yield f"GRANT {granted} ON {full(table)} TO {WRITER}"
    yield f"GRANT INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON ALL TABLES IN SCHEMA scratch TO {WRITER}"
    yield f"GRANT CREATE ON SCHEMA scratch TO {WRITER}"


@pytest.fixture(scope="session")
def ours() -> Iterator[Server]:
    simulator = Simulator(limits=False)
    with serving(simulator.handle, simulator.tenants[0][0], users=USERS) as server:
        with psycopg.connect(url_of(server, WRITER), autocommit=True) as client:
            client.execute(SCRATCH.encode())
        psycopg.connect(url_of(server, READER)).close()  # a role from then on
        yield server


Connected = Callable[[str], Asked]


@pytest.fixture
def at_ours(ours: Server) -> Iterator[Connected]:
    yield from connected(lambda user: url_of(ours, user))


@pytest.fixture
def at_real(real: Postgres) -> Iterator[Connected]:
    yield from connected(lambda user: real.url("xero", user))


def connected(url: Callable[[str], str]) -> Iterator[Connected]:
    made: dict[str, Asked] = {}

    def asked(user: str) -> Asked:
        if user not in made:
            made[user] = Asked(psycopg.connect(url(user), autocommit=True))
        return made[user]

    yield asked
    for each in made.values():
        each.connection.close()
