"""Statements on their way: cancelled, timed out, abandoned, slow, and what others notice of them."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import psycopg
import pytest

from tests.aio.conftest import PATIENCE, Desk
from tests.server.conftest import PASSWORD, serving, url_of
from tests.server.raw import SYNC, RawClient, bind, execute, parse, query
from xerosql.server import Server
from xerosql.simulator import Simulator

Serve = Callable[..., AbstractContextManager[Server]]
EVERYTHING = "SELECT count(*) FROM Tasks"


def connected(server: Server, **more: object) -> psycopg.Connection:
    return psycopg.connect(url_of(server, **more), autocommit=True)


def eventually(happened: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.01)


def begun(client: RawClient, desk: Desk, sql: str) -> None:
    """A statement whose first request is at Xero."""
    client.send(query(sql))
    assert desk.arrived.acquire(timeout=PATIENCE)


def test_cancelling_stops_the_fetching(desk: Desk, serve_desk: Serve) -> None:
    """The client is told at once, no further call is made, and the connection goes on."""
    desk.hold(part="/Tasks")
    with serve_desk() as server, connected(server) as connection, ThreadPoolExecutor() as pool:
        failing = pool.submit(connection.execute, EVERYTHING)
        assert desk.arrived.acquire(timeout=PATIENCE)
        connection.cancel_safe()
        with pytest.raises(psycopg.errors.QueryCanceled, match="canceling statement due to user request"):
            failing.result(PATIENCE)
        calls = desk.sim.calls
        desk.open()
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert desk.sim.calls <= calls + 5  # those that were under way


def test_a_stranger_cannot_cancel(desk: Desk, serve_desk: Serve) -> None:
    """A request with another key does nothing."""
    desk.hold(part="Users")
    with serve_desk() as server, RawClient(server.port) as client, RawClient(server.port) as stranger:
        client.sign_in("reader", PASSWORD)
        begun(client, desk, "SELECT count(*) FROM Users")
        stranger.send(struct.pack("!iiII", 16, 80877102, client.key[0], client.key[1] ^ 1))
        with pytest.raises(EOFError):
            stranger.receive()
        desk.open()
        assert client.kinds_until_ready() == "TDNCZ I"


def test_a_statement_that_takes_too_long_is_stopped(desk: Desk, serve_desk: Serve) -> None:
    """By the time-out of the client, or of the server if the client has none."""
    desk.hold(part="/Tasks")
    with serve_desk(statement_timeout=0.2) as server, connected(server) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            connection.execute(EVERYTHING)
        connection.execute("SET statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            connection.execute(EVERYTHING)
        desk.open()
        assert connection.execute("SHOW statement_timeout").fetchone() == ("100",)


def test_a_client_that_vanishes_stops_its_statement(desk: Desk, serve_desk: Serve) -> None:
    """No further call is made for somebody who is not there, and its place is free again."""
    desk.hold(part="/Tasks")
    with serve_desk() as server:
        client = RawClient(server.port)
        client.sign_in("reader", PASSWORD)
        begun(client, desk, EVERYTHING)
        client.close()
        eventually(lambda: not server.clients)
        calls = desk.sim.calls
        desk.open()
        with connected(server) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert desk.sim.calls <= calls + 5  # those that were under way


def test_a_client_that_stops_reading_is_left_alone_until_it_vanishes(server: Server) -> None:
    """Its rows wait unread, in bounded memory; then its thread ends."""
    client = RawClient(server.port)
    client.sign_in("reader", PASSWORD)
    client.send(query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)"))
    client.receive()
    before = len(server.clients)
    client.close()
    eventually(lambda: len(server.clients) < before)


def test_a_slow_query_delays_nobody(desk: Desk, serve_desk: Serve) -> None:
    """While one waits for Xero, others ask and get their answers."""
    desk.hold(part="Users")
    with serve_desk() as server, RawClient(server.port) as slow, connected(server, user="reader") as other:
        slow.sign_in("reader", PASSWORD)
        begun(slow, desk, "SELECT count(*) FROM Users")
        assert other.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
        assert other.execute("SELECT count(*) FROM pg_class WHERE relkind = 'v' AND relname = 'limits'").fetchone() == (
            1,
        )
        desk.open()
        assert "D" in slow.kinds_until_ready()


def test_the_first_row_comes_before_the_last_page_is_asked_for() -> None:
    """Rows leave as they come."""
    desk = Desk(Simulator(projects=6000, limits=False))
    desk.hold(part="page=12")  # the engine takes a few pages before it hands out rows, but not so many
    with serving(desk.handle, desk.sim.tenants[0][0]) as server, RawClient(server.port) as client:
        client.sign_in("reader", PASSWORD)
        client.send(query("SELECT Name FROM Projects"))
        assert [client.receive()[0] for _ in range(3)] == [b"T", b"D", b"D"]
        desk.open()
        assert client.kinds_until_ready().replace("N", "") == "D" * 5998 + "CZ I"


def test_a_portal_asks_xero_for_no_more_than_is_fetched(simulator: Simulator) -> None:
    """Ten rows of a portal are one page, and closing it asks for nothing more."""
    desk = Desk(Simulator(projects=1200, limits=False))
    with serving(desk.handle, desk.sim.tenants[0][0]) as server, RawClient(server.port) as client:
        client.sign_in("reader", PASSWORD)
        client.send(query("BEGIN"))
        client.until(b"Z")
        client.send(parse("SELECT * FROM Projects"), bind(), execute(rows=10), SYNC)
        assert client.kinds_until_ready() == "12" + "D" * 10 + "sZ T"
        client.send(query("ROLLBACK"))
        client.until(b"Z")
        assert desk.sim.calls <= 3


def test_many_clients_ask_at_the_same_time(server: Server) -> None:
    """Fifty connections, each with its own answers, over one planner and one limiter."""
    start = threading.Barrier(50, timeout=PATIENCE)

    def dashboard(number: int) -> list[tuple[object, ...]]:
        with connected(server, user="reader") as connection:
            start.wait()
            return [
                connection.execute(
                    "SELECT %s::int, count(*) FROM Projects WHERE Status = %s", [number, status]
                ).fetchone()
                or ()
                for status in ("CLOSED", "INPROGRESS")
            ]

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(dashboard, range(50))) == [[(number, 15), (number, 33)] for number in range(50)]


def test_too_many_clients_are_told_so(simulator: Simulator) -> None:
    """53300, and the others go on; when one leaves there is room."""
    with serving(simulator.handle, simulator.tenants[0][0], max_connections=2) as server:
        with connected(server) as one, connected(server) as two:
            with RawClient(server.port) as third, pytest.raises(AssertionError, match="53300"):
                third.sign_in("reader", PASSWORD)
            assert one.execute("SELECT 1").fetchone() == two.execute("SELECT 1").fetchone() == (1,)
        eventually(lambda: not server.clients)
        with connected(server) as again:
            assert again.execute("SELECT 1").fetchone() == (1,)


def test_stopping_the_server_ends_what_runs(desk: Desk, serve_desk: Serve) -> None:
    """Within moments, although Xero does not answer."""
    desk.hold(part="/Tasks")
    with serve_desk() as server:
        client = RawClient(server.port)
        client.sign_in("reader", PASSWORD)
        begun(client, desk, EVERYTHING)
        server.stop()
        assert not server.clients
    client.close()
