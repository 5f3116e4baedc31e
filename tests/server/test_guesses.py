"""Wrong passwords: how many are looked at, and what two thousand of them leave behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.server.conftest import PASSWORD, serving, url_of
from tests.server.raw import RawClient
from tests.server.test_running import eventually
from xerosql.server import Server
from xerosql.server.guesses import FORGOTTEN, REMEMBERED, Guesses
from xerosql.simulator import Simulator

ANN = ("127.0.0.1", "ann")
MANY, WARM = 2000, 500
GROWTH = 8.0  # MB


def after(guesses: Guesses, wrong: int, now: float = 1000.0) -> Guesses:
    for _ in range(wrong):
        guesses.wrong(ANN, now)
    return guesses


def test_a_few_wrong_passwords_cost_no_time() -> None:
    """Anybody mistypes."""
    assert after(Guesses(free=3), 2).wait(ANN, 1000.0) == 0.0


def test_after_them_one_a_pause_is_looked_at() -> None:
    """However many ask at the same time: they stand in line."""
    guesses = after(Guesses(free=3, pause=2.0), 3)
    assert [guesses.wait(ANN, 1001.0) for _ in range(3)] == [1.0, 3.0, 5.0]
    assert guesses.wait(ANN, 1050.0) == 0.0


def test_other_users_and_other_addresses_do_not_wait() -> None:
    """One tool with an old password keeps nobody else out."""
    guesses = after(Guesses(free=3), 50)
    assert guesses.wait(("127.0.0.1", "robot"), 1000.0) == guesses.wait(("10.0.0.7", "ann"), 1000.0) == 0.0


def test_a_right_password_is_a_new_beginning() -> None:
    """As is a while without a wrong one."""
    guesses = after(Guesses(free=3), 3)
    guesses.right(ANN)
    assert guesses.wait(ANN, 1000.0) == 0.0
    assert after(guesses, 3).wait(ANN, 1000.0) > 0.0
    assert guesses.wait(ANN, 1001.0 + FORGOTTEN) == 0.0


def test_made_up_names_do_not_pile_up() -> None:
    """The oldest is forgotten."""
    guesses = Guesses()
    for number in range(REMEMBERED + 5):
        guesses.wrong(("10.0.0.7", f"nobody{number}"), 1000.0)
    assert len(guesses.accounts) == REMEMBERED


@pytest.fixture
def guarded(simulator: Simulator) -> Iterator[Server]:
    with serving(simulator.handle, simulator.tenants[0][0], wrong_passwords=2, sign_in_timeout=5.0) as server:
        yield server


def test_a_user_whose_password_is_guessed_at_waits_and_gets_in(guarded: Server) -> None:
    """A right password is looked at in its turn; another user's at once."""
    guarded.guesses.pause = 0.2
    for _ in range(2):
        guess(guarded, "writer")
    with psycopg.connect(url_of(guarded, "reader")), psycopg.connect(url_of(guarded, "writer")):
        assert guarded.guesses.accounts == {}


def test_who_would_wait_too_long_is_told_so(guarded: Server) -> None:
    """With the same code as for a wrong password, and without a look at it."""
    guarded.guesses.pause = 60.0
    for _ in range(2):
        guess(guarded, "writer")
    with RawClient(guarded.port) as client, pytest.raises(AssertionError, match="too many wrong passwords"):
        client.sign_in("writer", PASSWORD)
    with psycopg.connect(url_of(guarded, "reader")):
        pass


def test_a_server_that_stops_waits_for_nobody_who_waits(guarded: Server) -> None:
    """Nor does it look at their passwords."""
    guarded.guesses.pause = 4.0
    for _ in range(2):
        guess(guarded, "writer")
    with RawClient(guarded.port) as client:
        client.start("writer")
        eventually(lambda: any(each.free_at for each in guarded.guesses.accounts.values()))
        guarded.stop()
        assert not guarded.threads


def test_thousands_of_wrong_passwords_leave_nothing(simulator: Simulator) -> None:
    """No thread, no socket, no memory to speak of, and others get in meanwhile."""
    with serving(simulator.handle, simulator.tenants[0][0], wrong_passwords=10**9) as server:
        told: set[str] = set()
        with psycopg.connect(url_of(server)) as connection:
            connection.execute("SELECT 1")
            told |= guessed(server, WARM)
            before, files = memory(), open_files()
            told |= guessed(server, MANY - WARM)
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with psycopg.connect(url_of(server)) as other:
            assert other.execute("SELECT 1").fetchone() == (1,)
        assert told == {"28P01"}
        eventually(lambda: not server.clients and not server.threads)
        assert open_files() <= files
        assert memory() - before < GROWTH
        assert len(server.guesses.accounts) <= 3


def guessed(server: Server, count: int) -> set[str]:
    """So many wrong passwords, four at a time, for names that exist and one that does not: the codes that come back."""
    names = ("writer", "reader", "nobody")
    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(lambda number: guess(server, names[number % 3]), range(count)))


def guess(server: Server, name: str) -> str:
    """The code that one wrong proof is answered with, after which the server hangs up."""
    with RawClient(server.port) as client:
        client.start(name)
        code = client.prove_nothing()
        with pytest.raises(EOFError):
            client.receive()
        return code


def memory() -> float:
    """This process's, in MB; nothing where that cannot be told."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else 0.0


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else threading.active_count()
