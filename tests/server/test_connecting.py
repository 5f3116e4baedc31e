"""xerosql's settings that a client connects with, and what RESET goes back to."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.server.conftest import PASSWORD
from tests.server.raw import RawClient
from xerosql.server import Server

Connect = Callable[..., psycopg.Connection]


def settings(connection: psycopg.Connection) -> dict[str, object]:
    names = ("max_calls", "day_reserve", "max_rows_affected", "max_age")
    return {name: connection.execute(f"SHOW {name}").fetchall()[0][0] for name in names}


def test_a_client_connects_with_its_budget(connect: Connect) -> None:
    """Which holds at once, and is nobody else's."""
    one = connect(options=r"-c max_calls=3 -c max_age=15min --day-reserve=0.25 -c max_rows_affected=7")
    assert settings(one) == {"max_calls": "3", "day_reserve": "0.25", "max_rows_affected": "7", "max_age": "900"}
    assert settings(connect()) == {"max_calls": None, "day_reserve": "0", "max_rows_affected": None, "max_age": "0"}
    with pytest.raises(psycopg.Error, match="max_calls"):
        one.execute("SELECT count(*) FROM Tasks")


def test_a_value_with_a_space_is_escaped_as_libpq_says(connect: Connect) -> None:
    """By a backslash."""
    found = settings(connect(options=r"-c max_age=15\ minutes"))
    assert found["max_age"] == "900"


@pytest.mark.parametrize("command", ["RESET max_calls", "RESET ALL", "DISCARD ALL", "SET max_calls = DEFAULT"])
def test_reset_goes_back_to_what_the_client_connected_with(connect: Connect, command: str) -> None:
    """Not to the server's."""
    one = connect(options="-c max_calls=200")
    one.execute("SET max_calls = 5")
    assert settings(one)["max_calls"] == "5"
    one.execute(command)
    assert settings(one)["max_calls"] == "200"


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("max_calls=many", "max_calls takes a whole number"),
        ("max_age=soon", "max_age takes"),
        ("max_call=3", "max_call"),
    ],
)
def test_a_wrong_value_is_told_instead_of_a_connection(connect: Connect, option: str, sentence: str) -> None:
    """As FATAL."""
    with pytest.raises(psycopg.OperationalError, match=f"FATAL.*{sentence}"):
        connect(options=f"-c {option}")


def test_a_setting_is_a_parameter_of_the_startup_packet_too(server: Server) -> None:
    """By its name, as drivers send what they do not know; a wrong value is 22023."""
    with RawClient(server.port, max_calls="none") as client, pytest.raises(AssertionError, match="22023"):
        client.sign_in("writer", PASSWORD)
    with RawClient(server.port, max_calls="12") as client:
        client.sign_in("writer", PASSWORD)
