"""The progress line: when it comes, what it says, that it goes, and that only a terminal sees it."""

from __future__ import annotations

import re
import subprocess

import pytest

import xerosql
from tests.cli.conftest import Terminal, in_own_process, reaching
from xerosql.cli import running
from xerosql.cli.progress import sentence
from xerosql.simulator import Server

SLOW = "SELECT count(*) AS n FROM Tasks"


class Counts:
    api_calls, rows_fetched, seconds = 12, 5210, 4.0


def test_the_line_counts_calls_rows_and_rate() -> None:
    assert sentence(Counts()) == "12 calls · 5,210 rows · 1,302 rows/s · 4 s · Ctrl-C cancels"


def test_a_slow_statement_shows_its_progress_and_wipes_it(slow_xero: Server) -> None:
    terminal = Terminal("query", SLOW, environ=reaching(slow_xero))
    try:
        shown = terminal.until("rows/s")
        assert re.search(r"\d+ calls? · \d+ rows? · ", shown)
        terminal.rest()
        wiped, _, after = terminal.raw.rpartition("\x1b[2K")
        assert "Ctrl-C cancels" not in after
        assert "600" in after
        assert wiped
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()


def test_rows_in_a_file_still_show_progress_on_the_terminal(slow_xero: Server, tmp_path: object) -> None:
    terminal = Terminal("query", "-f", "csv", SLOW, environ=reaching(slow_xero), stdout=subprocess.DEVNULL)
    try:
        terminal.until("rows/s")
        terminal.rest()
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()


def test_without_a_terminal_there_is_no_progress(slow_xero: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in reaching(slow_xero).items():
        monkeypatch.setenv(name, value)
    done = in_own_process("query", SLOW)
    assert "600" in done.stdout
    assert re.fullmatch(r"1 row · 61 calls · \d+\.\d\d s\n", done.stderr)


def test_a_quick_statement_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("a progress line for a statement that was done at once")

    monkeypatch.setattr(running, "PATIENCE", 60.0)
    monkeypatch.setattr(running, "Progress", refuse)
    with xerosql.connect("demo") as connection, connection.cursor() as cursor:
        assert running.run(cursor, lambda: running.fetched(cursor, "SELECT 1")) == [(1,)]


def test_ctrl_c_stops_the_calls_and_ends_with_130(slow_xero: Server) -> None:
    terminal = Terminal("query", SLOW, environ=reaching(slow_xero))
    try:
        terminal.until("rows/s")
        terminal.type("\x03")
        terminal.until("xerosql: cancelled")
        assert terminal.process.wait(30) == 130
        assert slow_xero.simulator.calls < 60
    finally:
        terminal.close()
