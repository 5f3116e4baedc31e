"""A server over a simulated Xero, and clients of it."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Lock, Semaphore
from typing import Any

import psycopg
import pytest

import xerosql
from tests.aio.conftest import PATIENCE, Desk
from tests.server.certificates import certificate
from tests.server.raw import RawClient
from xerosql.connection import UNLIMITED
from xerosql.server import WRITE, Options, Server, User, Users, Verifier
from xerosql.simulator import Simulator
from xerosql.simulator.exchange import Answer, Request

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


class Door(Simulator):
    """A Xero on the network whose answers can be held back, each by its own door; it keeps state all the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(limits=False, **options)
        self.arrived = Semaphore(0)
        self.opened = Event()
        self.holds: Callable[[Request], bool] = lambda request: False
        self.lock = Lock()
        self.inside: Counter[str] = Counter()  # by organisation
        self.most_inside = 0

    def hold(self, method: str = "GET", part: str = "", *, times: int = 1_000_000) -> None:
        """Keep back so many of the answers to these requests, from now on until `opened` is set."""
        left = count(times, -1)
        self.opened.clear()
        self.holds = lambda request: request.method == method and part in request.path and next(left) > 0

    def respond(self, request: Request) -> Answer:
        tenant = request.headers.get("xero-tenant-id", "")
        with self.lock:
            self.inside[tenant] += 1
            self.most_inside = max(self.most_inside, self.inside[tenant])
        try:
            answer = super().respond(request)
            if self.holds(request):
                self.arrived.release()
                assert self.opened.wait(PATIENCE), "nobody opened the door"
            return answer
        finally:
            with self.lock:
                self.inside[tenant] -= 1

    @contextmanager
    def serving(self, settings: Mapping[str, object] | None = None, **options: Any) -> Iterator[Server]:
        """A server in front of this Xero, which it reaches by the network."""
        given = {"access_token": "x", "tenant": self.tenants[0][0], "calls_per_minute": UNLIMITED}
        with (
            self.serve() as xero,
            xerosql.connect(base_url=xero.url, share_limits=False, **(given | dict(settings or {}))) as connection,
            Server(connection, Options(port=0, **{"users": USERS, **options})) as server,
        ):
            try:
                yield server
            finally:
                self.opened.set()


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """For a server called localhost, with its certificate in cert.pem."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate(tmp_path))
    return context


@pytest.fixture
def door() -> Door:
    return Door()


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
