"""Flight's statements on their way: cancelled, timed out, abandoned, slow, and a server that stops meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pyarrow
import pytest
from pyarrow import flight

from tests.aio.conftest import PATIENCE, Desk
from tests.server.flight.conftest import Client, described
from tests.server.test_running import eventually
from xerosql.server.flight import FlightServer, listener, messages
from xerosql.server.flight.messages import CommandStatementQuery
from xerosql.server.flight.protobuf import write

Serve = Callable[..., AbstractContextManager[FlightServer]]
EVERYTHING = CommandStatementQuery("SELECT count(*) FROM Tasks")
ENDLESS = CommandStatementQuery("SELECT repeat('x', 1000) AS x FROM generate_series(1, 10000000)")


def idle(server: FlightServer) -> bool:
    return not any(each.working for each in server.sessions)


@pytest.mark.parametrize("old", [False, True])
def test_cancelling_stops_the_fetching(desk: Desk, serve_desk: Serve, old: bool) -> None:
    """By the flight's own ticket, in the words of today and of older clients; no further call is made."""
    desk.hold(part="/Tasks")
    with serve_desk() as server, Client(server) as client, ThreadPoolExecutor() as pool:
        info = client.info(EVERYTHING)
        failing = pool.submit(lambda: client.redeem(info).read_all())
        assert desk.arrived.acquire(timeout=PATIENCE)
        if old:
            tickets = tuple(messages.Endpoint(messages.Ticket(each.ticket.ticket)) for each in info.endpoints)
            asked = messages.ActionCancelQueryRequest(write(messages.FlightInfo(tickets)))
            (answer,) = client.act("CancelQuery", messages.wrapped(asked))
            assert messages.unwrapped(messages.ActionCancelQueryResult, answer).result == messages.DONE
        else:
            assert client.cancel(info) == messages.DONE
        with pytest.raises((flight.FlightCancelledError, pyarrow.ArrowException), match="user request"):
            failing.result(PATIENCE)
        calls = desk.sim.calls
        desk.open()
        assert client.cancel(info) == messages.NOT_THERE
        assert client.query("SELECT 1") == [(1,)]
        assert desk.sim.calls <= calls + 5  # those that were under way


def test_a_flight_that_has_not_begun_can_be_cancelled(desk: Desk, serve_desk: Serve) -> None:
    """Its ticket is good for nothing then, and no call was made."""
    with serve_desk() as server, Client(server) as client:
        info = client.info(EVERYTHING)
        assert client.cancel(info) == messages.DONE
        with pytest.raises(KeyError, match="no longer"):
            client.redeem(info)
        assert desk.sim.calls == 0


def test_a_statement_that_takes_too_long_is_stopped(desk: Desk, serve_desk: Serve) -> None:
    """A query and a change alike."""
    desk.hold(part="/Tasks")
    with serve_desk(statement_timeout=0.3) as server, Client(server) as client:
        with pytest.raises((flight.FlightTimedOutError, pyarrow.ArrowException, OSError), match="statement timeout"):
            client.table(EVERYTHING)
        with pytest.raises((flight.FlightTimedOutError, pyarrow.ArrowException, OSError), match="statement timeout"):
            client.update("CREATE TABLE scratch.all_of_them AS SELECT * FROM Tasks")
        desk.open()
        assert client.query("SELECT 1") == [(1,)]
        assert idle(server)


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_a_client_that_vanishes_stops_its_statement(desk: Desk, serve_desk: Serve, way: str) -> None:
    """While Xero is waited for: no further call is made for somebody who is not there."""
    desk.hold(part="/Tasks")
    with serve_desk() as server, ThreadPoolExecutor() as pool:
        client = Client(server)
        info = client.info(EVERYTHING)
        options = flight.FlightCallOptions(timeout=0.5, headers=client.options_headers)
        failing = pool.submit(lambda: client.flight.do_get(info.endpoints[0].ticket, options).read_all())
        assert desk.arrived.acquire(timeout=PATIENCE)
        if way == "close":
            client.flight.close()
        with pytest.raises((flight.FlightError, pyarrow.ArrowException, OSError)):
            failing.result(PATIENCE)
        eventually(lambda: idle(server))
        calls = desk.sim.calls
        desk.open()
        time.sleep(0.1)
        assert desk.sim.calls <= calls + 5  # those that were under way
        client.flight.close()


def test_a_client_that_leaves_in_the_middle_stops_the_rows(server: FlightServer) -> None:
    """The engine goes no further than what the wire holds."""
    with Client(server, "reader") as client:
        stream = client.stream(ENDLESS)
        assert stream.read_chunk().data.num_rows > 0
        assert not idle(server)
        stream.cancel()
        eventually(lambda: idle(server))
        assert client.query("SELECT 1") == [(1,)]


def test_a_slow_query_delays_nobody(desk: Desk, serve_desk: Serve) -> None:
    """While one waits for Xero, others of the same and of another client get their answers."""
    desk.hold(part="Users")
    with (
        serve_desk() as server,
        Client(server) as slow,
        Client(server, "reader") as other,
        ThreadPoolExecutor() as pool,
    ):
        waiting = pool.submit(slow.query, "SELECT count(*) FROM Users")
        assert desk.arrived.acquire(timeout=PATIENCE)
        assert other.query("SELECT count(*) FROM Projects") == [(48,)]
        assert slow.query("SELECT count(*) FROM Projects") == [(48,)]
        assert slow.table(messages.CommandGetDbSchemas()).num_rows > 0
        desk.open()
        assert len(waiting.result(PATIENCE)) == 1


def test_many_clients_at_once_get_their_own_answers(server: FlightServer) -> None:
    """Each on threads of gRPC's, over one connection to Xero."""

    def ask(number: int) -> list[int]:
        with Client(server, "reader") as client:
            return [client.query(f"SELECT {number} + count(*) FROM Projects")[0][0] for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(16))) == [[number + 48] * 5 for number in range(16)]


def test_stopping_ends_what_runs(desk: Desk, serve_desk: Serve) -> None:
    """Also a statement that waits for Xero; afterwards there is no thread of the server's."""
    desk.hold(part="/Tasks")
    with serve_desk() as server, ThreadPoolExecutor() as pool:
        with Client(server) as client:
            failing = pool.submit(client.table, EVERYTHING)
            assert desk.arrived.acquire(timeout=PATIENCE)
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            with pytest.raises((flight.FlightError, pyarrow.ArrowException, OSError)):
                failing.result(PATIENCE)
            desk.open()
            stopping.join(PATIENCE)
            assert not stopping.is_alive()
        server.stop = lambda: None  # type: ignore[method-assign]  # the fixture's end would be a second one
    assert not [each for each in threading.enumerate() if each.name.startswith("xerosql-flight")]


def test_a_client_that_reads_nothing_does_not_hold_up_the_end(
    serve_desk: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows wait unread; the server waits for it for so long and no longer."""
    monkeypatch.setattr(listener, "PATIENCE", 0.5)
    with serve_desk() as server:
        client = Client(server, "reader")
        stream = client.stream(ENDLESS)
        stream.read_chunk()
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE / 2
    stream.cancel()
    client.flight.close()


def test_memory_does_not_grow_with_the_result(server: FlightServer) -> None:
    """Some hundred megabytes pass through; what pyarrow has allocated at the end is little more than before."""
    with Client(server, "reader") as client:
        command = CommandStatementQuery("SELECT repeat('x', 500) AS x FROM generate_series(1, 400000)")
        pool, most = pyarrow.default_memory_pool(), 0
        before = pool.bytes_allocated()
        for chunk in client.stream(command):
            most = max(most, pool.bytes_allocated() - before)
            del chunk
        assert most < 100 * 2**20


def test_a_long_answer_of_the_catalog_comes_whole(client: Client) -> None:
    """Schemas of all tables, in one flight that is described first."""
    info = client.flight.get_flight_info(described(messages.CommandGetTables(include_schema=True)), client.options)
    assert client.redeem(info).read_all().num_rows == info.total_records
