"""The PostgreSQL of the tests itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.queue import postgres as fixture
from tests.queue.postgres import Postgres, UnavailableError
from xerosql.queue.database import Database


def test_a_queue_is_made_in_a_fresh_store(queue_url: str) -> None:
    database = Database(queue_url)
    with database.write() as connection:
        assert database.version(connection) == 1
    database.close()


def test_a_database_is_gone_after_its_test_with_whoever_is_connected(postgres: Postgres) -> None:
    with postgres.database() as url:
        left = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
    left.close()


def test_nothing_is_started_without_binaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixture, "PLACES", "/nowhere")
    with pytest.raises(UnavailableError, match="make postgres"), fixture.running():
        raise AssertionError


def test_nothing_is_started_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixture.os, "getuid", lambda: 0)
    monkeypatch.setattr(fixture, "USERS", ("no-such-user",))
    with pytest.raises(UnavailableError, match="does not run as root"):
        fixture.runner()


def test_what_a_killed_run_has_left_is_removed() -> None:
    """And nothing of one that lives."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    left, live = (Path(fixture.ROOM, f"{fixture.PREFIX}{process}-test") for process in (done.pid, os.getpid()))
    for each in (left, live):
        each.mkdir()
    try:
        fixture.sweep()
        assert (left.exists(), live.exists()) == (False, True)
    finally:
        live.rmdir()
