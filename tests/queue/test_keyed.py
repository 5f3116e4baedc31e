"""Creations with a value that no two rows share: the row is looked up by it. No table has one yet; one is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.queue.kit import TENANT, Books, Clock, uid
from xerosql import catalog
from xerosql.api import Client
from xerosql.catalog.check import check
from xerosql.catalog.model import INT, TENANT_ID, TEXT, UUID, Column, Table, Write, is_one, list_of, one_of
from xerosql.config import Settings
from xerosql.errors import InternalError
from xerosql.queue.model import Replay, Status
from xerosql.queue.recover import KEY_WINDOW, QUIET
from xerosql.queue.sender import ASK, Sender
from xerosql.queue.store import Queue

ITEMS = Table(
    schema="projects",
    name="Items",
    item="item",
    description="A table whose rows have a code that their writer chooses.",
    columns=(
        Column("ItemId", UUID, "itemId", "The key.", key=True, nullable=False),
        Column("Code", TEXT, "code", "What no two items share.", required=True),
        Column("Total", INT, "total", "What it costs.", unit="cents"),
        TENANT_ID,
    ),
    paths=(one_of("/items/{ItemId}"), list_of("/items", is_one("Code", "code"))),
    insert=Write("POST", "/items", ("Code", "Total"), "CreateItem", "creates an item", keyed_by="Code"),
)


class Items:
    """A Xero that has items, forgets every Idempotency-Key, and may lose an answer."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.lose = ""

    def handle(self, method: str, url: str, headers: Any, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        query = parse_qs(urlsplit(url).query)
        self.asked.append(f"{method} {query.get('code', [''])[0]}".strip())
        if method == "GET":
            items = [row for row in self.rows if row["code"].lower() == query["code"][0].lower()]
            return 200, {}, json.dumps({"pagination": {"pageCount": 1}, "items": items}).encode()
        if self.lose == "before":
            raise ConnectionResetError
        self.rows.append({"itemId": uid(len(self.rows) + 1), **json.loads(body)})
        if self.lose == "after":
            raise ConnectionResetError
        return 201, {}, json.dumps(self.rows[-1]).encode()


class Shop:
    """A queue that knows the table, and a worker."""

    def __init__(self, books: Books) -> None:
        self.books, self.xero = books, Items()

    def add(self, code: str = "A-1", total: int = 5) -> int:
        return self.books.add(self.books.make("CreateItem", Code=code, Total=total))[0]

    def work(self, token: str = "t1", **options: Any) -> Status | None:  # noqa: S107 - made up
        client = Client(Settings(access_token=token), handler=self.xero.handle, clock=self.books.clock)
        sender = Sender(self.books.queue, client, catalog.load(), "w1", jitter=lambda: 0.0, **options)
        task = self.books.claim()
        assert task is not None
        return sender.handle(task)

    def lost(self, where: str = "after") -> int:
        """A creation of which nobody knows what became, and Xero has forgotten its key."""
        number = self.add()
        self.xero.lose = where
        assert self.work() is Status.UNCERTAIN
        self.xero.lose = ""
        self.books.clock.advance(KEY_WINDOW)
        self.xero.asked.clear()
        return number


@pytest.fixture
def shop(sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with_items = catalog.Catalog([*catalog.discovered(), ITEMS])
    monkeypatch.setattr(catalog, "load", lambda: with_items)
    queue = Queue(sqlite_url, clock=clock)
    yield Shop(Books(queue, clock))
    queue.close()


def test_the_declaration_is_sound() -> None:
    """But not with a key that a row may lack: every row would look like one without it."""
    check([ITEMS])
    assert ITEMS.insert is not None
    for name in ("ItemId", "Total"):
        wrong = replace(ITEMS, insert=replace(ITEMS.insert, keyed_by=name))
        with pytest.raises(InternalError, match=f"task CreateItem is keyed by {name}, which not every new row"):
            check([wrong])


def test_nothing_is_read_before_it_is_sent(shop: Shop) -> None:
    """The key will tell."""
    number = shop.add()
    assert shop.books.queue.types["CreateItem"].replay is Replay.KEYED
    assert shop.work() is Status.COMPLETED
    assert shop.xero.asked == ["POST"]
    assert shop.books.row(number)["result_id"] == uid(1)


def test_a_row_with_the_key_is_the_tasks_own(shop: Shop) -> None:
    """Looked up by the key alone."""
    number = shop.lost()
    assert shop.work() is Status.COMPLETED
    assert (shop.xero.asked, len(shop.xero.rows)) == (["GET A-1"], 1)
    assert shop.books.row(number)["result_id"] == uid(1)
    assert shop.books.events(number)[-1][0] == "adopted"


def test_it_is_the_tasks_own_whatever_was_changed_since(shop: Shop) -> None:
    """Somebody has given it another price, and Xero has made the code upper case."""
    shop.lost()
    shop.xero.rows[0] |= {"total": 99, "code": "a-1"}
    assert shop.work() is Status.COMPLETED


def test_a_key_that_is_not_there_is_sent_anew_after_a_while(shop: Shop) -> None:
    """Once it is certain that it will not come any more."""
    number = shop.lost("before")
    assert shop.work() is Status.PENDING
    assert shop.books.row(number)["first_sent_at"] is None
    assert shop.work() is Status.COMPLETED
    assert len(shop.xero.rows) == 1


def test_a_key_that_may_still_come_is_waited_for(shop: Shop) -> None:
    """Another token: the look comes before the key could be used again."""
    number = shop.add()
    shop.xero.lose = "before"
    assert shop.work() is Status.UNCERTAIN
    shop.xero.lose = ""
    shop.books.clock.advance(10)
    assert shop.work("t2") is Status.UNCERTAIN
    assert shop.books.claim() is None
    shop.books.clock.advance(QUIET)
    assert shop.work("t2") is Status.PENDING
    assert shop.books.status(number) == "Pending"


def test_the_row_of_another_task_is_not_taken(shop: Shop) -> None:
    """The same code twice is a mistake that Xero, or a person, has to say no to."""
    shop.add()
    assert shop.work() is Status.COMPLETED
    number = shop.lost("before")
    assert shop.work() is Status.PENDING
    assert shop.books.row(number)["result_id"] is None


def test_a_key_is_looked_up_even_where_people_are_to_be_asked(shop: Shop) -> None:
    """Nothing has to be guessed."""
    shop.lost()
    assert shop.work(recovery=ASK) is Status.COMPLETED
    assert len(shop.xero.rows) == 1


def test_two_rows_with_one_key_need_a_person(shop: Shop) -> None:
    """Which there should not be."""
    number = shop.lost()
    shop.xero.rows.append({**shop.xero.rows[0], "itemId": uid(7)})
    assert shop.work() is Status.UNCERTAIN
    row = shop.books.row(number)
    assert row["not_before"] is None
    assert all(each in row["error_message"] for each in (uid(1), uid(7)))


def test_a_task_knows_its_organisation(shop: Shop) -> None:
    number = shop.add()
    assert shop.books.row(number)["tenant_id"] == TENANT
