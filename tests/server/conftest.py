"""A server over a simulated Xero, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest

import xerosql
from tests.aio.conftest import Desk
from tests.server.raw import RawClient
from xerosql.connection import UNLIMITED
from xerosql.server import WRITE, Options, Server, User, Users, Verifier
from xerosql.simulator import Simulator

PASSWORD = "correct horse"
USERS = Users(
    {
        "writer": User("writer", Verifier.of(PASSWORD), frozenset((WRITE,))),
        "reader": User("reader", Verifier.of(PASSWORD)),
    }
)


@contextmanager
def serving(handler: Callable[..., Any], tenant: str, **options: Any) -> Iterator[Server]:
    """A server in front of a Xero, on a free port."""
    connection = xerosql.connect(
        handler=handler, access_token="x", tenant=tenant, calls_per_minute=UNLIMITED, share_limits=False
    )
    with connection, Server(connection, Options(port=0, **{"users": USERS, **options})) as server:
        yield server


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture(scope="module")
def server(simulator: Simulator) -> Iterator[Server]:
    """One for the tests of a module."""
    with serving(simulator.handle, simulator.tenants[0][0]) as started:
        yield started


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A Xero whose answers can be held back."""
    desk = Desk(Simulator(limits=False))
    yield desk
    desk.open()


@pytest.fixture
def serve_desk(desk: Desk) -> Callable[..., AbstractContextManager[Server]]:
    return lambda **options: serving(desk.handle, desk.sim.tenants[0][0], **options)


def url_of(server: Server, user: str = "writer", **more: object) -> str:
    """What libpq connects with."""
    parts = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": user,
        "password": f"'{PASSWORD}'",
        "dbname": "xero",
    } | more
    return " ".join(f"{name}={value}" for name, value in parts.items())


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., psycopg.Connection]]:
    """Connections of psycopg, closed at the end."""
    made: list[psycopg.Connection] = []

    def connected(user: str = "writer", **more: Any) -> psycopg.Connection:
        made.append(psycopg.connect(url_of(server, user), **{"autocommit": True, **more}))
        return made[-1]

    yield connected
    for each in made:
        each.close()


@pytest.fixture
def raw(server: Server) -> Iterator[Callable[[], RawClient]]:
    """Clients that send whatever a test wants, signed in."""
    made: list[RawClient] = []

    def signed_in() -> RawClient:
        made.append(RawClient(server.port))
        made[-1].sign_in("writer", PASSWORD)
        return made[-1]

    yield signed_in
    for each in made:
        each.close()
