"""`xerosql query`: one statement, from the command line to rows on standard output or in a file."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from xerosql import Cursor
from xerosql.cli.connecting import connected
from xerosql.cli.connecting import opened as unconnected
from xerosql.cli.formats import WRITERS, check, names_of, opened
from xerosql.cli.outcome import Misuse
from xerosql.cli.progress import counted
from xerosql.cli.running import fetched, run
from xerosql.cli.table import show
from xerosql.cursor import Row

NAMED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """The options of the command; `run` carries it out. One that does not ask Xero needs no sign-in."""

    sql: str
    profile: str | None
    tenant: str | None
    format: str
    output: Path | None
    given: tuple[str, ...]
    quiet: bool
    asks_xero: bool = True

    def run(self) -> None:
        check(self.format, self.output)
        sql = sys.stdin.read() if self.sql == "-" else self.sql
        parameters = parameters_of(sql, self.given)
        connect = connected if self.asks_xero else unconnected
        with connect(self.profile, self.tenant) as connection, connection.cursor() as cursor:
            if self.format == "table":
                self.show_table(cursor, run(cursor, lambda: fetched(cursor, sql, parameters)))
            else:
                run(cursor, lambda: self.streamed(cursor, sql, parameters), progress=self.may_show_progress)
            if not self.quiet:
                self.say_what_it_cost(cursor)

    @property
    def may_show_progress(self) -> bool:
        """Rows that stream to a terminal are progress enough, and would break the line."""
        return self.output is not None or not sys.stdout.isatty()

    def show_table(self, cursor: Cursor, rows: list[Row] | None) -> None:
        if rows is not None:
            with opened(self.output) as to:
                show(names_of(cursor), rows, to)

    def streamed(self, cursor: Cursor, sql: str, parameters: list[str] | dict[str, str]) -> None:
        """Rows are written as they are fetched, however many there are."""
        cursor.execute(sql, parameters)
        if cursor.description is not None:
            with opened(self.output) as to:
                WRITERS[self.format](cursor, to)

    def say_what_it_cost(self, cursor: Cursor) -> None:
        where = f" to {self.output}" if self.output is not None and cursor.description is not None else ""
        print(cost_of(cursor, where), file=sys.stderr, flush=True)


def cost_of(cursor: Cursor, where: str = "") -> str:
    """ "5 rows · 50 calls · 0.04 s"."""
    stats = cursor.stats
    written = cursor.rowcount >= 0 and cursor.description is None
    rows = counted(max(cursor.rowcount, 0), "row") + (" changed" if written else "") + where
    parts = [] if cursor.rowcount < 0 else [rows]
    if stats is not None:
        parts += [counted(stats.api_calls, "call"), f"{stats.seconds:.2f} s"]
    return " · ".join(parts or ["done"])


def parameters_of(sql: str, given: tuple[str, ...]) -> list[str] | dict[str, str]:
    """The values of --param: by name if the statement has such names, else in order. Misuse for a mixture."""
    found = [NAMED.fullmatch(each) for each in given]
    named = {match[1]: match[2] for match in found if match and re.search(rf"(?<!:):{match[1]}\b", sql)}
    if not named:
        return list(given)
    if len(named) < len(given):
        raise Misuse("the statement's parameters have names; give each value once, as --param NAME=VALUE")
    return named
