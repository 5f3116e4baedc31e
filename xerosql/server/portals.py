"""Prepared statements and portals: what Parse and Bind, or PREPARE's cousin DECLARE, leave behind for later."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from xerosql.cursor import Row
from xerosql.errors import NotSupportedError
from xerosql.server.answers import Answer
from xerosql.server.failures import StatementError
from xerosql.server.messages import Field
from xerosql.server.session_settings import plain, words_of
from xerosql.server.statements import bare

#: Portals and prepared statements that one client may have, so that none can fill the memory with them.
MOST = 1000
#: Characters of all prepared statements of one client.
MOST_TEXT = 16_000_000
DECLARE = re.compile(
    r"""DECLARE\s+(?P<name>"(?:[^"]|"")+"|\w+)\s+(?P<options>(?:(?:BINARY|ASENSITIVE|INSENSITIVE|NO\s+SCROLL|SCROLL)\s+)*)
    CURSOR\s+(?P<hold>(?:WITH|WITHOUT)\s+HOLD\s+)?FOR\s+(?P<query>.*)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
ALL = 2**62


@dataclass
class Prepared:
    """A statement with the types of its parameters and, None if it has no rows, its columns.

    That is what it was when names meant what they did `as_of` then; None where no name matters.
    """

    sql: str
    word: str
    oids: Sequence[int] = ()
    fields: Sequence[Field] | None = None
    as_of: Hashable = None


@dataclass
class Portal:
    """A prepared statement with its values. It runs when its first rows are asked for; `answer` is None before."""

    prepared: Prepared
    parameters: Sequence[object] = ()
    formats: Sequence[int] = ()
    holds: bool = True
    answer: Answer | None = None
    sent: int = 0
    ended: bool = False

    def close(self) -> None:
        if self.answer is not None:
            self.answer.rows.close()


@dataclass
class PortalRows:
    """At most so many rows of a portal."""

    portal: Portal
    left: int
    start: Callable[[], Answer]

    def fetch(self, size: int) -> Sequence[Row]:
        count = min(size, self.left)
        if self.portal.ended or not count:
            return ()
        if self.portal.answer is None:
            self.portal.answer = self.start()
        rows = self.portal.answer.rows.fetch(count)
        self.left -= len(rows)
        self.portal.ended = len(rows) < count
        return rows

    def close(self) -> None:
        """The portal keeps the rows that are left."""


@dataclass
class Portals:
    """A client's portals by name, those of DECLARE among them."""

    known: dict[str, Portal] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Portal:
        if name not in self.known:
            what = f'cursor "{name}" does not exist' if name else "portal does not exist"
            raise StatementError(what, sqlstate="34000")
        return self.known[name]

    def __setitem__(self, name: str, portal: Portal) -> None:
        if name and name in self.known:
            raise StatementError(f'cursor "{name}" already exists', sqlstate="42P03")
        if len(self.known) >= MOST:
            raise StatementError(f"a connection can have {MOST} open cursors", sqlstate="53400")
        self.close(name)
        self.known[name] = portal

    def need(self, name: str) -> None:
        """StatementError (34000) unless there is a portal of that name."""
        _ = self[name]

    def close(self, name: str) -> None:
        if (portal := self.known.pop(name, None)) is not None:
            portal.close()

    def end_transaction(self) -> None:
        """Close those that were not declared WITH HOLD."""
        for name in [name for name, portal in self.known.items() if not portal.holds]:
            self.close(name)

    def close_all(self) -> None:
        for name in list(self.known):
            self.close(name)


@dataclass(frozen=True)
class Declaration:
    """`DECLARE name CURSOR FOR query` taken apart."""

    name: str
    query: str
    holds: bool

    @classmethod
    def of(cls, sql: str) -> Declaration:
        found = DECLARE.fullmatch(bare(sql).rstrip("; \n\t"))
        if found is None:
            raise StatementError("syntax error in DECLARE", sqlstate="42601")
        if "BINARY" in found["options"].upper():
            raise NotSupportedError("BINARY cursors are not supported; ask for binary results when you execute")
        hold = (found["hold"] or "").upper().startswith("WITH ")
        return cls(identifier(found["name"]), found["query"], hold)


@dataclass(frozen=True)
class Movement:
    """`FETCH` or `MOVE` taken apart: how many rows, forward, from which cursor."""

    count: int
    name: str

    @classmethod
    def of(cls, sql: str) -> Movement:
        words = [word for word in words_of(sql)[1:] if word.upper() not in ("FROM", "IN")]
        if not words:
            raise StatementError("syntax error in FETCH", sqlstate="42601")
        *direction, name = words
        return cls(rows_in([word.upper() for word in direction]), identifier(name))


def rows_in(direction: Sequence[str]) -> int:
    """The number of rows that the words between FETCH and FROM ask for."""
    steps = [word for word in direction if word not in ("FORWARD", "NEXT", "RELATIVE")]
    if not steps:
        return 1
    if len(steps) == 1 and steps[0] == "ALL":
        return ALL
    if len(steps) == 1 and steps[0].isdecimal() and len(steps[0]) < len(str(ALL)):
        return int(steps[0])
    raise StatementError("a cursor can only move forward", sqlstate="55000")


def identifier(written: str) -> str:
    """A name as PostgreSQL folds it: in lower case unless it stands in quotes."""
    return plain(written) if written.startswith('"') else written.lower()
