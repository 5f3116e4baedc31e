"""Clients of one server are answered from what any of them has fetched, as far as each of them allows it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

import xerosql
from tests.server.conftest import PASSWORD, USERS
from xerosql.connection import UNLIMITED
from xerosql.server import Options, Server
from xerosql.simulator import Simulator

ALL_TASKS = "SELECT Name FROM Tasks"


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture
def server(simulator: Simulator) -> Iterator[Server]:
    """As `xerosql serve --max-age 15min` makes it."""
    connection = xerosql.connect(
        handler=simulator.handle,
        access_token="x",
        tenant=simulator.tenants[0][0],
        calls_per_minute=UNLIMITED,
        share_limits=False,
        max_age="15min",
    )
    with connection, Server(connection, Options(port=0, users=USERS)) as started:
        yield started


def client(server: Server, user: str = "reader", **options: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=server.port, dbname="xero", user=user, password=PASSWORD, autocommit=True, **options
    )


def test_what_one_client_has_fetched_answers_the_others(server: Server, simulator: Simulator) -> None:
    """Ten refreshes by ten people cost what the first one did."""
    with client(server) as first:
        rows = first.execute(ALL_TASKS).fetchall()
    calls = simulator.calls
    assert calls > 1
    for _ in range(9):
        with client(server) as other:
            assert other.execute(ALL_TASKS).fetchall() == rows
            assert other.execute("SELECT count(*) FROM Tasks").fetchone() == (len(rows),)
    assert simulator.calls == calls


def test_a_client_says_how_old_its_data_may_be(server: Server, simulator: Simulator) -> None:
    """By SET or when it connects; RESET goes back to what was said then."""
    with client(server) as patient, client(server, options="-c max_age=0") as hasty:
        patient.execute("SELECT Name FROM Users").fetchall()
        before = simulator.calls
        hasty.execute("SELECT Name FROM Users").fetchall()
        assert simulator.calls == before + 1
        hasty.execute("SET max_age = '1 hour'")
        assert hasty.execute("SHOW max_age").fetchone() == ("3600",)
        hasty.execute("SELECT Name FROM Users").fetchall()
        assert simulator.calls == before + 1
        hasty.execute("RESET max_age")
        hasty.execute("SELECT Name FROM Users").fetchall()
        assert simulator.calls == before + 2
        with pytest.raises(psycopg.Error, match="max_age takes a number of seconds"):
            hasty.execute("SET max_age = 'soon'")


def test_what_a_client_writes_the_others_see_at_once(server: Server, simulator: Simulator) -> None:
    """However patient they are."""
    tasks = simulator.rows(simulator.tenants[0][0])["tasks"]
    task = next(each for each in tasks if each["status"] == "ACTIVE" and each["chargeType"] == "TIME")
    question = "SELECT count(*) FROM Tasks WHERE Name = 'Renamed'"
    with client(server) as reader, client(server, user="writer") as writer:
        assert reader.execute(question).fetchone() == (0,)
        key = f"{task['projectId']}/{task['taskId']}"
        writer.execute("UPDATE Tasks SET Name = 'Renamed' WHERE Id = %s", [key])
        assert reader.execute(question).fetchone() == (1,)
