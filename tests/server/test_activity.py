"""pg_stat_activity, and the functions with which one client ends what another one does."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import psycopg
import psycopg2
import pytest

from tests.aio.conftest import PATIENCE
from tests.server.conftest import PASSWORD, Door, serving, url_of
from tests.server.raw import SYNC, RawClient, describe, parse, query
from tests.server.test_cancelling import HOURS, NARROW, ONE_CALL, cancelled, free, late_task, working
from tests.server.test_running import connected, eventually
from xerosql.server import Server, listener
from xerosql.server.activity import Activity
from xerosql.server.failures import ClientGone
from xerosql.server.wire import MOST, Wire
from xerosql.simulator import Simulator

#: What psycopg makes of 57P01; before 3.3 it takes any end of a connection for a broken one, with the sentence.
SHUT_DOWN = psycopg.errors.AdminShutdown if psycopg.__version__ >= "3.3" else psycopg.OperationalError
ENDED = "terminating connection due to administrator command"
Connect = Callable[..., psycopg.Connection]


@pytest.fixture
def server(simulator: Simulator) -> Iterator[Server]:
    """One whose sessions are those of one test."""
    with serving(simulator.handle, simulator.tenants[0][0]) as started:
        yield started


def ask(connection: psycopg.Connection, sql: str, *values: object) -> list[tuple[object, ...]]:
    return connection.execute(sql, values or None).fetchall()


# -- Who does what -----------------------------------------------------------------------------------------------------


def test_a_session_is_listed_with_what_it_does(server: Server, connect: Connect) -> None:
    """By the columns of PostgreSQL 15."""
    before = datetime.now(UTC)
    one, other = connect(), connect(application_name="reports")
    other.execute("SELECT 'its last statement'")
    told = "pid, usename, datname, application_name, client_addr, state, wait_event, query, backend_type"
    address = ip_address("127.0.0.1")
    asking = f"SELECT {told} FROM pg_stat_activity ORDER BY pid"
    assert ask(one, asking) == [
        (one.info.backend_pid, "writer", "xero", "", address, "active", None, asking, "client backend"),
        (
            *(other.info.backend_pid, "writer", "xero", "reports", address, "idle", "ClientRead"),
            *("SELECT 'its last statement'", "client backend"),
        ),
    ]
    [row] = ask(
        one,
        "SELECT backend_start, query_start, state_change, xact_start, client_port, usesysid = r.oid, datid = d.oid "
        "FROM pg_catalog.pg_stat_activity a JOIN pg_roles r ON r.rolname = usename JOIN pg_database d USING (datname) "
        "WHERE pid = %s",
        other.info.backend_pid,
    )
    started, asked, changed, transaction, port, *same = row
    assert before - timedelta(seconds=1) < started <= asked <= changed <= datetime.now(UTC)
    assert (transaction, same) == (None, [True, True])
    assert isinstance(port, int)
    assert port > 0


def test_a_transaction_shows_in_the_state(server: Server, connect: Connect) -> None:
    """Open, failed, and over."""
    one, other = connect(), connect()

    def state() -> tuple[object, ...]:
        return ask(
            one,
            "SELECT state, xact_start IS NOT NULL, xact_start <= query_start FROM pg_stat_activity WHERE pid = %s",
            other.info.backend_pid,
        )[0]

    assert state() == ("idle", False, None)
    other.execute("BEGIN")
    other.execute("SELECT 1")
    assert state() == ("idle in transaction", True, True)
    with pytest.raises(psycopg.errors.UndefinedColumn):
        other.execute("SELECT nothing FROM Users")
    assert state() == ("idle in transaction (aborted)", True, True)
    other.execute("ROLLBACK")
    assert state() == ("idle", False, None)


def test_a_session_that_has_left_is_not_listed(server: Server, connect: Connect) -> None:
    """Nor one that has yet to sign in."""
    one, other = connect(), connect()
    with RawClient(server.port):
        other.close()
        eventually(lambda: len(ask(one, "SELECT pid FROM pg_stat_activity")) == 1)


def test_what_others_do_is_not_told(server: Server, connect: Connect) -> None:
    """Who is there, and nothing else; whatever the settings say who asks."""
    one, other = connect("reader"), connect("writer", application_name="payroll")
    other.execute("SELECT 'secret'")
    one.execute("SET session_authorization = 'writer'")
    named = connect("reader", options="-c session_authorization=writer")
    for asking in (one, named):
        found = asking.execute("SELECT * FROM pg_stat_activity WHERE pid = %s", [other.info.backend_pid])
        [row] = [
            {column.name: value for column, value in zip(found.description or (), row, strict=True)}
            for row in found.fetchall()
        ]
        told = {name: row.pop(name) for name in ("datname", "pid", "usename", "application_name", "query")}
        assert told == {
            "datname": "xero",
            "pid": other.info.backend_pid,
            "usename": "writer",
            "application_name": "payroll",
            "query": "<insufficient privilege>",
        }
        assert {name for name, value in row.items() if value is not None} == {"datid", "usesysid"}
        assert ask(asking, "SELECT 1 FROM pg_stat_activity WHERE usename = 'writer' AND query LIKE '%secret%'") == []


def test_a_long_statement_is_shown_up_to_a_length(connect: Connect) -> None:
    """That of PostgreSQL, in whole characters."""
    one, other = connect(), connect()
    other.execute(f"SELECT '{'ü' * 1000}'")
    [(shown,)] = ask(one, "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert shown == f"SELECT '{'ü' * 507}"


# -- Ending it ---------------------------------------------------------------------------------------------------------


def test_superset_stops_a_query(door: Door) -> None:
    """Word for word what its engine spec for PostgreSQL says by psycopg2, on a connection of its own."""
    door.hold(part="Users", times=1)
    with door.serving(NARROW) as server, ThreadPoolExecutor(1) as pool:
        running, stopping = psycopg2.connect(url_of(server)), psycopg2.connect(url_of(server))
        with running.cursor() as cursor, stopping.cursor() as beside:
            cursor.execute("SELECT pg_backend_pid()")
            cancel_query_id = cursor.fetchone()[0]
            failing = pool.submit(cursor.execute, ONE_CALL)
            assert door.arrived.acquire(timeout=PATIENCE)
            beside.execute(
                f"SELECT pg_terminate_backend(pg_stat_activity.pid) FROM pg_stat_activity WHERE pid='{cancel_query_id}'"
            )
            assert beside.fetchall() == [(True,)]
            with pytest.raises(psycopg2.OperationalError):  # which of the two ends it sees first is libpq's choice
                failing.result(PATIENCE)
        eventually(lambda: len(server.clients) == 1)
        assert free(server)
        assert not door.opened.is_set()
        stopping.close()
        running.close()


@pytest.mark.parametrize("sql", ["SELECT pg_cancel_backend(%s)", "SELECT pg_catalog.pg_cancel_backend(%s) AS done"])
def test_a_statement_is_cancelled_by_the_number_of_its_session(server: Server, connect: Connect, sql: str) -> None:
    """And its connection goes on; a session that has nothing to do loses nothing."""
    one, other = connect(), connect()
    with cancelled(other, HOURS, working(server), "user request"):
        assert ask(one, sql, other.info.backend_pid) == [(True,)]
    assert ask(other, "SELECT 1") == [(1,)]
    assert ask(one, sql, other.info.backend_pid) == [(True,)]
    assert ask(other, "SELECT 1") == [(1,)]


def test_all_others_are_ended_with_one_question(server: Server, connect: Connect) -> None:
    """Their rows beside whether they were ended, idle ones too; each learns why at its next word."""
    one, *others = connect(), connect(), connect()
    sql = (
        "SELECT *, pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE pid <> pg_backend_pid() ORDER BY pid"
    )
    found = ask(one, sql)
    assert [(row[2], row[-1]) for row in found] == [(other.info.backend_pid, True) for other in others]
    for other in others:
        with pytest.raises(SHUT_DOWN, match=ENDED):
            other.execute("SELECT 1")
    eventually(lambda: len(server.clients) == 1)
    assert ask(one, "SELECT count(*) FROM pg_stat_activity") == [(1,)]


def test_a_word_that_comes_while_the_session_is_being_ended_is_not_carried_out() -> None:
    """Its thread wakes up late, and finds bytes where it was to find the end."""
    ours, theirs = socket.socketpair()

    class Late(socket.socket):
        def recv(self, size: int, flags: int = 0) -> bytes:
            theirs.sendall(query("SELECT 1"))
            data = super().recv(size, flags)
            wire.deafen()
            return data

    with ours, theirs, Late(fileno=ours.detach()) as late:
        wire = Wire(late)
        wire.most = MOST
        with pytest.raises(ClientGone):
            wire.message()


def test_a_statement_does_not_begin_in_a_session_that_has_been_ended(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended after its message was read, and before there was anything to cancel."""
    one, other = connect(), connect()
    real = Activity.begin

    def late(self: Activity, sql: str) -> None:
        if sql == HOURS:
            self.terminate()
        real(self, sql)

    monkeypatch.setattr(Activity, "begin", late)
    with pytest.raises(SHUT_DOWN, match=ENDED):
        other.execute(HOURS)
    eventually(lambda: len(ask(one, "SELECT pid FROM pg_stat_activity")) == 1)


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_another_users_session_is_left_alone(server: Server, connect: Connect, function: str) -> None:
    """42501, whoever asks says he is."""
    one, other = connect("reader"), connect("writer")
    one.execute("SET session_authorization = 'writer'")
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(other.execute, HOURS)
        working(server)()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be a member of the role"):
            ask(one, f"SELECT {function}(%s)", other.info.backend_pid)
        assert not going.done()
        other.cancel_safe()
        with pytest.raises(psycopg.errors.QueryCanceled):
            going.result(PATIENCE)
    assert ask(other, "SELECT 1") == [(1,)]


def test_a_session_ends_itself(connect: Connect) -> None:
    """Its statement, or all of it."""
    one = connect()
    with pytest.raises(psycopg.errors.QueryCanceled, match="user request"):
        one.execute("SELECT pg_cancel_backend(pg_backend_pid())")
    assert ask(one, "SELECT 1") == [(1,)]
    with pytest.raises(SHUT_DOWN, match=ENDED):
        one.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert one.closed


def test_a_session_that_is_not_there_is_a_warning(connect: Connect) -> None:
    """And FALSE, as at PostgreSQL; NULL is nobody's number."""
    one, told = connect(), []
    one.add_notice_handler(lambda notice: told.append((notice.severity, notice.message_primary)))
    assert ask(one, "SELECT pg_cancel_backend(999999), pg_terminate_backend(NULL)") == [(False, None)]
    assert told == [("WARNING", "PID 999999 is not a PostgreSQL server process")]


def test_nobody_is_ended_by_a_question_that_is_only_described(server: Server, connect: Connect) -> None:
    """Drivers ask for the columns first. The column is a boolean, in binary too."""
    one, other = connect(), connect()
    with RawClient(server.port) as client:
        client.sign_in("writer", PASSWORD)
        client.send(parse(f"SELECT pg_terminate_backend({other.info.backend_pid}) AS ended"), describe("S"), SYNC)
        assert client.kinds_until_ready() == "1tTZ I"
    assert ask(other, "SELECT 1") == [(1,)]
    with one.cursor(binary=True) as cursor:
        cursor.execute("SELECT pg_cancel_backend(%s)", [other.info.backend_pid])
        assert [(column.name, column.type_code) for column in cursor.description or ()] == [("pg_cancel_backend", 16)]
        assert cursor.fetchall() == [(True,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pid FROM pg_stat_activity WHERE pg_terminate_backend(pid)",
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity",
        "SELECT DISTINCT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT * FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity) a",
        "SELECT pid FROM pg_stat_activity ORDER BY pg_terminate_backend(pid)",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity UNION SELECT true",
        "SELECT *, pg_terminate_backend(pid), a.* FROM pg_stat_activity a",
        "SELECT pg_terminate_backend(pid), NOT pg_cancel_backend(pid) FROM pg_stat_activity",
        "SELECT pg_terminate_backend(pid, 100) FROM pg_stat_activity",
    ],
)
def test_nobody_is_ended_from_any_other_place(connect: Connect, sql: str) -> None:
    """An error says where the functions may stand."""
    one, other = connect(), connect()
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="a column of their own"):
        one.execute(sql)
    assert ask(other, "SELECT 1") == [(1,)]


def test_a_session_under_tls_is_told_why_it_ends(simulator: Simulator, tls: ssl.SSLContext) -> None:
    """Though nothing more is read from it."""
    with (
        serving(simulator.handle, simulator.tenants[0][0], tls=tls) as server,
        connected(server, sslmode="require") as one,
        connected(server, sslmode="require") as other,
    ):
        assert ask(one, "SELECT pg_terminate_backend(%s)", other.info.backend_pid) == [(True,)]
        with pytest.raises(SHUT_DOWN, match=ENDED):
            other.execute("SELECT 1")


def test_a_session_that_does_not_listen_ends_all_the_same(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows wait unread, and so would what there is to say."""
    monkeypatch.setattr(listener, "FAREWELL", 0.2)
    one = connect()
    with RawClient(server.port) as client:
        client.sign_in("writer", PASSWORD)
        client.send(query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)"))
        client.receive()
        assert ask(one, "SELECT pg_terminate_backend(%s)", client.key[0]) == [(True,)]
        eventually(lambda: len(server.clients) == 1)


def test_a_write_that_is_on_its_way_is_told_before_its_session_ends(door: Door) -> None:
    """What became of it matters more."""
    with door.serving(NARROW) as server, connected(server) as one, connected(server) as other:
        insert = late_task(one)
        door.hold("POST")
        with ThreadPoolExecutor(1) as pool:
            going = pool.submit(other.execute, insert)
            assert door.arrived.acquire(timeout=PATIENCE)
            assert ask(one, "SELECT pg_terminate_backend(%s)", other.info.backend_pid) == [(True,)]
            with pytest.raises(TimeoutError):
                going.result(0.3)
            door.opened.set()
            assert going.result(PATIENCE).statusmessage == "INSERT 0 1"
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
