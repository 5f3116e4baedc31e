"""Clients that mean harm, or do not know better: the server stays up, its memory bounded, and nothing leaks."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.aio.conftest import PATIENCE
from tests.server.conftest import PASSWORD, serving, url_of
from tests.server.raw import SYNC, RawClient, bind, error_code, execute, message, parse, query, text
from tests.server.test_running import eventually
from xerosql.server import Server
from xerosql.simulator import Simulator

Raw = Callable[[], RawClient]
SEEDS = range(15)


@pytest.fixture(autouse=True)
def still_there(server: Server) -> object:
    """After every test somebody else can connect and ask, and no client or thread is left."""
    yield
    with psycopg.connect(url_of(server)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    eventually(lambda: not server.clients and not server.threads)


def hung_up(client: RawClient) -> bool:
    """Whether the server has ended the connection, after whatever it still said."""
    try:
        while True:
            client.receive()
    except (EOFError, ConnectionError, struct.error):
        return True


@pytest.mark.parametrize("seed", SEEDS)
def test_random_bytes_instead_of_a_handshake_end_the_connection(server: Server, seed: int) -> None:
    """Whatever they are."""
    noise = random.Random(seed)
    with RawClient(server.port) as client:
        client.send(noise.randbytes(noise.randrange(1, 5000)))
        client.socket.shutdown(socket.SHUT_WR)
        assert hung_up(client)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_messages_of_a_client_that_has_signed_in_are_answered_or_end_it(raw: Raw, seed: int) -> None:
    """Messages of every type with bodies that make no sense."""
    noise, client = random.Random(seed), raw()
    kinds = [b"P", b"B", b"D", b"E", b"C", b"S", b"H", b"Q", b"F", b"d", b"c", b"f", b"p"]
    client.send(*(message(noise.choice(kinds), noise.randbytes(noise.randrange(60))) for _ in range(50)), message(b"X"))
    assert hung_up(client)


@pytest.mark.parametrize("length", [-1, 0, 3, 10_001, 2**31 - 1])
def test_a_length_that_cannot_be_ends_the_connection(server: Server, length: int) -> None:
    """No memory is set aside for what a client only says that it will send."""
    with RawClient(server.port) as client:
        client.send(struct.pack("!i", length), b"x" * 8)
        client.socket.shutdown(socket.SHUT_WR)
        assert hung_up(client)


def test_a_length_beyond_the_limit_is_refused_after_signing_in_too(raw: Raw) -> None:
    """64 MiB."""
    client = raw()
    client.send(b"Q" + struct.pack("!i", 64 * 1024 * 1024 + 5))
    assert error_code(client.until(b"E")[-1][1]) == "08P01"


def test_a_half_open_handshake_is_ended_after_a_while(simulator: Simulator) -> None:
    """A client that connects and says nothing holds no place for ever, however slowly it drips."""
    with serving(simulator.handle, simulator.tenants[0][0], sign_in_timeout=0.3) as server:
        clients = [RawClient(server.port) for _ in range(10)]
        clients[0].send(b"\0")
        assert all(hung_up(client) for client in clients)
        eventually(lambda: not server.clients)
        for client in clients:
            client.close()


def test_clients_that_leave_in_the_middle_of_the_handshake_leave_nothing(server: Server) -> None:
    """At every byte of the startup packet, and after it."""
    options = b"".join(text(part) for part in ("user", "reader", "database", "xero")) + b"\0"
    packet = struct.pack("!ii", len(options) + 8, 196608) + options
    for end in range(0, len(packet) + 1, 3):
        with RawClient(server.port) as client:
            client.send(packet[:end])


def test_statements_of_ten_megabytes_are_refused(raw: Raw) -> None:
    """54000, in both ways to ask, and the connection goes on."""
    client = raw()
    long = "SELECT '" + "x" * 10_000_000 + "'"
    client.send(query(long))
    assert error_code(client.until(b"E")[-1][1]) == "54000"
    client.until(b"Z")
    client.send(parse(long), SYNC)
    assert error_code(client.until(b"E")[-1][1]) == "54000"
    client.until(b"Z")
    client.send(query("SELECT 1"))
    assert client.kinds_until_ready() == "TDCZ I"


def test_a_wrong_password_does_not_tell_whether_the_user_exists(simulator: Simulator) -> None:
    """The answer is the same."""
    told = set()
    with serving(simulator.handle, simulator.tenants[0][0]) as server:
        for name in ("writer", "reader", "nobody"):
            with RawClient(server.port) as client, pytest.raises(AssertionError, match="28P01") as caught:
                client.sign_in(name, "wrong")
            told.add(str(caught.value).replace(name, "").split("user")[0])
    assert len(told) == 1


def test_the_challenge_of_a_user_that_does_not_exist_is_the_same_each_time(server: Server) -> None:
    """As that of one who does: another salt each time would tell them apart."""

    def salt(name: str) -> str:
        with RawClient(server.port) as client:
            client.start(name)
            client.receive()
            first = b"n,,n=,r=abcdefghijklmnop"
            client.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
            return client.receive()[1][4:].decode().split(",")[1]

    assert salt("nobody") == salt("nobody") != salt("somebody")
    assert salt("reader") == salt("reader")


@pytest.mark.parametrize(
    "first",
    [b"", b"n,,", b"p=tls-unique,,n=,r=abc", b"n,,n=,r=", b"\xff\xfe", b"n,,m=x,n=,r=abc", b"n,,n=,r=" + b"a" * 9000],
)
def test_a_malformed_proof_is_refused(server: Server, first: bytes) -> None:
    """Before anything is known of the client."""
    with RawClient(server.port) as client:
        client.start("writer")
        client.receive()
        client.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
        client.send(message(b"p", b"c=biws,r=x,p=AAAA"))
        assert hung_up(client)


def test_a_proof_cannot_be_left_out(server: Server) -> None:
    """A query instead of a password is no way in."""
    with RawClient(server.port) as client:
        client.start("writer")
        client.receive()
        client.send(query("SELECT 1"))
        assert error_code(client.until(b"E")[-1][1]) == "08P01"


def test_prepared_statements_and_portals_do_not_pile_up(raw: Raw) -> None:
    """A thousand of each; then it is an error."""
    client = raw()
    client.send(*(parse("SELECT 1", f"s{number}") + SYNC for number in range(1001)))
    codes = [error_code(client.until(b"Z")[0][1]) if number == 1000 else client.until(b"Z") for number in range(1001)]
    assert codes[-1] == "53400"


def test_the_text_of_prepared_statements_is_bounded(raw: Raw) -> None:
    """16 million characters; those that are closed do not count."""
    client = raw()
    client.send(parse("SELECT 1", "short"), SYNC)
    assert client.kinds_until_ready() == "1Z I"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xerosql.server.preparing.MOST_TEXT", 250_000)
        sql = f"SELECT '{'x' * 130_000}'"
        for name, kinds in (("one", "1Z I"), ("two", "EZ I")):
            client.send(parse(sql, name), SYNC)
            assert client.kinds_until_ready() == kinds
        client.send(message(b"C", b"S" + text("one")), parse(sql, "two"), SYNC)
        assert client.kinds_until_ready() == "31Z I"


def test_half_open_handshakes_keep_nobody_out(simulator: Simulator) -> None:
    """Where there is no room, the first of those who have yet to sign in goes, of the address that has the most."""
    with serving(simulator.handle, simulator.tenants[0][0], max_connections=2, sign_in_timeout=60.0) as server:
        silent = [RawClient(server.port) for _ in range(200)]
        eventually(lambda: len(server.clients) == 22)
        with psycopg.connect(url_of(server)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert len(server.clients) <= 22
        assert len(server.threads) <= 25
        for client in silent:
            client.close()
        eventually(lambda: not server.clients and not server.threads)


def test_many_parameters_and_deep_nesting_are_one_error(raw: Raw) -> None:
    """Neither the parser's stack nor a count that is not true takes the server down."""
    client = raw()
    client.send(query("SELECT " + "(" * 20_000 + "1" + ")" * 20_000))
    assert "E" in client.kinds_until_ready()
    client.send(parse("SELECT $65535::int, $1::int"), bind(b"1"), execute(), SYNC)
    assert "E" in client.kinds_until_ready()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT read_text('/etc/passwd') FROM pg_class",
        "SELECT pg_catalog.read_text('/etc/passwd')",
        "SELECT pg.read_text('/etc/passwd'), version()",
        "SELECT * FROM pg_catalog.pg_class, read_csv('/etc/passwd')",
        "SELECT * FROM pg_catalog.read_csv('/etc/passwd')",
        "SELECT * FROM pg_class JOIN '/etc/passwd' ON true",
        "SELECT current_setting('access_token')",
        "SELECT getenv('HOME'), version()",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_ls_dir('/')",
        "SELECT pg_catalog.pg_read_file('/etc/passwd'), version()",
        "SELECT query('SELECT 1'), version()",
        "SELECT * FROM query('SELECT 1'), pg_class",
        "SELECT * FROM duckdb_settings(), pg_class",
        "SELECT * FROM pg.shown_types",
        "SELECT * FROM duckdb_tables",
        "SELECT lo_import('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/xerosql-escape'",
        "COPY (SELECT 1) TO PROGRAM 'touch /tmp/xerosql-escape'",
        "COPY (SELECT read_text('/etc/passwd')) TO STDOUT",
        "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH '/tmp/xerosql-escape'",
        "INSTALL httpfs",
        "LOAD '/tmp/x.so'",
        "DO $$ BEGIN END $$",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x.so'",
        "PRAGMA database_list",
        "SET allowed_directories = '/'",
    ],
)
def test_no_door_leads_out_of_the_engine(raw: Raw, sql: str) -> None:
    """Neither through xerosql's engine nor through that of the catalog: an error, and no file."""
    client = raw()
    client.send(query(sql))
    found = client.until(b"Z")
    assert [kind for kind, _ in found if kind in (b"D", b"E", b"d")] == [b"E"]
    client.send(parse(sql), bind(), execute(), SYNC)
    assert b"E" in [kind for kind, _ in client.until(b"Z")]
    assert not Path("/tmp/xerosql-escape").exists()  # noqa: S108 - nothing is written there


def test_a_name_with_quotes_stays_a_name(raw: Raw) -> None:
    """In casts, functions and settings of the catalog, which are put together anew."""
    client = raw()
    for value in ("'; SELECT 1; --", '"; DROP', "a'b\"c\\d"):
        quoted = value.replace("'", "''")
        client.send(query(f"SELECT quote_ident('{quoted}'), set_config('application_name', '{quoted}', false)"))
        found = dict(client.until(b"Z"))
        assert value.encode() in found[b"D"]
        client.send(query("SELECT current_setting('application_name')"))
        assert value.encode() in dict(client.until(b"Z"))[b"D"]


def test_a_reader_changes_nothing_whatever_it_says(server: Server) -> None:
    """Not in a transaction that says READ WRITE, nor with settings."""
    with psycopg.connect(url_of(server, "reader"), autocommit=True) as connection:
        for sql in (
            "SET default_transaction_read_only = off",
            "SET transaction_read_only = off",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
            "SELECT set_config('transaction_read_only', 'off', false)",
            "BEGIN READ WRITE",
        ):
            connection.execute(sql)
        for sql in (
            "UPDATE Projects SET Name = 'x' WHERE ProjectId = 'c1674cba-c21d-477c-b408-33d8829add21'",
            "CREATE TABLE scratch.x (a INTEGER)",
            "DELETE FROM Time WHERE Id = 'x'",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(sql)
            connection.execute("ROLLBACK")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE writer")


def test_a_flood_of_connections_is_bounded(simulator: Simulator) -> None:
    """More than may sign in are hung up on at once; those who have are not disturbed."""
    with serving(simulator.handle, simulator.tenants[0][0], max_connections=2, sign_in_timeout=5.0) as server:
        with psycopg.connect(url_of(server)) as connection:
            flood = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(60)]
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert len(server.clients) <= 2 + 20
            for each in flood:
                each.close()
        eventually(lambda: not server.clients)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(f"xerosql-serve-{server.port}")]


def test_the_password_is_in_no_repr(server: Server) -> None:
    """Nor is what proves it."""
    shown = repr(server.options.users.known)
    assert "Verifier(…)" in shown
    assert PASSWORD not in shown
