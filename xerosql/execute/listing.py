"""Lists of several pages, which may change while they are read: each row once, and none left out that was there.

Xero's pages are cut anew for every request. A row added before the next page shows the last row of this one again; a
row deleted moves one to a page that has been read already; and rows may move to a page beyond those that there were.
The first is seen by the rows' keys, the others by Xero's counts, and then the list is read again for what is new in it.
What stays unseen is a row added and another deleted between the same two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import attrgetter

from xerosql.catalog.model import Table
from xerosql.errors import OperationalError
from xerosql.execute.decode import Decoder, Page
from xerosql.plan.access import Fetch

MOST_READINGS = 4

Pages = Iterable[tuple[Fetch, Page, bytes]]


def steady(pages: Pages, table: Table, again: Callable[[Fetch], Pages]) -> Iterator[tuple[Fetch, Page]]:
    """The pages without the rows of their list that came before; `again` reads a list anew.

    Pages of several lists may come in turn. Costs nothing for lists of one page, and for those that are only counted.
    Raises OperationalError (40001) for a list that never keeps still.
    """
    listings: dict[Fetch, Listing] = {}
    for fetch, page, body in pages:
        listing = listings.get(fetch)
        if listing is None and (page.page_count <= 1 or fetch.counted is not None):
            yield fetch, page
            continue
        if listing is None:
            listing = listings[fetch] = Listing(fetch, table)
        yield fetch, listing.new(page, body)
        if listing.is_read:
            del listings[fetch]
            yield from listing.rest(again)


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
        self.first: Page | None = None
        self.pages = 0
        self.moved = False

    @property
    def is_read(self) -> bool:
        """Whether all pages have come that the first one told of."""
        return self.first is not None and self.pages >= self.first.page_count

    def new(self, page: Page, body: bytes) -> Page:
        """The page without the rows seen before."""
        self.note(page)
        items = []
        for item, keyed in zip(page.items, self.keys.page(body).items, strict=True):
            key = tuple(part(keyed) for part in self.key_of)
            if key not in self.seen or None in key:
                self.seen.add(key)
                items.append(item)
        return replace(page, items=items)

    def note(self, page: Page) -> None:
        """See whether rows may have moved to a page that was read before, or to one that was not there."""
        self.first, self.pages = self.first or page, self.pages + 1
        fewer = (page.item_count or 0) < (self.first.item_count or 0)
        self.moved |= fewer or page.page_count > self.first.page_count

    def rest(self, again: Callable[[Fetch], Pages]) -> Iterator[tuple[Fetch, Page]]:
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
                yield fetch, self.new(page, body)
