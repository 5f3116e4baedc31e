"""Columns that come only with each object's own path: fetched where they are named, for the rows that matter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

import xerosql
from xerosql import catalog
from xerosql.catalog.model import INT, TENANT_ID, TEXT, UUID, Column, Table, any_of, list_of, one_of
from xerosql.cli.describe import described

TENANT = "00000000-0000-4000-8000-0000000000aa"
RECEIPTS = Table(
    schema="projects",
    name="Receipts",
    item="receipt",
    description="A table whose text comes only with the object.",
    columns=(
        Column("ReceiptId", UUID, "receiptId", "The key.", key=True, nullable=False),
        Column("Total", INT, "total", "What it came to.", unit="cents"),
        Column("Text", TEXT, "text", "What stands on it.", hydrated=True),
        TENANT_ID,
    ),
    paths=(one_of("/receipts/{ReceiptId}"), list_of("/receipts", any_of("ReceiptId", "ids"), typical=5)),
)


class Receipts:
    """A Xero that has twenty receipts, and leaves their text out of the list."""

    def __init__(self) -> None:
        ids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(20)]
        self.rows = {each: {"receiptId": each, "total": n, "text": f"No. {n}"} for n, each in enumerate(ids)}
        self.asked: list[str] = []

    def handle(self, method: str, url: str, headers: Any, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        place = urlsplit(url).path
        self.asked.append(place)
        one = self.rows.get(place.rpartition("/")[2])
        if one is not None:
            return 200, {}, json.dumps(one).encode()
        items = [{"receiptId": row["receiptId"], "total": row["total"]} for row in self.rows.values()]
        pagination = {"page": 1, "pageSize": 500, "pageCount": 1, "itemCount": len(items)}
        return 200, {}, json.dumps({"pagination": pagination, "items": items}).encode()


@pytest.fixture
def receipts(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Receipts, xerosql.Connection]]:
    with_receipts = catalog.Catalog([*catalog.discovered(), RECEIPTS])
    monkeypatch.setattr(catalog, "load", lambda: with_receipts)
    xero = Receipts()
    with xerosql.connect(handler=xero.handle, access_token="x", tenant=TENANT) as connection:
        yield xero, connection


def test_a_star_leaves_the_dear_column_out(receipts: Any) -> None:
    """`SELECT *` costs one call, whatever the columns."""
    xero, connection = receipts
    cursor = connection.execute("SELECT * FROM Receipts")
    assert [column[0] for column in cursor.description] == ["ReceiptId", "Total", "TenantId"]
    assert len(cursor.fetchall()) == 20
    assert xero.asked == ["/receipts"]


def test_naming_the_column_costs_a_call_for_each_row_that_matters(receipts: Any) -> None:
    """Rows that the rest of the statement leaves out are not asked for one by one."""
    xero, connection = receipts
    rows = connection.execute("SELECT Text FROM Receipts WHERE Total >= 17").fetchall()
    assert sorted(rows) == [("No. 17",), ("No. 18",), ("No. 19",)]
    assert len(xero.asked) == 1 + 3


def test_a_condition_on_the_column_itself_needs_every_row(receipts: Any) -> None:
    """What the text says is known only once it has been fetched."""
    xero, connection = receipts
    assert connection.execute("SELECT Total FROM Receipts WHERE Text = 'No. 7'").fetchall() == [(7,)]
    assert len(xero.asked) == 1 + 20


def test_one_object_by_its_id_costs_nothing_extra(receipts: Any) -> None:
    """Its own path has every column."""
    xero, connection = receipts
    key = next(iter(xero.rows))
    assert connection.execute("SELECT Text FROM Receipts WHERE ReceiptId = ?", [key]).fetchall() == [("No. 0",)]
    assert xero.asked == [f"/receipts/{key}"]


def test_a_limit_stops_the_extra_calls(receipts: Any) -> None:
    """Objects are asked for one after the other until there are enough rows."""
    xero, connection = receipts
    assert len(connection.execute("SELECT Text FROM Receipts LIMIT 2").fetchall()) == 2
    assert len(xero.asked) < 8


def test_a_budget_counts_the_extra_calls(receipts: Any) -> None:
    """Too many rows are refused once it is known how many there are, and none of them is asked for."""
    xero, connection = receipts
    connection.session.variables.max_calls = 12
    with pytest.raises(xerosql.BudgetError, match="Receipts needs 20 more"):
        connection.execute("SELECT count(Text) FROM Receipts").fetchall()
    assert xero.asked == ["/receipts"]


def test_explain_and_describe_show_the_price(receipts: Any) -> None:
    """EXPLAIN names the calls for each row, and the catalog the price of the column."""
    _, connection = receipts
    rows = connection.execute("EXPLAIN SELECT Text FROM Receipts").fetchall()
    assert (1, "access path", "GET /receipts/{ReceiptId}, one call for each row, for Text") in rows
    priced = connection.execute(
        "SELECT column_name, calls_per_row FROM information_schema.columns WHERE table_name = 'Receipts'"
    ).fetchall()
    assert dict(priced) == {"ReceiptId": 0, "Total": 0, "Text": 1, "TenantId": 0}
    line = described(("Text", "VARCHAR", False, False, False, None, None, 1, ""), read_only_table=True)
    assert line[2] == "costs 1 call for each row"


def test_a_hydrated_column_needs_a_path_of_one_object() -> None:
    """The check of the catalog says so."""
    from dataclasses import replace

    from xerosql.catalog.check import faults_of

    faults = faults_of(replace(RECEIPTS, paths=RECEIPTS.paths[1:]), {RECEIPTS.full_name})
    assert "has a hydrated column and no path of one object" in list(faults)
