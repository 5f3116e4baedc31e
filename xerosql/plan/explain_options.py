"""EXPLAIN and its options, read off the text: the parser of statements knows it as an opaque command only."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from xerosql.errors import NotSupportedError, ProgrammingError

TAKES = "EXPLAIN takes ANALYZE and FORMAT TEXT or JSON, as in EXPLAIN (ANALYZE, FORMAT JSON) SELECT …"
FORMATS = ("text", "json")
SWITCH = {"": True, "true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
BEGINNING = re.compile(r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*explain\b\s*", re.IGNORECASE | re.DOTALL)
WORD = re.compile(r"(analyze|analyse|verbose)\b\s*|(format)\b\s*=?\s*(\w+)\s*", re.IGNORECASE)
OPTION = re.compile(r"\s*(\w+)\s*=?\s*(\w*)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explained:
    """What is to be explained, and how."""

    statement: str
    analyze: bool = False
    format: str = "text"


def read_explain(sql: str) -> Explained | None:
    """EXPLAIN with its options; None for any other statement.

    Raises NotSupportedError for an option or format that there is not, ProgrammingError where nothing follows.
    """
    begun = BEGINNING.match(sql)
    if begun is None:
        return None
    rest = sql[begun.end() :]
    found = Explained(rest)
    if rest.startswith("("):
        listed, closed, rest = rest[1:].partition(")")
        if not closed or rest.lstrip().upper().startswith(("UNION", "INTERSECT", "EXCEPT")):
            found = replace(found, statement=sql[begun.end() :])
        elif not listed.lstrip().upper().startswith(("SELECT", "WITH", "VALUES", "(")):
            found = with_options(listed, rest)
    else:
        found = with_words(found)
    if not found.statement.strip():
        raise ProgrammingError("there is nothing to EXPLAIN: a statement must follow", sqlstate="42601")
    return found


def with_options(listed: str, statement: str) -> Explained:
    """EXPLAIN (ANALYZE, FORMAT JSON) …"""
    found = Explained(statement)
    for option in listed.split(","):
        matched = OPTION.fullmatch(option)
        if matched is None:
            raise ProgrammingError(f'"{option.strip()}" is no option of EXPLAIN. {TAKES}', sqlstate="42601")
        found = with_option(found, matched.group(1), matched.group(2))
    return found


def with_words(found: Explained) -> Explained:
    """EXPLAIN ANALYZE … and EXPLAIN FORMAT JSON …, without parentheses."""
    while matched := WORD.match(found.statement):
        name, format_, value = matched.groups()
        found = with_option(replace(found, statement=found.statement[matched.end() :]), name or format_, value or "")
    return found


def with_option(found: Explained, name: str, value: str) -> Explained:
    name, value = name.lower(), value.lower()
    if name in ("analyze", "analyse") and value in SWITCH:
        return replace(found, analyze=SWITCH[value])
    if name == "format" and value in FORMATS:
        return replace(found, format=value)
    if name == "format":
        raise NotSupportedError(f"EXPLAIN has no format {value.upper() or 'without a name'}. {TAKES}")
    raise NotSupportedError(f"EXPLAIN has no option {' '.join((name, value)).strip().upper()}. {TAKES}")
