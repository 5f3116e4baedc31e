"""`xerosql shell`: reads statements and runs them one after the other, from a terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from xerosql import Connection, Error
from xerosql.cli.connecting import connected
from xerosql.cli.formats import names_of
from xerosql.cli.meta import obey
from xerosql.cli.outcome import Interrupted, complain, sentence_of
from xerosql.cli.query import cost_of
from xerosql.cli.running import fetched, run
from xerosql.cli.statements import is_blank, split
from xerosql.cli.table import Layout, show


@dataclass
class Shell:
    """What the session remembers. `name` is what the prompt says."""

    connection: Connection
    name: str = "xero"
    timing: bool = True
    layout: Layout = Layout.AUTO
    to: TextIO = field(default_factory=lambda: sys.stdout)
    failed: bool = False
    ended: bool = False

    def take(self, text: str) -> None:
        """Run what was typed: a command with a backslash, or the statements of the text. Errors are shown."""
        if text.lstrip().startswith("\\"):
            self.guarded(text.strip(), command=True)
            return
        statements, rest = split(text)
        for statement in [*statements, *([] if is_blank(rest) else [rest])]:
            self.guarded(statement, command=False)

    def guarded(self, text: str, *, command: bool) -> None:
        try:
            obey(self, text) if command else self.execute(text)
        except Error as error:
            self.failed = True
            complain(sentence_of(error))
        except Interrupted:
            complain("cancelled")
        except BrokenPipeError:
            raise
        except OSError as error:
            self.failed = True
            complain(str(error))

    def execute(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            rows = run(cursor, lambda: fetched(cursor, statement))
            if rows is not None:
                show(names_of(cursor), rows, self.to, self.layout)
            if self.timing:
                self.to.write(f"{cost_of(cursor)}\n")
            self.to.flush()


def run_shell(profile: str | None, tenant: str | None) -> None:
    """Until \\q or the end of the input. Exit code 1 if a statement of a pipe failed."""
    with connected(profile, tenant) as connection:
        shell = Shell(connection, profile or connection.settings.profile or "xero")
        if sys.stdin.isatty():
            converse(shell)
        else:
            listen(shell, sys.stdin)
            if shell.failed:
                raise SystemExit(1)


def converse(shell: Shell) -> None:
    """A person at a terminal: an error or Ctrl-C ends a statement, not the shell."""
    from xerosql.cli.prompt import Prompt

    prompt = Prompt(shell)
    shell.to.write("End a statement with a semicolon; writes are final. \\? for help, \\q to leave.\n")
    while not shell.ended:
        try:
            text = prompt.read()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        shell.take(text)


def listen(shell: Shell, stream: TextIO) -> None:
    """A pipe: each statement runs when its semicolon has come."""
    for text in statements_from(stream):
        shell.take(text)
        if shell.ended:
            return


def statements_from(stream: TextIO) -> Iterator[str]:
    waiting = ""
    for line in stream:
        if is_blank(waiting) and line.lstrip().startswith("\\"):
            yield line
            continue
        statements, waiting = split(waiting + line)
        yield from statements
    if not is_blank(waiting):
        yield waiting
