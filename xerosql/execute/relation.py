"""A scan as a relation the engine can pull: record batches that are fetched when it asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from arro3.core import RecordBatch, RecordBatchReader

from xerosql.catalog import Catalog
from xerosql.catalog.model import Table
from xerosql.errors import InternalError, located
from xerosql.execute.crew import WIDEST
from xerosql.execute.decode import Builder, Decoder, Page, raw_items
from xerosql.execute.fetch import Fetcher
from xerosql.execute.listing import Pages, steady
from xerosql.execute.stats import Account
from xerosql.plan.access import Binding, Fetch, Ids
from xerosql.plan.known import is_uuid
from xerosql.plan.model import Scan

#: Batches grow to this many rows, the engine's own size; the first one leaves at once.
BATCH_ROWS = 2048

#: Rows that are only counted come so many at a time.
COUNTED_ROWS = 65_536

Batches = Callable[[], Iterator[RecordBatch]]


class Relation:
    """What the engine registers. It keeps the error that ended a pull, since the engine can only pass on its text.

    `keep` holds the batches for a second pull; without it a second pull fetches again. `expect` is told how many more
    batches will be read for certain, where that is known.
    """

    def __init__(
        self, builder: Builder, batches: Batches, *, keep: bool, expect: Callable[[int], None] = lambda parts: None
    ) -> None:
        self.builder = builder
        self.batches = batches
        self.expect = expect
        self.kept: list[RecordBatch] | None = [] if keep else None
        self.complete = False
        self.error: BaseException | None = None
        self.pulls: list[Generator[RecordBatch]] = []
        self.growth: Iterator[RecordBatch] | None = None

    def grow(self, parts: int) -> bool:
        """Read so many batches more and keep them; False if there are fewer. From now on pulls give what was read."""
        if self.growth is None:
            self.growth, self.kept, self.complete = self.batches(), [], True
        for left in range(parts, 0, -1):
            self.expect(left)
            batch = next(self.growth, None)
            if batch is None:
                return False
            if self.kept is not None:
                self.kept.append(batch)
        return True

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
        account: Account,
    ) -> None:
        self.scan = scan
        self.account = account
        self.binding = binding
        self.fetcher = fetcher
        self.catalog = catalog
        self.builder = Builder(scan.travelling)
        self.page_by_page = page_by_page
        self.expected = WIDEST  # pages that will be read for certain, where a LIMIT may be reached before the last
        self.decoder = Decoder(scan.table, with_unique(scan, keep_raw=keep_raw))
        self.raw: dict[tuple[str, ...], bytes] | None = {} if keep_raw else None

    def relation(self, *, keep: bool) -> Relation:
        return Relation(self.builder, self.located_batches, keep=keep, expect=self.expect)

    def expect(self, pages: int) -> None:
        self.expected = pages

    def located_batches(self) -> Iterator[RecordBatch]:
        with located(table=self.scan.table.full_name):
            yield from self.batches()

    def batches(self) -> Iterator[RecordBatch]:
        """Pages gathered into batches: the first page as it comes, then twice as many rows each time."""
        items: list[Any] = []
        tenants: list[str] = []
        enough = 1
        for fetch, page_items in self.unique(self.items()):
            if fetch.counted is not None:
                yield from self.repeated(fetch, len(page_items))
                continue
            self.fetcher.stats.rows_fetched += len(page_items)
            self.account.rows += len(page_items)
            items += page_items
            tenants += [fetch.tenant] * len(page_items)
            if len(items) >= enough:
                yield self.builder.batch(items, tenants)
                enough = 1 if self.page_by_page else min(2 * len(items), BATCH_ROWS)
                items, tenants = [], []
        if items:
            yield self.builder.batch(items, tenants)

    def repeated(self, fetch: Fetch, rows: int) -> Iterator[RecordBatch]:
        """Rows that are only counted: each has the values that the request says."""
        values = {"TenantId": fetch.tenant, **dict(fetch.ids), **dict(fetch.counted or ())}
        for start in range(0, rows, COUNTED_ROWS):
            yield self.builder.repeated(values, min(COUNTED_ROWS, rows - start))

    def items(self) -> Iterator[tuple[Fetch, Sequence[Any]]]:
        found = 0
        for fetch, page in self.pages(self.fetches(), self.scan.table, self.decoder, lambda: self.expected):
            if fetch.counted is not None:
                yield fetch, range(count_of(page, fetch.page_size))
                continue
            yield fetch, page.items
            found += len(page.items)
            if self.binding.most is not None and found >= self.binding.most:
                return  # every id that was wanted has been found

    def pages(
        self, fetches: Iterable[Fetch], table: Table, decoder: Decoder, wanted: Callable[[], int]
    ) -> Iterator[tuple[Fetch, Page]]:
        """The pages of lists of `table`, each row once. The scan's own rows leave their JSON, if that is wanted."""

        def read(fetcher: Fetcher, asked: Iterable[Fetch], wanted: Callable[[], int] | None = None) -> Pages:
            eager = not self.page_by_page
            for found in fetcher.pages(asked, decoder.page, decoder.one, self.account, eager=eager, wanted=wanted):
                if decoder is self.decoder:
                    self.keep_raw(*found)
                yield found

        def again(fetch: Fetch) -> Pages:
            fetcher = self.fetcher.unshared()
            try:
                yield from read(fetcher, [fetch])
            finally:
                fetcher.close()

        return steady(read(self.fetcher, fetches, wanted), table, again)

    def keep_raw(self, fetch: Fetch, page: Page, body: bytes) -> None:
        if self.raw is None or not page.items:
            return
        for item, text in zip(page.items, raw_items(body, fetch.path.paged), strict=True):
            self.raw[(fetch.tenant, key_of(self.scan.table, item))] = text

    def fetches(self) -> Iterator[Fetch]:
        """The reads of the scan; where parents must be listed first, one for each as it is learnt."""
        yield from self.binding.fetches
        if not self.binding.parents:
            return
        for tenant, parent_id in self.parents():
            for fetch in self.binding.per_parent:
                yield self.cheapest(replace(fetch, tenant=tenant, ids=parent_id))

    def cheapest(self, fetch: Fetch) -> Fetch:
        """The whole list instead of a part, if that is there already; not where rows are counted to know the end."""
        whole = fetch.whole if fetch.path.paged and self.binding.most is None else fetch
        return whole if self.fetcher.is_held(whole) else fetch

    def parents(self) -> Iterator[tuple[str, Ids]]:
        """Organisation and id of every parent that can have rows of ours."""
        ours = self.scan.table.parent
        if ours is None:
            return
        parent = self.catalog.table(ours.table)
        column, empty_when = parent[ours.column], ours.empty_when
        decoder = Decoder(parent, (column, parent[empty_when]) if empty_when else (column,))
        empty: Counter[str] = Counter({fetch.tenant: 0 for fetch in self.binding.parents})
        for listing, page in self.pages(self.binding.parents, parent, decoder, lambda: 1):
            for item in page.items:
                if empty_when and getattr(item, parent[empty_when].json) == 0:
                    empty[listing.tenant] += 1
                else:
                    yield listing.tenant, ((column.name, id_of(parent, column.name, item)),)
        for tenant, count in empty.items():
            self.fetcher.session.statistics.learn_empty(self.scan.table.list_path, tenant, count)

    def unique(self, pages: Iterator[tuple[Fetch, Sequence[Any]]]) -> Iterator[tuple[Fetch, Sequence[Any]]]:
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


def count_of(page: Page, page_size: int) -> int:
    """The rows of a list by its own account; InternalError if it gives none, or one that the rest of it denies."""
    if page.item_count is None:
        raise InternalError("Xero's answer does not say how many rows the list has")
    most = page.page_count * max(page_size, len(page.items))  # Xero has been seen to take no notice of the size
    if not len(page.items) <= page.item_count <= most:
        raise InternalError(
            f"Xero's answer has {len(page.items)} rows and {page.page_count} pages of a list that it says has "
            f"{page.item_count} rows"
        )
    return page.item_count


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
    """One id of a decoded item; InternalError if it is none, since it becomes a part of the next requests' paths."""
    found = str(getattr(item, table[name].json) or "")
    if not is_uuid(found):
        raise InternalError(f"Xero sent a {table.item} whose {name} is no id")
    return found
