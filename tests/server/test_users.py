"""Who may connect: the file of users, TLS, addresses that others can reach, and the log of what they did."""

from __future__ import annotations

import json
import ssl
import stat
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

import xerosql
from tests.server.conftest import PASSWORD, USERS, serving, url_of
from tests.server.raw import RawClient, error_code
from tests.server.test_running import eventually
from xerosql.server import WRITE, Options, User, Users, Verifier, load_users, save_user
from xerosql.simulator import Simulator

# -- The file ----------------------------------------------------------------------------------------------------------


def test_a_user_is_kept_and_read_again(tmp_path: Path) -> None:
    """With rights, in a file that only its owner can read; another of the same name takes its place."""
    path = tmp_path / "users.toml"
    save_user(path, User("ann@example.com", Verifier.of("a"), frozenset((WRITE,))))
    save_user(path, User("bob", Verifier.of("b")))
    save_user(path, User("bob", Verifier.of("c")))
    known = load_users(path).known or {}
    assert {name: user.read_only for name, user in known.items()} == {"ann@example.com": False, "bob": True}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["users.toml"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "must hold"),
        ("[people.x]", "must hold"),
        ("[users]", "must hold"),
        ("[users.x", "cannot be read"),
        ('[users."x y"]\npassword = "a"', "plain name"),
        ('[users.x]\npassword = "secret"', "no password as"),
        ("[users.x]\nrights = []", "no password as"),
        ('[users.x]\npassword = "SCRAM-SHA-256$1:YQ==$YQ==:YQ=="', "no password as"),
        ('[users.x]\nrights = ["admin"]\npassword = "a"', "rights that are none"),
        ('[users.x]\nroot = true\npassword = "a"', "plain name"),
    ],
)
def test_a_file_that_is_wrong_is_one_clear_error(tmp_path: Path, text: str, complaint: str) -> None:
    """That quotes no secret."""
    path = tmp_path / "users.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(xerosql.InterfaceError, match=complaint) as caught:
        load_users(path)
    assert "secret" not in str(caught.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """What proves a password can be guessed from."""
    path = tmp_path / "users.toml"
    save_user(path, User("x", Verifier.of("a")))
    path.chmod(0o644)
    with pytest.raises(xerosql.InterfaceError, match="chmod 600"):
        load_users(path)


def test_a_verifier_is_written_as_postgresql_writes_it() -> None:
    """One of `pg_authid` can be copied, and the password is not in it."""
    written = str(Verifier.of("pencil"))
    assert written.startswith("SCRAM-SHA-256$4096:")
    assert str(Verifier.read(written)) == written
    assert "pencil" not in written


@pytest.mark.parametrize("password", ["pässwörd", "\u00a0 ", "Ⅸ", "a\u00adb", "\u0007"])
def test_passwords_of_any_script_work(simulator: Simulator, password: str) -> None:
    """They are prepared as libpq prepares them."""
    users = Users({"x": User("x", Verifier.of(password))})
    with serving(simulator.handle, simulator.tenants[0][0], users=users) as server:
        url = f"host=127.0.0.1 port={server.port} user=x dbname=xero"
        with psycopg.connect(url, password=password) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("x",)


# -- Addresses and TLS -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "xero.example.com"])  # noqa: S104 - refused, not bound
def test_an_address_that_others_can_reach_takes_users_and_tls(host: str, tls: ssl.SSLContext) -> None:
    """Neither alone will do."""
    for options in ({}, {"users": USERS}, {"tls": tls}):
        with pytest.raises(xerosql.InterfaceError, match="can be reached by others"):
            Options(host=host, **options)
    assert Options(host=host, users=USERS, tls=tls).require_tls


def test_a_client_can_check_the_certificate(simulator: Simulator, tls: ssl.SSLContext, tmp_path: Path) -> None:
    """sslmode=verify-full, and the log says that the connection was encrypted."""
    log = tmp_path / "audit.jsonl"
    with serving(simulator.handle, simulator.tenants[0][0], tls=tls, audit_log=log) as server:
        more = {"sslmode": "verify-full", "sslrootcert": tmp_path / "cert.pem", "host": "localhost"}
        with psycopg.connect(url_of(server, **more)) as connection:
            assert connection.pgconn.ssl_in_use
            assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
    assert json.loads(log.read_text().splitlines()[0])["tls"] is True


def test_a_client_without_tls_is_refused_where_tls_is_needed(simulator: Simulator, tls: ssl.SSLContext) -> None:
    """Before it has said anything that could be overheard but its name."""
    with serving(simulator.handle, simulator.tenants[0][0], host="0.0.0.0", tls=tls) as server:  # noqa: S104 - meant
        with RawClient(server.port) as client:
            client.start("reader")
            kind, body = client.receive()
            assert (kind, error_code(body)) == (b"E", "28000")
        with psycopg.connect(url_of(server, sslmode="require")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_bytes_in_front_of_the_handshake_are_refused(simulator: Simulator, tls: ssl.SSLContext) -> None:
    """A stranger between the two could have put them there (CVE-2021-23222)."""
    with serving(simulator.handle, simulator.tenants[0][0], tls=tls) as server, RawClient(server.port) as client:
        client.send(b"\0\0\0\x08\x04\xd2\x16\x2f" + b"\0\0\0\x08\0\x03\0\0")
        kind, body = client.receive()
        assert (kind, error_code(body)) == (b"E", "08P01")
        with pytest.raises(EOFError):
            client.receive()


def test_a_handshake_under_tls_is_ended_after_a_while(simulator: Simulator, tls: ssl.SSLContext) -> None:
    """The client says that it wants TLS, and then nothing, or the beginning of a greeting."""
    with serving(simulator.handle, simulator.tenants[0][0], tls=tls, sign_in_timeout=0.3) as server:
        for greeting in (b"", b"\x16\x03\x01"):
            with RawClient(server.port) as client:
                client.send(b"\0\0\0\x08\x04\xd2\x16\x2f")
                assert client.exactly(1) == b"S"
                client.send(greeting)
                with pytest.raises((EOFError, ConnectionError)):
                    client.exactly(1)
        eventually(lambda: not server.clients)


def test_a_server_stops_whatever_its_clients_under_tls_wait_for(simulator: Simulator, tls: ssl.SSLContext) -> None:
    """In the middle of the handshake, and signed in with nothing to say; many, since it was a matter of moments."""
    for _ in range(5):
        with ExitStack() as stack, serving(simulator.handle, simulator.tenants[0][0], tls=tls) as server:
            for _ in range(4):
                stack.enter_context(psycopg.connect(url_of(server, sslmode="require")))
                client = stack.enter_context(RawClient(server.port))
                client.send(b"\0\0\0\x08\x04\xd2\x16\x2f")
                assert client.exactly(1) == b"S"
        assert not server.clients


def test_without_a_file_anybody_on_the_machine_may_read(simulator: Simulator) -> None:
    """And nobody may write."""
    with (
        serving(simulator.handle, simulator.tenants[0][0], users=Users(None)) as server,
        psycopg.connect(f"host=127.0.0.1 port={server.port} user=anybody dbname=xero") as connection,
    ):
        assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE scratch.x (a INTEGER)")


def test_the_rights_on_the_queue_are_each_user_s_own(simulator: Simulator) -> None:
    """Who may write need not see what is written, and who mends tasks need not be able to write."""
    rights = {"writer": [WRITE], "viewer": ["xero_tasks"], "clerk": ["xero_tasks", "xero_tasks_control"]}
    users = Users({name: User(name, Verifier.of("x"), frozenset(each)) for name, each in rights.items()})
    see, mend = "SELECT count(*) FROM XeroTasks", "UPDATE XeroTasks SET Priority = 1 WHERE XeroTaskId = 0"
    allowed = {"writer": [], "viewer": [see], "clerk": [see, mend]}
    with serving(simulator.handle, simulator.tenants[0][0], users=users) as server:
        for name in rights:
            url = f"host=127.0.0.1 port={server.port} user={name} dbname=xero"
            with psycopg.connect(url, password="x", autocommit=True) as connection:
                for statement in (see, mend):
                    if statement in allowed[name]:
                        connection.execute(statement)
                    else:
                        with pytest.raises(
                            (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
                        ):
                            connection.execute(statement)
                if name != "writer":
                    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                        connection.execute("CREATE TABLE scratch.x (a INTEGER)")


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"dbname": "postgres"}, 'database "postgres" does not exist'),
        ({"dbname": "xero", "replication": "true"}, "replication"),
        ({"options": "'-c nope=1'"}, "unrecognized configuration parameter"),
        ({"client_encoding": "LATIN1"}, "client_encoding"),
    ],
)
def test_what_cannot_be_connected_to_is_said(simulator: Simulator, more: dict[str, str], complaint: str) -> None:
    """With PostgreSQL's words where it has some."""
    with (
        serving(simulator.handle, simulator.tenants[0][0]) as server,
        pytest.raises(psycopg.OperationalError, match=complaint),
    ):
        psycopg.connect(url_of(server, **more))


# -- The log -----------------------------------------------------------------------------------------------------------


def test_the_log_tells_who_ran_what_at_what_cost_and_no_values(simulator: Simulator, tmp_path: Path) -> None:
    """Texts, numbers and parameters are `?`; errors have their code; only the owner can read it."""
    log = tmp_path / "audit.jsonl"
    with serving(simulator.handle, simulator.tenants[0][0], audit_log=log) as server:
        with psycopg.connect(url_of(server), autocommit=True) as connection:
            connection.execute(
                "SELECT Name FROM Projects WHERE Name = 'Tui''s secret' AND MinutesLogged > 4711 -- secret"
            )
            connection.execute("SELECT count(*) FROM Users WHERE Name = %s", ["secret"])
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT $tag$secret$tag$ FROM nope")
        eventually(lambda: not server.clients)
        with RawClient(server.port) as client, pytest.raises(AssertionError):
            client.sign_in("writer", "secret")
        eventually(lambda: not server.clients)
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["event"] for entry in entries] == ["connected", *["statement"] * 3, "left", "refused"]
    assert entries[1]["statement"] == "SELECT Name FROM Projects WHERE Name = ? AND MinutesLogged > ?"
    assert [entry["calls"] for entry in entries[1:4]] == [1, 1, 0]
    assert [entry["sqlstate"] for entry in entries[1:4]] == ["00000", "00000", "42P01"]
    assert {entry["user"] for entry in entries[:5]} == {"writer"}
    assert "secret" not in log.read_text()
    assert PASSWORD not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
