"""What sqlglot cannot read, or would read as something else, put into other words before it reads the statement."""

from __future__ import annotations

import re

#: Types by which PostgreSQL's catalog numbers things; lists of them are lists of numbers.
NUMBERED = "oid|regclass|regtype|regproc|regprocedure|regoper|regnamespace|regrole"
PHRASES = re.compile(
    rf"""
      (?P<kept> '(?:[^']|'')*' | --[^\n]* | /\*.*?\*/ | "(?:[^"]|"")*"(?!\s*\.\s*"?default"?) )
    | (?P<list> ::\s*(?:pg_catalog\s*\.\s*)?(?:{NUMBERED})\s*\[\s*\] )
    | (?P<char> ::\s*(?:pg_catalog\s*\.\s*)?"char"(?P<chars>\s*\[\s*\])? )
    | (?P<prefix> ::\s*(?:pg_catalog|information_schema)\s*\.\s* )
    | (?P<cast> (?<=\bAS\s)(?:pg_catalog|information_schema)\s*\.\s*(?=\w+(?:\[\])?\s*\)) )
    | (?P<operator> \bOPERATOR\s*\(\s*(?:pg_catalog\s*\.\s*)?(?P<sign>[^\s)]+)\s*\) )
    | (?P<collate> \bCOLLATE\s+(?:"?pg_catalog"?\s*\.\s*)?(?:"?default"?|"C"|"POSIX")(?!\w) )
    | (?P<alias> (?<=\bAS\s)
        (?P<word>select|insert|update|delete|truncate|references|trigger|all|table|user)\b(?!\s*[.('"]) )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def readable(sql: str) -> str:
    """The statement without PostgreSQL's rarer spellings: OPERATOR(), COLLATE, types with their schema."""
    return PHRASES.sub(other_words, sql)


def other_words(found: re.Match[str]) -> str:
    if found["list"]:
        return "::bigint[]"
    if found["char"]:
        return "::varchar[]" if found["chars"] else "::varchar"
    if found["prefix"]:
        return "::"
    if found["cast"]:
        return ""
    if found["operator"]:
        return f" {found['sign']} "
    if found["collate"]:
        return " "
    return f'"{found["word"]}"' if found["alias"] else found[0]
