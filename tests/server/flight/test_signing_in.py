"""Who may connect to Flight, with what right, how long, and what the log keeps of it."""

from __future__ import annotations

import base64
import gc
import json
import socket
import ssl
from pathlib import Path

import pytest
from pyarrow import flight

import xerosql
from tests.server.certificates import certificate
from tests.server.conftest import PASSWORD, USERS
from tests.server.flight.conftest import Client, serving
from xerosql.server import User, Users, Verifier
from xerosql.server.audit import AuditLog
from xerosql.server.failures import RefusedError
from xerosql.server.flight import FlightOptions, FlightServer, messages
from xerosql.server.flight.service import address_of
from xerosql.server.flight.sessions import IDLE, LEAVES_ROOM, LIFE, Sessions
from xerosql.simulator import Simulator

ONE = messages.CommandStatementQuery("SELECT 1")


def headers(*lines: tuple[bytes, bytes]) -> flight.FlightCallOptions:
    return flight.FlightCallOptions(headers=list(lines))


def basic(text: str) -> tuple[bytes, bytes]:
    return b"authorization", b"Basic " + base64.b64encode(text.encode())


@pytest.mark.parametrize(("user", "password"), [("writer", "wrong"), ("nobody", PASSWORD), ("", ""), ("writer", "")])
def test_a_wrong_password_and_an_unknown_name_are_told_the_same(server: FlightServer, user: str, password: str) -> None:
    """So that a stranger cannot tell which names exist."""
    with pytest.raises(flight.FlightUnauthenticatedError, match=f'failed for user "{user}" .SQLSTATE 28P01'):
        Client(server, user, password)


@pytest.mark.parametrize(
    "line",
    [
        (b"authorization", b"Bearer nonsense"),
        (b"authorization", b"Bearer "),
        (b"authorization", b"Basic %%%"),
        (b"authorization", b"Basic " + base64.b64encode(b"no colon")),
        (b"authorization", b"Basic " + base64.b64encode(b"\xff:\xff")),
        (b"authorization", b"Digest x"),
        (b"authorization", b""),
        (b"other", b"x"),
    ],
)
def test_a_call_of_nobody_is_refused(server: FlightServer, line: tuple[bytes, bytes]) -> None:
    """Whatever it asks for."""
    with flight.connect(f"grpc://127.0.0.1:{server.port}") as client:
        descriptor = flight.FlightDescriptor.for_command(messages.wrapped(ONE))
        for call in (
            lambda: client.get_flight_info(descriptor, headers(line)),
            lambda: client.get_schema(descriptor, headers(line)),
            lambda: client.do_get(flight.Ticket(b"x"), headers(line)).read_all(),
            lambda: list(client.do_action(flight.Action("BeginTransaction", b""), headers(line))),
            lambda: list(client.list_actions(headers(line))),
        ):
            with pytest.raises((flight.FlightUnauthenticatedError, OSError), match="28000"):  # pyarrow has no rule
                call()


def test_a_password_with_every_call_is_one_session(server: FlightServer) -> None:
    """For clients without the handshake: what is prepared by one call is there at the next."""
    with Client(server, None) as client:
        client.options = headers(basic(f"writer:{PASSWORD}"))
        handle = client.prepare("SELECT 1").prepared_statement_handle
        before = len(server.sessions)
        assert client.table(messages.CommandPreparedStatementQuery(handle)).num_rows == 1
        assert len(server.sessions) == before
        client.options = headers(basic("writer:wrong"))
        with pytest.raises(flight.FlightUnauthenticatedError):
            client.info(ONE)


def test_what_one_client_has_is_unknown_to_another(server: FlightServer) -> None:
    """Tickets, prepared statements and transactions are of the session that made them, even for the same user."""
    with Client(server) as client, Client(server) as same, Client(server, "reader") as other:
        info = client.info(ONE)
        handle = client.prepare("SELECT 1").prepared_statement_handle
        transaction = client.begin()
        for stranger in (same, other):
            for attempt in (
                lambda stranger=stranger: stranger.redeem(info).read_all(),
                lambda stranger=stranger: stranger.table(messages.CommandPreparedStatementQuery(handle)),
                lambda stranger=stranger: stranger.query("SELECT 1", transaction),
                lambda stranger=stranger: stranger.end(transaction, commit=True),
            ):
                with pytest.raises(KeyError, match="yours"):
                    attempt()
            assert stranger.cancel(info) == messages.NOT_THERE
        assert client.redeem(info).read_all().num_rows == 1
        client.end(transaction, commit=False)


def test_a_client_that_signs_out_is_unknown(server: FlightServer) -> None:
    """Its token is good for nothing from then on."""
    with Client(server) as client:
        client.act("CloseSession")
        with pytest.raises(flight.FlightUnauthenticatedError, match="sign in again"):
            client.info(ONE)


def test_without_a_file_anybody_on_the_machine_may_read(simulator: Simulator) -> None:
    """With a name or without one, and nobody may write."""
    with serving(simulator.handle, simulator.tenants[0][0], users=Users(None)) as server:
        for user in (None, "anybody"):
            with Client(server, user) as client:
                assert client.query("SELECT count(*) FROM Projects") == [(48,)]
                with pytest.raises(flight.FlightUnauthorizedError, match="25006"):
                    client.update("CREATE TABLE scratch.x (a INTEGER)")
                handle = client.prepare("SELECT 1").prepared_statement_handle
                assert client.table(messages.CommandPreparedStatementQuery(handle)).num_rows == 1


def test_rights_on_the_queue_are_each_users_own(simulator: Simulator) -> None:
    """As at the other door."""
    users = Users({name: User(name, Verifier.of("x"), frozenset(rights)) for name, rights in (
        ("viewer", ["xero_tasks"]), ("writer", ["write"]))})  # fmt: skip
    with serving(simulator.handle, simulator.tenants[0][0], users=users) as server:
        with Client(server, "viewer", "x") as client:
            assert client.query("SELECT count(*) FROM XeroTasks") == [(0,)]
        with Client(server, "writer", "x") as client, pytest.raises(flight.FlightUnauthorizedError, match="42501"):
            client.query("SELECT count(*) FROM XeroTasks")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "xero.example.com"])  # noqa: S104 - refused, not bound
def test_an_address_that_others_can_reach_takes_users_and_tls(host: str) -> None:
    """Neither alone will do, and a context for the other door is no certificate for this one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    for options in ({}, {"users": USERS}, {"certificate": (b"", b"")}, {"users": USERS, "tls": context}):
        with pytest.raises(xerosql.InterfaceError, match="can be reached by others"):
            FlightOptions(host=host, **options)
    assert FlightOptions(host=host, users=USERS, certificate=(b"", b"")).encrypts


def test_a_client_can_check_the_certificate(simulator: Simulator, tmp_path: Path) -> None:
    """One without TLS gets nowhere; the log says that the connection was encrypted."""
    cert, key = certificate(tmp_path)
    pair, log = (cert.read_bytes(), key.read_bytes()), tmp_path / "audit.jsonl"
    with serving(simulator.handle, simulator.tenants[0][0], certificate=pair, audit_log=log) as server:
        with flight.connect(f"grpc+tls://localhost:{server.port}", tls_root_certs=pair[0]) as client:
            token = client.authenticate_basic_token("reader", PASSWORD)
            descriptor = flight.FlightDescriptor.for_command(messages.wrapped(ONE))
            assert client.get_flight_info(descriptor, headers(token)).schema.names
        with pytest.raises(flight.FlightError):
            Client(server)
        with (
            flight.connect(f"grpc+tls://localhost:{server.port}") as stranger,
            pytest.raises(flight.FlightError),
        ):
            stranger.authenticate_basic_token("reader", PASSWORD)
    assert json.loads(log.read_text().splitlines()[0])["tls"] is True


def test_an_address_that_is_taken_is_one_clear_error(simulator: Simulator) -> None:
    """No two servers share a port."""
    with socket.create_server(("127.0.0.1", 0)) as taken, xerosql.connect("demo") as connection:
        server = FlightServer(connection, FlightOptions(port=taken.getsockname()[1]))
        with pytest.raises(xerosql.InterfaceError, match="in use"):
            server.start()
        with pytest.raises(xerosql.InterfaceError, match="not been started"):
            _ = server.port
        server.stop()


# -- Tokens ------------------------------------------------------------------------------------------------------------


class Hours:
    """A clock that a test sets, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sessions() -> Sessions:
    clock = Hours()
    return Sessions(xerosql.connect("demo"), FlightOptions(users=USERS, max_connections=3), AuditLog(None), clock)


def test_a_token_ends_unused_or_old(sessions: Sessions) -> None:
    """Using it puts the first off, and nothing the second."""
    clock = sessions.clock
    assert isinstance(clock, Hours)
    token, session = sessions.sign_in("reader", PASSWORD)
    for _ in range(int(LIFE / IDLE)):
        clock.now += IDLE
        assert sessions.by_token(token) is session
    clock.now += 1
    with pytest.raises(RefusedError, match="sign in again"):
        sessions.by_token(token)
    other, _ = sessions.sign_in("reader", PASSWORD)
    clock.now += IDLE + 1
    with pytest.raises(RefusedError, match="sign in again"):
        sessions.by_token(other)


def test_the_longest_unused_session_makes_room(sessions: Sessions) -> None:
    """If it has not been used for a while; otherwise the new client is refused. What has ended goes first."""
    clock = sessions.clock
    assert isinstance(clock, Hours)
    tokens = [sessions.sign_in("reader", PASSWORD)[0] for _ in range(3)]
    with pytest.raises(RefusedError, match="too many clients"):
        sessions.sign_in("reader", PASSWORD)
    clock.now += LEAVES_ROOM
    for each in tokens[1:]:
        sessions.by_token(each)
    newest, _ = sessions.sign_in("reader", PASSWORD)
    with pytest.raises(RefusedError, match="sign in again"):
        sessions.by_token(tokens[0])
    for each in (*tokens[1:], newest):
        sessions.by_token(each)
    clock.now += IDLE + 1
    sessions.sign_in("reader", PASSWORD)
    assert len(sessions) == 1


def test_a_token_is_kept_as_its_hash_only(sessions: Sessions) -> None:
    """What is in memory does not let anybody in."""
    token, _ = sessions.sign_in("reader", PASSWORD)
    gc.collect()
    assert all(token.encode() not in key for key in sessions._known)
    assert len(token) >= 40


@pytest.mark.parametrize(
    ("peer", "address"),
    [("ipv4:127.0.0.1:50001", "127.0.0.1"), ("ipv6:%5B::1%5D:50001", "::1"), ("ipv6:[::1]:50001", "::1")],
)
def test_addresses_are_those_of_the_other_side(peer: str, address: str) -> None:
    """As the log has them."""
    assert address_of(peer) == address


# -- The log -----------------------------------------------------------------------------------------------------------


def test_the_log_tells_who_ran_what_at_what_cost_and_no_values(simulator: Simulator, tmp_path: Path) -> None:
    """In the same words as at the other door."""
    log = tmp_path / "audit.jsonl"
    with serving(simulator.handle, simulator.tenants[0][0], audit_log=log) as server:
        with Client(server) as client:
            client.query("SELECT Name FROM Projects WHERE Status = 'CLOSED' AND Name <> 'secret'")
            with pytest.raises(KeyError):
                client.query("SELECT 'secret' FROM nope")
            with pytest.raises(ValueError, match="secret"):
                client.query("SELECT CAST('secret' AS INTEGER) FROM Projects")
            client.update("CREATE TABLE scratch.logged AS SELECT 1 AS n")
            client.act("CloseSession")
        with pytest.raises(flight.FlightUnauthenticatedError):
            Client(server, "writer", "secret")
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [each["event"] for each in entries] == ["connected", *["statement"] * 4, "left", "refused"]
    first, unknown, failed, made = entries[1:5]
    assert first["statement"] == "SELECT Name FROM Projects WHERE Status = ? AND Name <> ?"
    assert (first["rows"], first["calls"], first["sqlstate"]) == (15, 1, "00000")
    assert (unknown["sqlstate"], failed["sqlstate"]) == ("42P01", "22000")
    assert made["statement"].startswith("CREATE TABLE")
    assert {each["user"] for each in entries[:6]} == {"writer"}
    assert {each["address"] for each in entries[:6]} == {"127.0.0.1"}
    assert "secret" not in log.read_text()
