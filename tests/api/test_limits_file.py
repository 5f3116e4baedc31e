"""The file of the joint accounts: whole changes, whatever happens to those who make them."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xerosql.api import limits_file
from xerosql.api.limits_file import LimitsFile, file_at
from xerosql.api.shared_limits import Account

COUNTING = """
import sys
from pathlib import Path
from xerosql.api.limits_file import LimitsFile
file = LimitsFile(Path(sys.argv[1]))
def one_more(account):
    account.others += 1
for _ in range(int(sys.argv[2])):
    file.change("k", one_more)
assert file.usable
"""


def one_more(account: Account) -> int:
    account.others += 1
    return account.others


@pytest.fixture
def file(tmp_path: Path) -> LimitsFile:
    return LimitsFile(tmp_path / "state" / "limits.sqlite")


def start(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)])  # noqa: S603 - our own interpreter


def test_accounts_are_kept_by_key(file: LimitsFile, tmp_path: Path) -> None:
    """For the next process too; the directory is made, and the file is the user's alone."""
    assert file.change("a", one_more) == 1
    assert file.change("b", one_more) == 1
    file.close()
    assert LimitsFile(tmp_path / "state" / "limits.sqlite").change("a", one_more) == 2
    if os.name == "posix":
        assert (tmp_path / "state" / "limits.sqlite").stat().st_mode & 0o077 == 0


def test_no_change_of_any_process_or_thread_is_lost(file: LimitsFile, tmp_path: Path) -> None:
    """Three processes that open a new file together, and four threads."""
    processes = [start(COUNTING, tmp_path / "state" / "limits.sqlite", 200) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: file.change("k", one_more), range(200)))
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert file.change("k", one_more) == 801


def test_a_change_that_fails_is_no_change(file: LimitsFile) -> None:
    """The next one finds the account as it was."""

    def fail(account: Account) -> None:
        account.others = 99
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        file.change("k", fail)
    assert file.change("k", one_more) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_processes_may_be_killed_at_any_moment(file: LimitsFile, tmp_path: Path) -> None:
    """kill -9 in the middle of a change neither breaks the file nor keeps it locked."""
    path = tmp_path / "state" / "limits.sqlite"
    file.change("k", one_more)
    for _ in range(4):
        process = start(COUNTING, path, 10_000_000)
        while (before := file.change("k", one_more)) is not None and before < 50:
            pass
        process.kill()
        process.wait(10)
        file.change("k", lambda account: setattr(account, "others", 0))
    assert file.usable
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_a_file_that_cannot_be_used_is_given_up_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A path below a file stands for a read-only home; nothing is raised, and nothing is tried again."""
    (tmp_path / "plain").write_text("")
    lost = LimitsFile(tmp_path / "plain" / "limits.sqlite")
    with caplog.at_level(logging.WARNING, "xerosql"):
        assert [lost.change("k", one_more) for _ in range(3)] == [None] * 3
    assert not lost.usable
    (warning,) = caplog.records
    assert "limits_file" in warning.getMessage()


def test_a_file_that_is_no_database_is_given_up(tmp_path: Path) -> None:
    """And left as it is: it may be somebody's."""
    (tmp_path / "notes").write_text("not a database, but a text that is long enough to be looked at" * 20)
    lost = LimitsFile(tmp_path / "notes")
    assert lost.change("k", one_more) is None
    assert (tmp_path / "notes").read_text().startswith("not a database")


def test_a_file_that_another_holds_for_long_is_given_up(
    file: LimitsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped process must not stop all others."""
    file.change("k", one_more)
    file.close()
    monkeypatch.setattr(limits_file, "_PATIENCE", 0.05)
    holder = sqlite3.connect(tmp_path / "state" / "limits.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert file.change("k", one_more) is None
    assert not file.usable
    holder.execute("ROLLBACK")
    holder.close()


def test_an_account_that_cannot_be_read_begins_anew(file: LimitsFile, tmp_path: Path) -> None:
    """Whoever wrote it."""
    file.change("k", one_more)
    vandal = sqlite3.connect(tmp_path / "state" / "limits.sqlite")
    vandal.execute("UPDATE accounts_1 SET account = x'c1'")
    vandal.commit()
    vandal.close()
    assert file.change("k", one_more) == 1


def test_one_process_opens_a_file_once(tmp_path: Path) -> None:
    """Whoever asks."""
    assert file_at(tmp_path / "x") is file_at(tmp_path / "x")
    assert file_at(tmp_path / "x") is not file_at(tmp_path / "y")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is POSIX")
def test_a_forked_process_opens_its_own(tmp_path: Path) -> None:
    """Servers fork their workers while other threads hold the file."""
    program = """
import os, sys, threading, time
from pathlib import Path
from xerosql.api.limits_file import LimitsFile
file = LimitsFile(Path(sys.argv[1]))
def one_more(account):
    account.others += 1
    return account.others
def slow(account):
    inside.set()
    time.sleep(0.2)
inside = threading.Event()
file.change("k", one_more)
threading.Thread(target=file.change, args=("k", slow)).start()
inside.wait()
child = os.fork()
if child == 0:
    os._exit(0 if file.change("k", one_more) == 2 else 1)
sys.exit(os.waitpid(child, 0)[1] or file.change("k", one_more) != 3)
"""
    process = start(program, tmp_path / "limits.sqlite")
    assert process.wait(30) == 0


def test_the_usual_place_is_the_users_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`limits.sqlite` in a directory of ours."""
    monkeypatch.undo()
    assert limits_file.default_path().name == "limits.sqlite"


def test_closing_while_threads_change_is_safe(file: LimitsFile) -> None:
    """The next change opens it again."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            file.change("k", one_more)

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(20):
        file.close()
    stop.set()
    worker.join(10)
    assert file.usable
