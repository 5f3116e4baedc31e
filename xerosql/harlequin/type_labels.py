"""The two or three signs by which Harlequin shows what a column holds."""

from __future__ import annotations

import re

#: By the first word of a type's name.
LABELS = {
    "VARCHAR": "s",
    "UUID": "id",
    "BOOLEAN": "t/f",
    "DECIMAL": "#.#",
    "FLOAT": "#.#",
    "DOUBLE": "#.#",
    "DATE": "d",
    "TIME": "t",
    "TIMESTAMP": "ts",
    "INTERVAL": "|-|",
    "JSON": "{}",
    "STRUCT": "{}",
    "MAP": "{}",
    "BLOB": "b",
}
INTEGER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")


def label_of(kind: str) -> str:
    """`##` for INTEGER, `[]` for INTEGER[], `?` for what nobody has thought of."""
    if kind.endswith("]"):
        return "[]"
    word = kind.partition("(")[0].partition(" ")[0].upper()
    return "##" if INTEGER.fullmatch(word) else LABELS.get(word, "?")
