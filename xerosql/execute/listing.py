"""Lists of several pages, which may change while they are read: each row once, and none left out that was there.

Xero's pages are cut anew for every request. A row added before the next page shows the last row of this one again; a
row deleted moves one to a page that has been read already; and rows may move to a page beyond those that there were.
The first is seen by the rows' keys, the others by Xero's counts, and then the list is read again for what is new in it.
What stays unseen is a row added and another deleted between the same two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

import msgspec

from xerosql.catalog.model import Table
from xerosql.errors import OperationalError
from xerosql.execute.decode import Decoder, Page
from xerosql.plan.binding import Fetch

MOST_READINGS = 4

Pages = Iterable[tuple[Fetch, Page, bytes]]


def steady(pages: Pages, table: Table, again: Callable[[Fetch], Pages]) -> Iterator[tuple[Fetch, Page, bytes]]:
    """The pages, which come list by list, without the rows of a list that came before; `again` reads a list anew.

    Costs nothing for lists of one page. Raises OperationalError (40001) for a list that never keeps still.
    """
    listing: Listing | None = None
    for fetch, page, body in pages:
        if listing is not None and listing.fetch != fetch:
            yield from listing.rest(again)
            listing = None
        if listing is None and page.page_count > 1:
            listing = Listing(fetch, table)
        yield fetch, page if listing is None else listing.new(page, body), body
    if listing is not None:
        yield from listing.rest(again)


class Counts(msgspec.Struct, frozen=True, gc=False):
    """What an answer says about its whole list."""

    itemCount: int = 0  # noqa: N815 - Xero's name
    pageCount: int = 1  # noqa: N815 - Xero's name


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """An answer without its rows."""

    pagination: Counts = Counts()


class Listing:
    """One list while it is read."""

    def __init__(self, fetch: Fetch, table: Table) -> None:
        self.fetch = fetch
        self.table = table
        names = table.identity or table.key
        self.keys = Decoder(table, tuple(table[name] for name in names))
        self.key_of = [attrgetter(table[name].json) for name in names]
        self.seen: set[tuple[object, ...]] = set()
        self.begin()

    def begin(self) -> None:
        self.first: Counts | None = None
        self.moved = False

    def new(self, page: Page, body: bytes) -> Page:
        """The page without the rows seen before."""
        self.note(body)
        items = []
        for item, keyed in zip(page.items, self.keys.page(body).items, strict=True):
            key = tuple(part(keyed) for part in self.key_of)
            if key not in self.seen or None in key:
                self.seen.add(key)
                items.append(item)
        return Page(items, page.page_count)

    def note(self, body: bytes) -> None:
        """See whether rows may have moved to a page that was read before, or to one that was not there."""
        counts = msgspec.json.decode(body, type=Envelope).pagination
        self.first = self.first or counts
        self.moved |= counts.itemCount < self.first.itemCount or counts.pageCount > self.first.pageCount

    def rest(self, again: Callable[[Fetch], Pages]) -> Iterator[tuple[Fetch, Page, bytes]]:
        """What a list that moved holds besides what has been seen; read until it keeps still."""
        readings = 1
        while self.moved:
            if readings == MOST_READINGS:
                raise OperationalError(
                    f"the list of {self.table.name} changed each of the {readings} times that it was read; "
                    "run the statement again",
                    sqlstate="40001",
                    retryable=True,
                )
            readings += 1
            self.begin()
            for fetch, page, body in again(self.fetch):
                yield fetch, self.new(page, body), body
