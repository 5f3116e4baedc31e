"""`xerosql serve` and `xerosql user`: a server in a process of its own, and the file of those who may connect."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import COMMAND, xerosql
from xerosql.cli.options import FLIGHT_PORT, with_flight_port


def test_serve_tells_where_it_listens_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    """The line to type is printed, and works."""
    command = [*COMMAND, "serve", "--profile", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        line = next(line for line in process.stdout if "psql" in line)
        found = re.search(r'"(host=.*)"', line)
        assert found is not None
        with psycopg.connect(found[1]) as connection:
            assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize("words", [["--flight", "0"], ["--flight=0"]])
def test_serve_speaks_flight_sql_too(words: list[str]) -> None:
    """On a port of its own, which is told; both doors end on Ctrl-C."""
    flight = pytest.importorskip("pyarrow.flight")
    command = [*COMMAND, "serve", "--profile", "demo", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        line = next(line for line in process.stdout if "dbapi.connect" in line)
        found = re.search(r'"(grpc://.*)"', line)
        assert found is not None
        with flight.connect(found[1]) as client:
            assert [each.type for each in client.list_actions()]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--flight"], ["--flight", FLIGHT_PORT]),
        (["--flight", "--port", "1"], ["--flight", FLIGHT_PORT, "--port", "1"]),
        (["--port", "1", "--flight", "2"], ["--port", "1", "--flight", "2"]),
        (["--flight=2"], ["--flight=2"]),
        (["--port", "1"], ["--port", "1"]),
    ],
)
def test_the_port_of_flight_can_be_left_out(words: list[str], expected: list[str]) -> None:
    """It is the usual one then."""
    assert with_flight_port(words) == expected


def test_a_user_is_added_to_the_file(tmp_path: Path) -> None:
    """With a password from standard input, and the right to write only if that is said."""
    path = tmp_path / "users.toml"
    assert xerosql("user", "ann", "--users", str(path), given="pass\n").exit_code == 0
    assert xerosql("user", "bob", "--users", str(path), "--write", given="word\n").exit_code == 0
    assert path.read_text().count("SCRAM-SHA-256$") == 2
    assert path.read_text().count('rights = ["write"]') == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["serve", "--profile", "demo", "--host", "192.0.2.1"], "can be reached by others"),
        (["serve", "--profile", "demo", "--tls-cert", "x.pem"], "TLS takes both"),
        (["serve", "--profile", "demo", "--tls-cert", "x.pem", "--tls-key", "y.pem"], "no certificate"),
        (["serve", "--profile", "demo", "--users", "nope.toml"], "cannot be read"),
        (["user", "not a name"], "a user's name"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments: list[str], complaint: str) -> None:
    """And nothing listens."""
    done = xerosql(*arguments, given="x\n")
    assert done.exit_code != 0
    assert complaint in " ".join(done.stderr.split())
