"""Which page comes after this one.

The Projects API documents 50 rows a page and has been seen to answer with 500, or with everything, when not asked; so
`page` and `pageSize` are always sent, and the page count in the answer is what ends the list, not a short page.
"""

from __future__ import annotations

from xerosql.errors import InternalError

FIRST_PAGE = 1
PAGE_SIZE = 500
"""The most rows that the Projects API puts on a page."""

MAX_PAGES = 100_000
"""Fifty million rows. A higher page count is a broken answer, and following it would burn the quota of many days."""


def next_page(page: int, page_count: int) -> int | None:
    """The number of the page after `page`, None at the end. An empty list has a page count of 0 or 1.

    Raises InternalError when the answer claims more than `MAX_PAGES`.
    """
    _check(page_count)
    return page + 1 if page < page_count else None


def pages_after(page: int, page_count: int) -> range:
    """The numbers of all pages after `page`, for fetching them side by side."""
    _check(page_count)
    return range(page + 1, page_count + 1)


def _check(page_count: int) -> None:
    if page_count > MAX_PAGES:
        raise InternalError(f"Xero's answer claims {page_count} pages; xerosql follows at most {MAX_PAGES}")
