"""Query parameters: names match in either case, lists are comma-separated (or repeated, as the official SDK does).

A value that cannot be read is a 400. What Xero does with one is not documented; an error shows the mistake soonest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import parse_qsl

from .clock import read_moment
from .exchange import Refused, invalid
from .ids import is_uuid
from .rows import Row

MAX_PAGE_SIZE = 500
LARGEST = 2_147_483_647  # page numbers are 32-bit integers on the other side

T = TypeVar("T")


class Query:
    """The parameters of one request, read by name and kind."""

    def __init__(self, text: str) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in parse_qsl(text):
            self._values.setdefault(name.lower(), []).extend(part.strip() for part in value.split(","))

    def has(self, name: str) -> bool:
        return name.lower() in self._values

    def words(self, name: str) -> list[str] | None:
        return self._values.get(name.lower())

    def ids(self, name: str) -> set[str] | None:
        """A set of UUIDs in lower case, or None when the parameter is absent."""
        words = self.words(name)
        if words is None:
            return None
        if not all(is_uuid(word) for word in words):
            raise self._bad(name, "is not a list of identifiers")
        return {word.lower() for word in words}

    def choices(self, name: str, allowed: Iterable[str]) -> set[str] | None:
        """A subset of the allowed words (matched without case), or None when absent."""
        words = self.words(name)
        if words is None:
            return None
        chosen = {word.upper() for word in words}
        if not chosen <= set(allowed):
            raise self._bad(name, f"takes only {', '.join(allowed)}")
        return chosen

    def flag(self, name: str) -> bool | None:
        words = self.words(name)
        if words is None:
            return None
        if len(words) != 1 or words[0].lower() not in ("true", "false"):
            raise self._bad(name, "is neither true nor false")
        return words[0].lower() == "true"

    def moment(self, name: str) -> str | None:
        words = self.words(name)
        if words is None:
            return None
        try:
            return read_moment(",".join(words).replace(" ", "+"))  # an unescaped + arrives as a space
        except (ValueError, OverflowError):
            raise self._bad(name, "is not an ISO 8601 time") from None

    def number(self, name: str, low: int, high: int) -> int | None:
        words = self.words(name)
        if words is None:
            return None
        text = words[0]
        if len(words) != 1 or not (text.isascii() and text.isdigit()) or not low <= int(text[:12]) <= high:
            raise self._bad(name, f"is not a number between {low} and {high}")
        return int(text)

    def _bad(self, name: str, complaint: str) -> Refused:
        return Refused(invalid({name: [f"{name} {complaint}."]}))


def page_of(query: Query, items: list[T], *, unpaged: bool) -> tuple[Row, list[T]]:
    """The `pagination` object and the items of the page asked for.

    As recorded on the wire, and against the documented default of 50: a list without `pageSize` comes in pages of
    500, and where `unpaged` (tasks, time, users) a request that names neither parameter gets everything as one page
    whose size is its number of rows. A page past the end is empty and still tells the true count.
    """
    page = query.number("page", 1, LARGEST)
    size = query.number("pageSize", 1, MAX_PAGE_SIZE)
    count = len(items)
    if unpaged and page is None and size is None:
        return {"page": 1, "pageSize": count, "pageCount": 1, "itemCount": count}, items
    page, size = page or 1, size or MAX_PAGE_SIZE
    start = (page - 1) * size
    pagination = {"page": page, "pageSize": size, "pageCount": -(-count // size), "itemCount": count}
    return pagination, items[start : start + size]
