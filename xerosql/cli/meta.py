"""The shell's own commands, which begin with a backslash."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xerosql.cli.describe import show_columns, show_tables
from xerosql.cli.outcome import complain
from xerosql.cli.table import Layout

if TYPE_CHECKING:
    from xerosql.cli.shell import Shell

HELP = """\
  \\d, \\dt     list the tables
  \\d Tasks    describe a table
  \\x          rows as fits the screen, always as lists, always as tables
  \\timing     show calls and seconds, or not
  \\q, Ctrl-D  leave
  Ctrl-C      cancel the running statement, or drop what is typed
  Tab         complete a keyword, a table or a column
A statement may have many lines; the semicolon runs it."""


def obey(shell: Shell, text: str) -> None:
    """Do what a line such as `\\d Tasks` says."""
    word, _, rest = text.rstrip(";").partition(" ")
    command = COMMANDS.get(word)
    if command is None:
        complain(f"there is no command {word}; \\? lists them")
    else:
        command(shell, rest.strip())


def describe(shell: Shell, name: str) -> None:
    if name:
        show_columns(shell.connection, name, shell.to)
    else:
        show_tables(shell.connection, shell.to)


def list_tables(shell: Shell, _: str) -> None:
    show_tables(shell.connection, shell.to)


def toggle_timing(shell: Shell, _: str) -> None:
    shell.timing = not shell.timing
    shell.to.write(f"Calls and seconds are {'shown' if shell.timing else 'not shown'}.\n")


def change_layout(shell: Shell, _: str) -> None:
    """Round and round: as fits, always lists, always tables."""
    order = [Layout.AUTO, Layout.RECORDS, Layout.TABLE]
    shell.layout = order[(order.index(shell.layout) + 1) % len(order)]
    said = {Layout.AUTO: "as fits the screen best", Layout.RECORDS: "as lists", Layout.TABLE: "as tables"}
    shell.to.write(f"Rows are shown {said[shell.layout]}.\n")


def help_(shell: Shell, _: str) -> None:
    shell.to.write(f"{HELP}\n")


def leave(shell: Shell, _: str) -> None:
    shell.ended = True


COMMANDS: dict[str, Callable[[Shell, str], None]] = {
    "\\d": describe,
    "\\dt": list_tables,
    "\\x": change_layout,
    "\\timing": toggle_timing,
    "\\?": help_,
    "\\h": help_,
    "\\q": leave,
}
