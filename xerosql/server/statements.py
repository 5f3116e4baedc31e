"""The text of a query message: its statements, byte for byte, the words they begin with, and what may be logged."""

from __future__ import annotations

import re

from xerosql.server.failures import StatementError

#: Characters of one message with statements. Planning takes memory and time in proportion: up to ten seconds, 200 MB.
LONGEST = 250_000
#: What hides a semicolon or a number: strings, quoted names, comments and dollar quotes, whole or only begun.
HIDING = r"""
      (?P<text> (?<![\w$])[eE]'(?:[^'\\]++|''|\\.)*+(?:'|\Z) | '(?:[^']++|'')*+(?:'|\Z) )
    | (?P<name> "(?:[^"]++|"")*+(?:"|\Z) )
    | (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<dollar> (?<![\w$])\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z) )
"""
SEMICOLON = re.compile(rf"{HIDING} | (?P<end>;)", re.VERBOSE | re.DOTALL)
LITERAL = re.compile(
    rf"{HIDING} | (?<![\w$.])(?P<number> \d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+ )", re.VERBOSE | re.DOTALL
)
COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z)", re.DOTALL)
WORD = re.compile(r"[A-Za-z_]+")


def split(text: str) -> list[str]:
    """The statements of a simple query, without their semicolons and without those that are only space and comments.

    StatementError (54000) for one that is too long to be looked at.
    """
    check_length(text)
    found, start = [], 0
    for match in SEMICOLON.finditer(text):
        if match["end"]:
            found.append(text[start : match.start()])
            start = match.end()
    return [each.strip() for each in (*found, text[start:]) if bare(each)]


def bare(text: str) -> str:
    """The text from its first word on: without the space and the comments in front of it."""
    at = 0
    while (match := COMMENT.match(text, at)) is not None:
        at = match.end()
    return text[at:]


def first_word(text: str) -> str:
    """The word that the statement begins with, in capitals; SELECT for one in parentheses."""
    rest = bare(text)
    if rest.startswith("("):
        return "SELECT"
    found = WORD.match(rest)
    return found[0].upper() if found else ""


def check_length(text: str) -> None:
    """StatementError (54000) for a statement that is too long to be planned."""
    if len(text) > LONGEST:
        raise StatementError(f"the statement has more than {LONGEST:,} characters", sqlstate="54000")


def without_values(text: str) -> str:
    """The statement with `?` in the place of every text and number, on one line."""
    return " ".join(LITERAL.sub(lambda found: shown(found), text).split())


def shown(found: re.Match[str]) -> str:
    if found["comment"] is not None:
        return " "
    return found[0] if found["name"] is not None else "?"
