"""A scan as a relation the engine can pull: record batches that are fetched when it asks for them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from arro3.core import RecordBatch, RecordBatchReader

from xerosql.catalog import Catalog
from xerosql.catalog.model import Table
from xerosql.errors import InternalError, located
from xerosql.execute.decode import Builder, Decoder, raw_items
from xerosql.execute.fetch import Fetcher
from xerosql.execute.listing import Pages, steady
from xerosql.plan.binding import Binding, Fetch
from xerosql.plan.model import Scan

#: Batches grow to this many rows, the engine's own size; the first one leaves at once.
BATCH_ROWS = 2048

Batches = Callable[[], Iterator[RecordBatch]]


class Relation:
    """What the engine registers. It keeps the error that ended a pull, since the engine can only pass on its text.

    `keep` holds the batches for a second pull; without it a second pull fetches again.
    """

    def __init__(self, builder: Builder, batches: Batches, *, keep: bool) -> None:
        self.builder = builder
        self.batches = batches
        self.kept: list[RecordBatch] | None = [] if keep else None
        self.complete = False
        self.error: BaseException | None = None
        self.pulls: list[Generator[RecordBatch]] = []

    def __arrow_c_schema__(self) -> object:
        return self.builder.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        self.pulls.append(self.pulled())
        reader = RecordBatchReader.from_batches(self.builder.schema, self.pulls[-1])
        return reader.__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        """End the pulls that the engine has stopped in the middle of; it never lets go of them itself."""
        for pull in self.pulls:
            with suppress(ValueError):  # still running in one of the engine's threads, which ends it
                pull.close()
        self.pulls.clear()

    def pulled(self) -> Generator[RecordBatch]:
        if self.complete and self.kept is not None:
            yield from self.kept
            return
        pulled: list[RecordBatch] = []
        try:
            for batch in self.batches():
                if self.kept is not None:
                    pulled.append(batch)
                yield batch
        except Exception as error:  # noqa: BLE001 - raised again by the statement, in place of the engine's
            self.error = error
        if self.error is not None:
            del self  # the engine never frees what is raised here, nor the variables of this frame
            raise PullError("the rows could not be fetched")
        if self.kept is not None:
            self.kept, self.complete = pulled, True


class PullError(Exception):
    """Tells the engine that a relation has failed; the statement raises the relation's own error."""


class ScanReader:
    """Reads a bound scan through the API, as batches for the engine.

    With `keep_raw` it keeps each object's JSON. With `page_by_page` no page is fetched before the engine has asked for
    more rows than it has, so that a LIMIT stops the fetching.
    """

    def __init__(
        self,
        scan: Scan,
        binding: Binding,
        fetcher: Fetcher,
        catalog: Catalog,
        *,
        keep_raw: bool,
        page_by_page: bool,
    ) -> None:
        self.scan = scan
        self.binding = binding
        self.fetcher = fetcher
        self.catalog = catalog
        self.builder = Builder(scan.travelling)
        self.page_by_page = page_by_page
        self.decoder = Decoder(scan.table, with_unique(scan, keep_raw=keep_raw))
        self.raw: dict[tuple[str, ...], bytes] | None = {} if keep_raw else None

    def relation(self, *, keep: bool) -> Relation:
        return Relation(self.builder, self.located_batches, keep=keep)

    def located_batches(self) -> Iterator[RecordBatch]:
        with located(table=self.scan.table.full_name):
            yield from self.batches()

    def batches(self) -> Iterator[RecordBatch]:
        """Pages gathered into batches: the first page as it comes, then twice as many rows each time."""
        items: list[Any] = []
        tenants: list[str] = []
        enough = 1
        for fetch, page_items in self.unique(self.items()):
            self.fetcher.stats.rows_fetched += len(page_items)
            items += page_items
            tenants += [fetch.tenant] * len(page_items)
            if len(items) >= enough:
                yield self.builder.batch(items, tenants)
                enough = 1 if self.page_by_page else min(2 * len(items), BATCH_ROWS)
                items, tenants = [], []
        if items:
            yield self.builder.batch(items, tenants)

    def items(self) -> Iterator[tuple[Fetch, list[Any]]]:
        pages = self.read(self.fetcher, self.fetches())
        for fetch, page, _ in steady(pages, self.scan.table, partial(self.again, self.read)):
            yield fetch, list(page.items)

    def read(self, fetcher: Fetcher, fetches: Iterable[Fetch]) -> Pages:
        """The pages of the scan, with their rows' JSON kept if that is wanted."""
        for fetch, page, body in fetcher.pages(fetches, self.decoder.page, self.decoder.one):
            self.keep_raw(fetch, page.items, body)
            yield fetch, page, body

    def again(self, read: Callable[[Fetcher, Iterable[Fetch]], Pages], fetch: Fetch) -> Pages:
        """A list once more; not from what the statement's scans share."""
        fetcher = Fetcher(self.fetcher.session, self.fetcher.stats, self.fetcher.cancelled)
        try:
            yield from read(fetcher, [fetch])
        finally:
            fetcher.close()

    def keep_raw(self, fetch: Fetch, items: Any, body: bytes) -> None:
        if self.raw is None:
            return
        for item, text in zip(items, raw_items(body, fetch.path.paged), strict=True):
            self.raw[(fetch.tenant, key_of(self.scan.table, item))] = text

    def fetches(self) -> Iterator[Fetch]:
        """The reads of the scan; where parents must be listed first, one for each as it is learnt."""
        yield from self.binding.fetches
        if not self.binding.parents:
            return
        parent = self.catalog.table(self.binding.parent_table)
        column = parent[self.binding.parent_column]
        decoder = Decoder(parent, (column,))

        def read(fetcher: Fetcher, fetches: Iterable[Fetch]) -> Pages:
            return fetcher.pages(fetches, decoder.page, decoder.one)

        for listing, page, _ in steady(read(self.fetcher, self.binding.parents), parent, partial(self.again, read)):
            for item in page.items:
                found = ((column.name, id_of(parent, column.name, item)),)
                for fetch in self.binding.per_parent:
                    yield replace(fetch, tenant=listing.tenant, ids=found)

    def unique(self, pages: Iterator[tuple[Fetch, list[Any]]]) -> Iterator[tuple[Fetch, list[Any]]]:
        """Drop rows that Xero lists twice, for the tables that are known for it."""
        names = [self.scan.table[name].json for name in self.scan.table.unique]
        if not names:
            yield from pages
            return
        seen: set[tuple[object, ...]] = set()
        for fetch, items in pages:
            new = []
            for item in items:
                key = (fetch.tenant, *(getattr(item, name) for name in names))
                if key not in seen:
                    seen.add(key)
                    new.append(item)
            yield fetch, new


def with_unique(scan: Scan, *, keep_raw: bool) -> tuple[Any, ...]:
    """The columns to decode: those that travel, and those by which rows are told apart."""
    names = (*scan.table.unique, *(key_parts(scan.table) if keep_raw else ()))
    return tuple(dict.fromkeys((*scan.travelling, *(scan.table[name] for name in names))))


def key_parts(table: Table) -> tuple[str, ...]:
    return table.identity or table.key


def key_of(table: Table, item: Any) -> str:
    """The value of the key column for a decoded item: its id, or its ids with a slash between them."""
    return "/".join(id_of(table, name, item) for name in key_parts(table))


def id_of(table: Table, name: str, item: Any) -> str:
    """One id of a decoded item; InternalError if it has none, since nothing could be sent back to it."""
    found = getattr(item, table[name].json)
    if not found:
        raise InternalError(f"Xero sent a {table.item} without {name}")
    return str(found)
