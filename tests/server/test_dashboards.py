"""Many clients at once within one organisation's limits: each has its answers, and Xero is asked what the notices say.

`benchmarks/dashboards.py` does it at length, with Xero's minute, and measures. Nothing here depends on time.
"""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from tests.aio.conftest import PATIENCE
from tests.server.conftest import Door
from tests.server.raw import SYNC, RawClient, query
from tests.server.test_cancelling import HOURS, cancelled, free, working
from tests.server.test_running import connected, eventually
from xerosql.server import Server

CLIENTS, ROUNDS = 15, 2
AT_ONCE = 5
#: What stands on a dashboard, with the answer for the demo's organisation.
TILES = {
    "SELECT Status, count(*) FROM Projects GROUP BY 1 ORDER BY 1": [("CLOSED", 15), ("INPROGRESS", 33)],
    "SELECT count(*) FROM Users": [(12,)],
    "SELECT count(*) FROM pg_class WHERE relname = 'Tasks'": [(1,)],
}


class Dashboard:
    """One client's connection, which adds up the calls that it is told of."""

    def __init__(self, server: Server, opened: ExitStack) -> None:
        self.connection = opened.enter_context(connected(server, user="reader"))
        self.calls = 0
        self.connection.add_notice_handler(self.told)

    def told(self, notice: psycopg.errors.Diagnostic) -> None:
        if found := re.match(r"(\d+) calls? to Xero", notice.message_primary or ""):
            self.calls += int(found[1])

    def show(self, number: int) -> None:
        """Every tile, each client in another order, with a parameter of its own."""
        tiles = list(TILES.items())
        for place in range(len(tiles)):
            sql, rows = tiles[(place + number) % len(tiles)]
            assert self.connection.execute(sql).fetchall() == rows
        assert self.connection.execute("SELECT %s::int, count(*) FROM Tenants", [number]).fetchone() == (number, 3)


def shown(dashboards: list[Dashboard]) -> None:
    """All of them at once, a few times over."""
    start = threading.Barrier(len(dashboards), timeout=PATIENCE)

    def client(number: int) -> None:
        start.wait()
        for _ in range(ROUNDS):
            dashboards[number].show(number)

    with ThreadPoolExecutor(len(dashboards)) as pool:
        list(pool.map(client, range(len(dashboards))))


def test_every_client_has_its_answers_within_the_limits() -> None:
    """Never more than five calls at once, and Xero has counted what the notices say; also while one client's statement
    waits for an answer that does not come, another computes for hours, and both are cancelled."""
    door = Door(latency=0.002)
    door.hold(part="/Tasks", times=1)
    with door.serving() as server, ExitStack() as opened:
        *dashboards, stuck, busy = all_of_them = [Dashboard(server, opened) for _ in range(CLIENTS + 2)]
        with (
            cancelled(stuck.connection, "SELECT count(*) FROM Tasks", lambda: door.arrived.acquire(timeout=9), "user"),
            cancelled(busy.connection, HOURS, working(server), "user"),
        ):
            shown(dashboards)
            assert not door.opened.is_set()
            stuck.connection.cancel_safe()
            busy.connection.cancel_safe()
        eventually(lambda: free(server))
        assert door.most_inside <= AT_ONCE
        told = sum(each.calls for each in all_of_them)
        identity = sum("connections" in each.path for each in door.requests)
        assert told == door.calls + identity
        assert not [each for each in door.requests if each.status == 429]
        opened.close()
        eventually(lambda: not server.clients and not server.threads)


def test_clients_that_vanish_among_others_leave_their_places_to_them(door: Door) -> None:
    """All five places are taken by statements that wait; their clients go, and the next one is served."""
    door.hold(part="Users", times=AT_ONCE)
    with door.serving() as server, connected(server) as other:
        stuck = [RawClient(server.port) for _ in range(AT_ONCE)]
        for client in stuck:
            client.sign_in("reader", "correct horse")
            client.send(query("SELECT count(*) FROM Users"), SYNC)
            assert door.arrived.acquire(timeout=PATIENCE)
        assert [each.in_flight for each in server.connection.session.client.limits()] == [AT_ONCE]
        for client in stuck:
            client.close()
        assert other.execute("SELECT count(*) FROM Users").fetchone() == (12,)
        assert not door.opened.is_set()
        eventually(lambda: len(server.clients) == 1)


@pytest.mark.parametrize("cancel", [True, False], ids=["cancelled", "answered"])
def test_who_waits_for_a_place_is_served_when_one_is_free(door: Door, cancel: bool) -> None:
    """Whether the one before was answered or cancelled."""
    door.hold(part="Users", times=1)
    with (
        door.serving({"max_in_flight": 1}) as server,
        connected(server) as one,
        connected(server) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(one.execute, "SELECT count(*) FROM Users")
        assert door.arrived.acquire(timeout=PATIENCE)
        second = pool.submit(other.execute, "SELECT count(*) FROM Projects")
        one.cancel_safe() if cancel else door.opened.set()
        assert second.result(PATIENCE).fetchone() == (48,)
        assert isinstance(first.exception(PATIENCE), psycopg.errors.QueryCanceled) == cancel
