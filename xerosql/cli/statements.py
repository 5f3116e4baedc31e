"""Finds where statements end: at a semicolon that stands in no string, name, comment or dollar quote."""

from __future__ import annotations

import re

#: What can hide a semicolon, whole or (at the end of the text) begun.
HIDING = re.compile(
    r"""
      '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | --[^\n]*
    | /\*.*?(?:\*/|\Z)
    | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def split(text: str) -> tuple[list[str], str]:
    """The statements that are complete, without their semicolons, and the rest."""
    statements, start = [], 0
    for match in HIDING.finditer(text):
        if match["end"]:
            statements.append(text[start : match.start()].strip())
            start = match.end()
    return [each for each in statements if not is_blank(each)], text[start:]


def is_complete(text: str) -> bool:
    """Whether Enter should run the text: nothing, a command of the shell, or SQL that ends with a semicolon."""
    return text.lstrip().startswith("\\") or is_blank(split(text)[1])


def is_blank(text: str) -> bool:
    """Whether there is nothing but space and comments."""
    return not COMMENTS.sub("", text).strip()
