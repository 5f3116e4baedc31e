"""What a server answers, to the last byte, with the numbers of things given in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import generators, pq

from tests.introspection.question import Question

FIRST = 10_000  # things with lower numbers have the same in every PostgreSQL 15
NUMBERED = 26, 24, 2205, 2206, 4089, 4096  # oid, regproc, regclass, regtype, regnamespace, regrole
#: Everything that has a number, by kind and name.
NUMBERS = """
    SELECT c.oid::int8, n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL SELECT oid::int8, nspname FROM pg_namespace
    UNION ALL SELECT c.oid::int8, 'constraint ' || n.nspname || '.' || c.conname FROM pg_constraint c
        JOIN pg_namespace n ON n.oid = c.connamespace
    UNION ALL SELECT t.oid::int8, 'type ' || n.nspname || '.' || t.typname FROM pg_type t
        JOIN pg_namespace n ON n.oid = t.typnamespace
    UNION ALL SELECT oid::int8, 'role ' || rolname FROM pg_roles
    UNION ALL SELECT oid::int8, 'database' FROM pg_database WHERE datname = current_database()
"""
NAMED = re.compile("«([^»]+)»")
ORDERED = re.compile(r"\border\s+by\b(?!.*\))|\border\s+by\b[^()]*(\([^()]*\)[^()]*)*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """The parameters' types, the columns with theirs, and the rows; or the error."""

    error: str | None
    parameters: tuple[int, ...] = ()
    columns: tuple[tuple[str, int], ...] = ()
    rows: tuple[tuple[bytes | str | None, ...], ...] = ()


class Asked:
    """A connection to one server."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.pq = connection.pgconn
        self.learn()

    def learn(self) -> None:
        """Look up the numbers of things."""
        found = [(number, name) for number, name in self.connection.execute(NUMBERS) if number >= FIRST]
        self.names = dict(found)
        self.numbers = {name: number for number, name in found}

    def simple(self, question: Question) -> Answer:
        """Asked without parameters, in one message."""
        self.pq.send_query(self.filled(question.sql).encode())
        return self.told(self.result(), question)

    def extended(self, question: Question, *, binary: bool = False) -> Answer:
        """Asked in the steps of the extended protocol."""
        sql = self.filled(question.sql).encode()
        values = [None if value is None else self.filled(value).encode() for value in question.values]
        self.pq.send_prepare(b"", sql, question.types or None)
        prepared = self.result()
        if prepared.status != pq.ExecStatus.COMMAND_OK:
            return self.told(prepared, question)
        self.pq.send_describe_prepared(b"")
        described = self.result()
        parameters = tuple(described.param_type(place) for place in range(described.nparams))
        self.pq.send_query_prepared(b"", values, [pq.Format.TEXT] * len(values), result_format=pq.Format(binary))
        return self.told(self.result(), question, parameters, binary=binary)

    def result(self) -> pq.abc.PGresult:
        """Waited for without holding up the server's threads, as libpq's own waiting would."""
        return self.connection.wait(generators.execute(self.pq))[-1]

    def filled(self, text: str) -> str:
        return NAMED.sub(lambda found: str(self.numbers[found[1]]), text)

    def told(
        self, result: pq.abc.PGresult, question: Question, parameters: tuple[int, ...] = (), *, binary: bool = False
    ) -> Answer:
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
            message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
            return Answer(f"{state.decode()} {message.decode()}")
        columns = tuple((name_of(result, place), result.ftype(place)) for place in range(result.nfields))
        rows = [
            tuple(
                self.cell(result.get_value(row, place), column, question, binary=binary)
                for place, column in enumerate(columns)
            )
            for row in range(result.ntuples)
        ]
        if not ORDERED.search(question.sql) or question.unordered:
            rows.sort(key=str)
        return Answer(None, parameters, columns, tuple(rows))

    def cell(
        self, value: bytes | None, column: tuple[str, int], question: Question, *, binary: bool
    ) -> bytes | str | None:
        """A value, or what is to be said instead of it."""
        name, kind = column
        if name in question.differs:
            return "differs"
        if value is None or not (kind in NUMBERED or name in question.numbers):
            return value
        if binary:
            return self.names.get(int.from_bytes(value, "big"), value)
        return self.names.get(int(value), value) if value.isdigit() else value


def name_of(result: pq.abc.PGresult, place: int) -> str:
    return (result.fname(place) or b"").decode()


def differences(ours: Answer, real: Answer) -> Iterator[str]:
    """What is not the same, in a few lines."""
    if ours.error or real.error:  # which no question is asked for
        yield f"ours: {ours.error or 'no error'}; real: {real.error or 'no error'}"
        return
    for what in ("parameters", "columns"):
        one, other = getattr(ours, what), getattr(real, what)
        if one != other:
            wrong = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
            yield f"{what}, ours and real: {wrong or (one, other)}"
    if len(ours.rows) != len(real.rows):
        missing = [row for row in real.rows if row not in ours.rows]
        extra = [row for row in ours.rows if row not in real.rows]
        yield f"{len(ours.rows)} rows, real {len(real.rows)}; missing {missing[:2]}, more {extra[:2]}"
        return
    wrong = {
        name
        for one, other in zip(ours.rows, real.rows, strict=True)
        for (name, _), mine, theirs in zip(real.columns, one, other, strict=False)
        if mine != theirs
    }
    for place, (name, _) in enumerate(real.columns):
        if name in wrong:
            shown = [
                (one[place], other[place])
                for one, other in zip(ours.rows, real.rows, strict=True)
                if one[place] != other[place]
            ]
            yield f"{name} in {len(shown)} of {len(real.rows)} rows, ours and real: {shown[:2]}"
