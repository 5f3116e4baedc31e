"""The shell from a pipe and behind a terminal."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, reaching, xerosql
from xerosql.simulator import Server

Open = Callable[..., Terminal]


@pytest.fixture
def terminal() -> Iterator[Open]:
    opened: list[Terminal] = []

    def open_(*arguments: str, environ: dict[str, str] | None = None) -> Terminal:
        opened.append(Terminal(*arguments, environ=environ))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def shell(terminal: Open) -> Terminal:
    """A shell on the demo that has shown its first prompt."""
    opened = terminal("shell", "--profile", "demo")
    opened.until("=>")
    return opened


def piped(text: str) -> str:
    return xerosql("shell", "--profile", "demo", given=text).stdout


# -- From a pipe -------------------------------------------------------------------------------------------------------


def test_a_pipe_runs_statement_by_statement() -> None:
    out = piped("SELECT 1 AS first;\nSELECT 2\n AS second; SELECT 3 AS third")
    assert [word for word in ("first", "second", "third") if word in out] == ["first", "second", "third"]


def test_an_error_does_not_end_it_but_shows_in_the_exit_code() -> None:
    result = xerosql("shell", "--profile", "demo", given="SELECT nonsense;\nSELECT 5 AS after_it;\n")
    assert "after_it" in result.stdout
    assert "SQLSTATE 42703" in result.stderr
    assert result.exit_code == 1


def test_backslash_commands_work_in_a_pipe() -> None:
    out = piped("\\dt\n\\d Users\n\\timing\n\\x\n\\?\nSELECT 1 AS a;\n\\q\nSELECT 'never' AS b;\n")
    assert "Projects" in out
    assert "E-mail address." in out
    assert "row 1" in out
    assert "never" not in out
    assert " s\n" not in out


def test_an_unknown_command_says_where_help_is() -> None:
    assert "\\? lists them" in xerosql("shell", "--profile", "demo", given="\\nope\n").stderr


def test_calls_and_seconds_follow_each_result() -> None:
    assert "48 rows · 1 call · " in piped("SELECT Name FROM Projects;")


def test_writes_are_seen_by_the_statements_that_follow() -> None:
    out = piped(
        "UPDATE Projects SET Status = 'CLOSED' WHERE Name = 'Rebrand';\n"
        "SELECT Status FROM Projects WHERE Name = 'Rebrand';\n"
    )
    assert "1 row changed" in out
    assert "CLOSED" in out


# -- Behind a terminal -------------------------------------------------------------------------------------------------


def test_a_statement_may_have_many_lines_and_ends_with_a_semicolon(shell: Terminal) -> None:
    shell.type("SELECT count(*) AS how_many\r")
    shell.until("->")
    shell.type("FROM Projects;\r")
    assert "how_many" in shell.until("1 row · 1 call")


def test_tab_completes_a_table(shell: Terminal) -> None:
    shell.type("SELECT count(*) AS n FROM Proj\t")
    shell.until("ects")
    shell.type(";\r")
    shell.until("1 row · 1 call")


def test_an_error_leaves_the_shell_running(shell: Terminal) -> None:
    shell.type("SELECT nonsense;\r")
    shell.until("SQLSTATE 42703")
    shell.until("=>")
    shell.type("SELECT 77 AS lucky;\r")
    shell.until("77")


def test_ctrl_c_drops_what_is_typed(shell: Terminal) -> None:
    shell.type("SELECT nonsense")
    shell.until("nonsense")
    shell.type("\x03")
    shell.until("=>")
    shell.type("SELECT 77 AS lucky;\r")
    shell.until("77")


@pytest.mark.parametrize("leave", ["\\q\r", "\x04"], ids=["backslash q", "Ctrl-D"])
def test_it_can_be_left(shell: Terminal, leave: str) -> None:
    shell.type(leave)
    shell.rest()
    assert shell.process.wait(30) == 0


def test_the_history_is_kept_for_its_owner_alone(shell: Terminal, terminal: Open) -> None:
    shell.type("SELECT 4711 AS kept;\r")
    shell.until("1 row")
    shell.type("\\q\r")
    shell.rest()
    path = Path(os.environ["XDG_STATE_HOME"]) / "xerosql" / "history"
    assert "4711" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = terminal("shell", "--profile", "demo")
    again.until("=>")
    again.type("\x1b[A\x1b[A\r")  # up, past \q
    again.until("1 row")


def test_ctrl_c_cancels_a_running_statement_and_the_shell_goes_on(terminal: Open, slow_xero: Server) -> None:
    shell = terminal("shell", environ=reaching(slow_xero))
    shell.until("=>")
    shell.type("SELECT count(*) FROM Tasks;\r")
    shell.until("calls · ")  # the progress line: it runs
    shell.type("\x03")
    shell.until("cancelled")
    shell.until("=>")
    shell.type("SELECT 77 AS lucky;\r")
    shell.until("77")
    assert slow_xero.simulator.calls < 60
