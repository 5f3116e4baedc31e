"""Cancelled statements: their clients are told at once, and what they took is free at once, though Xero still thinks.

Xero is on the network here, since a function that stands in for it cannot be broken off.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

import xerosql
from tests.aio.conftest import PATIENCE
from tests.server.conftest import PASSWORD, Door, url_of
from tests.server.raw import SYNC, RawClient, bind, describe, execute, parse, query
from tests.server.test_running import connected, eventually
from xerosql import aio
from xerosql.connection import UNLIMITED
from xerosql.server import Server

ONE_CALL, MANY_CALLS = "SELECT count(*) FROM Users", "SELECT count(*) FROM Tasks"
#: Works for hours, and asks Xero for nothing.
HOURS = (
    "SELECT count(*) AS n FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(j) WHERE i * j % 7 = 3"
)
#: The same about the catalog.
CATALOG = "SELECT count(*) FROM pg_proc a, pg_proc b, pg_proc c WHERE length(a.proname || b.proname || c.proname) = 7"
NARROW = {"max_in_flight": 1}  # so that one call that is not let go of keeps out all others


def free(server: Server) -> bool:
    """Whether nobody has a place at Xero or a thread that asks it."""
    taken = [each.in_flight for each in server.connection.session.client.limits()]
    return not any(taken) and not [each for each in threading.enumerate() if each.name == "xerosql-fetch"]


@contextmanager
def cancelled(connection: psycopg.Connection, sql: str, begun: Callable[[], object], why: str) -> Iterator[None]:
    """The statement ends with 57014 within the block."""
    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(connection.execute, sql)
        begun()
        try:
            yield
        except BaseException:
            connection.cancel_safe()  # else nobody would, and the pool would wait for it
            raise
        with pytest.raises(psycopg.errors.QueryCanceled, match=why):
            failing.result(PATIENCE)


def working(server: Server) -> Callable[[], None]:
    """Waits until some client's statement is running."""
    return lambda: eventually(
        lambda: any(each.backend is not None and each.backend.running for each in list(server.clients.values()))
    )


@pytest.mark.parametrize("sql", [ONE_CALL, MANY_CALLS], ids=["one call", "many calls"])
def test_a_cancelled_statement_frees_its_place_while_xero_thinks(door: Door, sql: str) -> None:
    """The only place for calls is free for the next statement of the same client, and of another."""
    part = "Tasks" if sql is MANY_CALLS else "Users"
    door.hold(part=part, times=1)
    with door.serving(NARROW) as server, connected(server) as one, connected(server) as other:
        with cancelled(one, sql, lambda: door.arrived.acquire(timeout=PATIENCE), "user request"):
            one.cancel_safe()
        eventually(lambda: free(server))
        assert not door.opened.is_set()
        assert one.execute(ONE_CALL).fetchone() == other.execute(ONE_CALL).fetchone()


def test_the_notice_counts_the_call_that_was_broken_off(door: Door) -> None:
    """Xero has counted it."""
    door.hold(part="Users", times=1)
    with door.serving(NARROW) as server, connected(server) as connection:
        notices: list[str | None] = []
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        with cancelled(connection, ONE_CALL, lambda: door.arrived.acquire(timeout=PATIENCE), "user request"):
            connection.cancel_safe()
        assert notices == ["1 call to Xero"]
        assert door.calls == 1


def test_a_time_out_frees_its_place_while_xero_thinks(door: Door) -> None:
    """As a cancel request does."""
    door.hold(part="Users", times=1)
    with door.serving(NARROW, statement_timeout=0.3) as server, connected(server) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            connection.execute(ONE_CALL)
        assert free(server)
        connection.execute("SET statement_timeout = 0")
        assert connection.execute(ONE_CALL).fetchone()
        assert not door.opened.is_set()


def test_a_client_that_vanishes_frees_its_place_while_xero_thinks(door: Door) -> None:
    """And its thread, and its connection's place."""
    door.hold(part="Users", times=1)
    with door.serving(NARROW) as server, connected(server) as other:
        with RawClient(server.port) as client:
            client.sign_in("reader", PASSWORD)
            client.send(query(ONE_CALL))
            assert door.arrived.acquire(timeout=PATIENCE)
        eventually(lambda: len(server.clients) == 1)
        assert free(server)
        assert other.execute(ONE_CALL).fetchone()
        assert not door.opened.is_set()


def test_stopping_the_server_waits_for_no_answer(door: Door) -> None:
    """To a read."""
    door.hold(part="Users", times=1)
    with door.serving(NARROW) as server, RawClient(server.port) as client:
        client.sign_in("reader", PASSWORD)
        client.send(query(ONE_CALL))
        assert door.arrived.acquire(timeout=PATIENCE)
        server.stop()
        assert not server.threads
        assert not door.opened.is_set()


def late_task(connection: psycopg.Connection) -> str:
    """The INSERT of a task into one of the projects that takes some."""
    row = connection.execute("SELECT ProjectId, CurrencyCode FROM Projects WHERE Status = 'INPROGRESS'").fetchone()
    assert row is not None
    return (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) "
        f"VALUES ('{row[0]}', 'Late', 1, '{row[1]}', 'TIME')"
    )


def test_a_write_that_is_on_its_way_is_waited_for(door: Door) -> None:
    """Its verdict is told, though somebody has cancelled."""
    with door.serving(NARROW) as server, connected(server) as connection:
        insert = late_task(connection)
        door.hold("POST")
        with ThreadPoolExecutor(1) as pool:
            going = pool.submit(connection.execute, insert)
            assert door.arrived.acquire(timeout=PATIENCE)
            connection.cancel_safe()
            with pytest.raises(TimeoutError):
                going.result(0.3)
            door.opened.set()
            assert going.result(PATIENCE).statusmessage == "INSERT 0 1"
        assert [each.method for each in door.requests if each.method != "GET"] == ["POST"]


# -- The engine --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql", [HOURS, CATALOG, f"CREATE TABLE scratch.hours AS {HOURS}"], ids=["a query", "the catalog", "scratch"]
)
def test_a_long_computation_is_cancelled(server: Server, sql: str) -> None:
    """Whichever engine is at it; the connection goes on."""
    with connected(server) as connection:
        with cancelled(connection, sql, working(server), "user request"):
            connection.cancel_safe()
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.execute("SET statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            connection.execute(sql)
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("sql", [HOURS, CATALOG], ids=["a query", "the catalog"])
def test_a_long_computation_ends_with_its_client(server: Server, sql: str) -> None:
    """Nobody is there to take the result."""
    before = len(server.clients)
    with RawClient(server.port) as client:
        client.sign_in("reader", PASSWORD)
        client.send(query(sql))
        working(server)()
    eventually(lambda: len(server.clients) <= before)


def test_within_a_transaction_a_long_computation_is_cancelled_too(server: Server) -> None:
    """It works on the connection that carries the transaction, which can only be rolled back then."""
    with psycopg.connect(url_of(server)) as connection:
        connection.execute("CREATE TABLE scratch.uncommitted (i INTEGER)")
        with cancelled(
            connection, f"{HOURS} AND i NOT IN (SELECT i FROM scratch.uncommitted)", working(server), "user"
        ):
            connection.cancel_safe()
        connection.rollback()
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("sql", [HOURS, CATALOG], ids=["a query", "the catalog"])
def test_describing_a_long_computation_does_not_begin_with_it(server: Server, sql: str) -> None:
    """Its columns are known at once."""
    with RawClient(server.port) as client:
        client.sign_in("reader", PASSWORD)
        client.send(parse(sql), describe("S"), SYNC)
        assert client.kinds_until_ready() == "1tTZ I"
        client.send(parse("SELECT 1"), bind(), execute(), SYNC)
        assert client.kinds_until_ready() == "12DCZ I"


# -- The driver --------------------------------------------------------------------------------------------------------


def test_a_cursor_is_cancelled_while_xero_thinks(door: Door) -> None:
    """From another thread; the connection's only place for calls is free."""
    door.hold(part="Users", times=1)
    with door.serving(NARROW) as server, ThreadPoolExecutor(1) as pool, server.connection.sibling() as connection:
        cursor = connection.cursor()
        failing = pool.submit(cursor.execute, ONE_CALL)
        assert door.arrived.acquire(timeout=PATIENCE)
        cursor.cancel()
        with pytest.raises(xerosql.OperationalError, match="cancelled"):
            failing.result(PATIENCE)
        assert free(server)
        assert connection.execute(ONE_CALL).fetchone()


def test_a_cancelled_task_ends_its_call_while_xero_thinks(door: Door) -> None:
    """With its thread, and the place is free for the next task."""

    async def main(url: str) -> None:
        given = {"access_token": "x", "tenant": door.tenants[0][0], "share_limits": False}
        async with aio.connect(base_url=url, max_in_flight=1, calls_per_minute=UNLIMITED, **given) as connection:
            task = asyncio.create_task(connection.execute(ONE_CALL))
            assert await asyncio.to_thread(door.arrived.acquire, timeout=PATIENCE)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            cursor = await asyncio.wait_for(connection.execute(ONE_CALL), PATIENCE)
            assert await cursor.fetchone()

    door.hold(part="Users", times=1)
    with door.serve() as xero:
        asyncio.run(main(xero.url))
        assert not door.opened.is_set()
        door.opened.set()
