"""Values as text: one way for people to read, one for programs. Money keeps every digit and is never a float."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal

from xerosql.cli.outcome import printable

NULL = "NULL"


def exact(number: Decimal) -> str:
    """All digits, without an exponent."""
    return format(number, "f")


def plain(value: object) -> str:
    """The value for a CSV cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, list | tuple | dict):
        return json_text(value)
    return str(value)


def json_text(value: object) -> str:
    """The value as JSON. A decimal becomes a number token with all its digits: `25838.3900`."""
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return exact(value) if value.is_finite() else "null"
    if isinstance(value, float):
        return json.dumps(value) if value - value == 0 else "null"  # JSON has neither NaN nor infinity
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(json_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(str(key))}: {json_text(each)}' for key, each in value.items())}}}"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return json.dumps(value.isoformat())
    return json.dumps(plain(value), ensure_ascii=False)


def csv_text(value: object) -> str:
    """The value as a CSV cell: nothing for NULL, `""` for an empty string."""
    if value is None:
        return ""
    text = plain(value)
    if text == "" or any(each in text for each in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def shown(value: object) -> str:
    """The value for a person. What could steer a terminal is written out as its escape."""
    return NULL if value is None else printable(plain(value))


def shown_column(values: Sequence[object]) -> list[str]:
    """A column for a person: its decimals with equally many places, as few as show all of them, and at least two."""
    decimals = [value for value in values if isinstance(value, Decimal) and value.is_finite()]
    places = max((places_of(value) for value in decimals), default=0)
    return [
        f"{value:.{max(places, 2)}f}" if isinstance(value, Decimal) and value.is_finite() else shown(value)
        for value in values
    ]


def places_of(value: Decimal) -> int:
    """The decimals that are not just zeros at the end."""
    return len(exact(value).partition(".")[2].rstrip("0"))


def is_number(values: Iterable[object]) -> bool:
    """Whether a column holds numbers, to be written flush right."""
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def told_apart(names: Sequence[str]) -> list[str]:
    """The names with a number behind those that were there before: a format of named fields would lose them."""
    taken: list[str] = []
    for name in names:
        free, count = name, 2
        while free in taken:
            free, count = f"{name}_{count}", count + 1
        taken.append(free)
    return taken
