"""What a statement answers with: the columns and rows of a result, or only a tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from xerosql.cursor import Cursor, Row
from xerosql.execute.result import Result
from xerosql.server import oids
from xerosql.server.messages import Field
from xerosql.server.oids import PgType


class Rows(Protocol):
    """The rows of a result, taken from the front."""

    def fetch(self, size: int) -> Sequence[Row]:
        """The next `size` rows, fewer only at the end."""

    def close(self) -> None:
        """Let go of those that are left."""


class HeldRows:
    """Rows that are in memory already."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    def fetch(self, size: int) -> Sequence[Row]:
        taken, self.rows = self.rows[:size], self.rows[size:]
        return taken

    def close(self) -> None:
        self.rows = []


class CursorRows:
    """The rows of a cursor, fetched from Xero as they are taken. `finished` is called once, at the end of them."""

    def __init__(self, cursor: Cursor, finished: Callable[[Cursor], None]) -> None:
        self.cursor = cursor
        self.finished: Callable[[Cursor], None] | None = finished

    def fetch(self, size: int) -> Sequence[Row]:
        rows = self.cursor.fetchmany(size)
        if len(rows) < size:
            self.end()
        return rows

    def end(self) -> None:
        if self.finished is not None:
            self.finished(self.cursor)
            self.finished = None

    def close(self) -> None:
        self.end()
        self.cursor.close()


class Catalogued:
    """The rows of a question about the catalog, worked out as they are taken; `finish` makes of them what is sent."""

    def __init__(self, result: Result, finish: Callable[[Row], Row], finished: Callable[[], None]) -> None:
        self.result = result
        self.finish = finish
        self.finished = finished

    def fetch(self, size: int) -> Sequence[Row]:
        rows = [self.finish(row) for row in self.result.fetch(size)]
        if len(rows) < size:
            self.close()
        return rows

    def close(self) -> None:
        self.result.close()
        self.finished()


@dataclass
class Answer:
    """A statement's outcome. The tag ends with the number of rows if it is `counted`: those `affected`, or those sent.

    `copy` has the options of a COPY TO STDOUT, whose rows are not sent as a result's.
    """

    tag: str
    fields: Sequence[Field] | None = None
    rows: Rows = field(default_factory=lambda: HeldRows(()))
    counted: bool = False
    affected: int | None = None
    copy: object = None

    def complete_tag(self, sent: int) -> str:
        count = sent if self.affected is None else self.affected
        tag = f"{self.tag} 0" if self.tag == "INSERT" else self.tag
        return f"{tag} {count}" if self.counted else tag


#: What answers a statement with its parameters, by the statement's first word.
Handlers = dict[str, Callable[[str, Sequence[object]], Answer]]


def table_of(names: Sequence[str], rows: Sequence[Row], tag: str = "SHOW") -> Answer:
    """A small result of texts."""
    return Answer(tag, [PgType(oids.TEXT).field(name) for name in names], HeldRows(rows))


def fields_of(cursor: Cursor) -> list[Field] | None:
    """The columns of a cursor's result, None if it has none."""
    described = cursor.description
    if described is None:
        return None
    kinds = [(name, f"DECIMAL({p},{s})" if code == "DECIMAL" else code) for name, code, _, _, p, s, _ in described]
    return [oids.type_of(sql).field(name) for name, sql in kinds]
