"""Prepared statements: those of Parse and those of SQL's PREPARE, which share their names; EXECUTE taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xerosql import Connection
from xerosql.errors import NotSupportedError
from xerosql.server import oids
from xerosql.server.decode import decoded
from xerosql.server.failures import StatementError
from xerosql.server.portals import MOST, MOST_TEXT, Prepared, identifier
from xerosql.server.statements import bare

NAME = r"""(?P<name>"(?:[^"]|"")+"|[A-Za-z_]\w*)"""
PREPARE = re.compile(
    rf"PREPARE\s+{NAME}\s*(?:\((?P<types>[^()]*(?:\([\d\s,]*\)[^()]*)*)\)\s*)?\bAS\b(?P<sql>.+)",
    re.IGNORECASE | re.DOTALL,
)
EXECUTE = re.compile(
    rf"(?P<explain>EXPLAIN\b.*?)?\bEXECUTE\s+{NAME}\s*(?:\((?P<values>.*)\))?", re.IGNORECASE | re.DOTALL
)
DEALLOCATE = re.compile(rf"DEALLOCATE\s+(?:PREPARE\s+)?{NAME}", re.IGNORECASE)
#: What stands behind a type's name and says no more than the name: digits, a length.
DIGITS = re.compile(r"\(.*\)")
#: The engine's names of types that a value is made for.
ENGINE_TYPES = {oid: name for name, oid in reversed(oids.OURS.items())}
ENGINE_TYPES |= {oids.NUMERIC: "DECIMAL(38,10)", oids.INT2: "SMALLINT", oids.INT8: "BIGINT", oids.INT4: "INTEGER"}


@dataclass
class Statements:
    """A client's prepared statements by name; "" is the one without a name, which another takes the place of."""

    known: dict[str, Prepared] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Prepared:
        if name not in self.known:
            what = (
                f'prepared statement "{name}" does not exist' if name else "unnamed prepared statement does not exist"
            )
            raise StatementError(what, sqlstate="26000")
        return self.known[name]

    def room(self, name: str, sql: str) -> None:
        """StatementError unless there can be one more of that name and text."""
        if name and name in self.known:
            raise StatementError(f'prepared statement "{name}" already exists', sqlstate="42P05")
        if len(self.known) >= MOST:
            raise StatementError(f"a connection can have {MOST} prepared statements", sqlstate="53400")
        self.known.pop(name, None)
        if len(sql) + sum(len(each.sql) for each in self.known.values()) > MOST_TEXT:
            raise StatementError(f"prepared statements can have {MOST_TEXT:,} characters in all", sqlstate="53400")

    def deallocate(self, sql: str) -> str:
        """Forget one, or ALL; the tag of the answer."""
        found = DEALLOCATE.fullmatch(bare(sql).rstrip("; \n\t"))
        if found is None:
            raise StatementError("syntax error in DEALLOCATE", sqlstate="42601")
        if found["name"].upper() == "ALL":
            self.known.clear()
            return "DEALLOCATE ALL"
        _ = self[identifier(found["name"])]
        del self.known[identifier(found["name"])]
        return "DEALLOCATE"


@dataclass(frozen=True)
class Preparation:
    """`PREPARE name (types) AS statement` taken apart; `declared` are the numbers of the types."""

    name: str
    declared: tuple[int, ...]
    sql: str

    @classmethod
    def of(cls, sql: str, find_type: Callable[[str], int | None]) -> Preparation:
        found = PREPARE.fullmatch(bare(sql).rstrip("; \n\t"))
        if found is None:
            raise NotSupportedError("PREPARE takes a name, types if any, and a statement: PREPARE p (int) AS SELECT …")
        written = DIGITS.sub("", found["types"] or "")
        return cls(
            identifier(found["name"]),
            tuple(number_of(each, find_type) for each in written.split(",") if each.strip()),
            found["sql"].strip(),
        )


def number_of(written: str, find_type: Callable[[str], int | None]) -> int:
    """A type's number by its name; 0 for `unknown`, which is left to the statement."""
    name = " ".join(written.lower().split())
    if name == "unknown":
        return 0
    found = find_type(name)
    if found is None:
        raise StatementError(f'type "{name}" does not exist', sqlstate="42704")
    return found


@dataclass(frozen=True)
class Execution:
    """`EXECUTE name (values)` taken apart, with the EXPLAIN in front of it if there is one."""

    explain: str
    name: str
    values: str

    @classmethod
    def of(cls, sql: str) -> Execution | None:
        """None for a statement that is none."""
        found = EXECUTE.fullmatch(bare(sql).rstrip("; \n\t"))
        if found is None:
            return None
        return cls(found["explain"] or "", identifier(found["name"]), (found["values"] or "").strip())

    def parameters(self, connection: Connection, prepared: Prepared, given: Sequence[object]) -> list[object]:
        """The values, worked out by the engine and made what the statement takes; StatementError if they do not fit."""
        values: Sequence[object] = ()
        if self.values:
            row = connection.execute(f"SELECT * FROM (VALUES ({self.values})) AS given", given or None).fetchone()
            values = row or ()
        if len(values) != len(prepared.oids):
            sentence = f'wrong number of parameters for prepared statement "{self.name}"'
            raise StatementError(f"{sentence}: expected {len(prepared.oids)}, got {len(values)}", sqlstate="42601")
        pairs = list(zip(values, prepared.oids, strict=True))
        others = [(each, oid) for each, oid in pairs if not isinstance(each, str)]
        made = iter(cast(connection, others))
        return [decoded(each.encode(), oid, 0) if isinstance(each, str) else next(made) for each, oid in pairs]


def cast(connection: Connection, values: Sequence[tuple[object, int]]) -> Sequence[object]:
    """Values that are no texts, as the types say."""
    wanted = [
        f"${place}" if isinstance(value, Decimal) and oid == oids.NUMERIC else f"CAST(${place} AS {engine_type(oid)})"
        for place, (value, oid) in enumerate(values, start=1)
    ]
    given = [value for value, _ in values]
    return connection.execute(f"SELECT {', '.join(wanted)}", given).fetchone() or () if wanted else ()


def engine_type(oid: int) -> str:
    """The engine's type that a value of this type is made."""
    if oid in oids.ELEMENTS:
        return f"{engine_type(oids.ELEMENTS[oid])}[]"
    return ENGINE_TYPES.get(oid, "VARCHAR")
