"""ibis' postgres backend over `xerosql serve`: expressions become SQL here, and frames there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Side

ibis = pytest.importorskip("ibis", reason="ibis has a virtual environment of its own: make clients")


@pytest.fixture
def xero(ours: Side) -> Iterator[Any]:
    backend = ibis.connect(f"{ours.url}/projects")
    yield backend
    kinds = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'scratch'"
    with backend.raw_sql(kinds) as found:
        for name, kind in found.fetchall():
            backend.raw_sql(f'DROP {kind.removeprefix("BASE ")} scratch."{name}"')
    backend.disconnect()


def test_tables_and_their_types(xero: Any) -> None:
    assert xero.list_tables() == ["Projects", "Tasks", "Tenants", "Time", "Users"]
    assert {"projects", "queue", "scratch", "sys"} <= set(xero.list_databases())
    schema = xero.table("Projects").schema()
    assert str(schema["TotalInvoicedValue"]) == "decimal(18, 4)"
    assert str(schema["ProjectId"]) == "!string"


def test_an_aggregate(xero: Any) -> None:
    projects = xero.table("Projects")
    counted = projects.group_by("Status").aggregate(n=projects.count(), total=projects.TotalInvoicedValue.sum())
    rows = counted.order_by("Status").execute()
    assert list(rows.itertuples(index=False, name=None)) == [
        ("CLOSED", 15, Decimal("198300.8400")),
        ("INPROGRESS", 33, Decimal("201603.2900")),
    ]


def test_a_join_with_a_limit(xero: Any) -> None:
    projects, tasks = xero.table("Projects"), xero.table("Tasks")
    counted = tasks.join(projects, "ProjectId").group_by(projects.Name).aggregate(n=ibis._.count())
    rows = counted.order_by(ibis.desc("n"), "Name").limit(2).execute()
    assert list(rows.itertuples(index=False, name=None)) == [("Website refresh", 21), ("Care plan 2026", 19)]


def test_months_quantiles_and_texts(xero: Any) -> None:
    projects = xero.table("Projects")
    months = projects.mutate(m=projects.Deadline.truncate("M")).group_by("m").aggregate(n=ibis._.count()).execute()
    assert months.n.sum() == 48
    assert projects.TotalInvoicedValue.quantile(0.5).execute() == Decimal("7160.6900")
    assert projects.Name.upper().length().max().execute() == 29


def test_money_is_exact_in_arrow(xero: Any) -> None:
    table = xero.table("Projects").select("Name", "TotalInvoicedValue").to_pyarrow()
    assert str(table.schema.field("TotalInvoicedValue").type) == "decimal128(18, 4)"
    assert table.num_rows == 48


def test_an_expression_is_kept_in_scratch(xero: Any) -> None:
    """CREATE TABLE and INSERT … SELECT; made again with overwrite; dropped."""
    projects = xero.table("Projects")
    for status, rows in (("CLOSED", 15), ("INPROGRESS", 33)):
        chosen = projects.filter(projects.Status == status).select("Name")
        kept = xero.create_table("kept", chosen, database="scratch", overwrite=True)
        assert kept.count().execute() == rows
    xero.drop_table("kept", database="scratch")
    assert xero.list_tables(database="scratch") == []


def test_a_view_is_an_expression_with_a_name(xero: Any) -> None:
    projects = xero.table("Projects")
    named = xero.create_view("closed", projects.filter(projects.Status == "CLOSED").select("Name"), database="scratch")
    assert named.count().execute() == 15
    assert xero.table("closed", database="scratch").columns == ("Name",)


def test_the_page_runs(xero: Any, ours: Side, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "connect" / "ibis.md").read_text(encoding="utf-8")
    namespace: dict[str, Any] = {}
    for code in re.findall(r"^```py\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(code.replace("postgresql://ann:PASSWORD@127.0.0.1:5432/xero", ours.url), namespace)  # noqa: S102 - our own page
    namespace["xero"].disconnect()
    assert "Care plan 2026" in capsys.readouterr().out
    assert xero.table("open_ones", database="scratch").count().execute() == 33


def test_sql_is_mixed_with_expressions(xero: Any) -> None:
    assert xero.sql('SELECT "Name" FROM "Projects"').count().execute() == 48


def test_a_frame_is_joined_with_a_table(xero: Any) -> None:
    rates = ibis.memtable({"CurrencyCode": ["NZD"], "ToNzd": [1.0]})
    assert xero.table("Projects").join(rates, "CurrencyCode").count().execute() > 0
