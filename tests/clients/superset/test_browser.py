"""Superset's pages in a real browser: the form for a database, SQL Lab with its estimate, a chart, a dashboard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.clients.superset.analyst import Analyst
from tests.clients.superset.conftest import Truth
from tests.clients.superset.rest import Superset
from tests.clients.superset.test_rest import base_axis, by_month, minutes
from tests.signin.chromium import installed

URI = "xerosql://books?read_only=true&max_wait=20"
SQL = """SELECT p.Name, count(*) AS Tasks, sum(t.TotalAmountValue) AS Total
FROM Projects p JOIN Tasks t USING (ProjectId)
WHERE p.Status = 'CLOSED'
GROUP BY p.Name
ORDER BY Total DESC"""
BARS = {
    "viz_type": "echarts_timeseries_bar",
    "x_axis": "Date",
    "time_grain_sqla": "P1M",
    "metrics": [minutes()],
    "groupby": ["Status"],
    "stack": "Stack",
    "row_limit": 1000,
    "show_legend": True,
    "rich_tooltip": True,
    "adhoc_filters": [
        {
            "clause": "WHERE",
            "expressionType": "SIMPLE",
            "subject": "Date",
            "operator": "TEMPORAL_RANGE",
            "comparator": "2026-01-01 : 2026-07-01",
        }
    ],
}


@pytest.fixture
def analyst(superset: Superset) -> Iterator[Analyst]:
    if installed() is None:
        pytest.skip("no Chromium on this machine; make browser installs it where it can")
    with Analyst() as analyst:
        analyst.sign_in(superset.url)
        yield analyst


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: XEROSQL_PICTURES=docs/connect makes those of the documentation anew."""
    return Path(os.environ.get("XEROSQL_PICTURES", tmp_path))


@pytest.fixture
def added(analyst: Analyst, superset: Superset, pictures: Path) -> Iterator[int]:
    """A database that was added by the form, as anybody adds one."""
    analyst.go(f"{superset.url}/databaseview/list/")
    analyst.click("[data-test=btn-create-database]")
    analyst.click(".ant-modal [role=combobox]")
    analyst.type("Xero")
    analyst.click(".ant-select-item-option[title='Xero (xerosql)']")
    analyst.type_into("[data-test=sqlalchemy-uri-input]", URI)
    analyst.click_text("Test connection")
    analyst.sees("Connection looks good!")
    analyst.rest()
    analyst.picture(pictures / "superset-database.png", ".ant-modal-content")
    analyst.click("[data-test=btn-submit-connection]")
    analyst.until("!document.querySelector('.ant-modal-content')?.offsetParent")
    number = next(
        each["id"] for each in superset.get("database/")["result"] if each["database_name"].startswith("Xero (")
    )
    superset.put(f"database/{number}", {"extra": '{"cost_estimate_enabled": true}'})
    yield int(number)
    superset.delete("database", number)


def test_an_analyst_s_first_half_hour(
    analyst: Analyst, superset: Superset, added: int, truth: Truth, pictures: Path
) -> None:
    """Add a database, ask in SQL Lab what a query will cost, run it, look at a chart and at a dashboard."""
    sql_lab(analyst, superset, added, truth, pictures)
    dataset = superset.add_dataset(added, "Time")
    board = superset.add_dashboard("Hours")
    charts = [superset.add_chart("Minutes by month", dataset, BARS, bars_query(), [board])]
    table = {"viz_type": "table", "query_mode": "aggregate", "groupby": ["Status"], "metrics": [minutes(), "count"]}
    query = {"columns": ["Status"], "metrics": [minutes(), "count"], "filters": [], "row_limit": 100}
    charts.append(superset.add_chart("Minutes by status", dataset, {**table, "row_limit": 100}, query, [board]))
    superset.lay_out(board, charts)
    try:
        chart(analyst, superset, charts[0], pictures)
        dashboard(analyst, superset, board, truth, pictures)
    finally:
        superset.delete("dashboard", board)
        for each in charts:
            superset.delete("chart", each)
        superset.delete("dataset", dataset)


def in_thousands(total: int) -> str:
    """A number as Superset's tables shorten it: three digits, half away from zero."""
    shown = Decimal(total) / 1000
    return f"{shown.quantize(Decimal(10) ** (shown.adjusted() - 2), ROUND_HALF_UP)}k"


def bars_query() -> dict[str, Any]:
    return by_month(columns=[base_axis("Date", "P1M"), "Status"], metrics=[minutes()])


def sql_lab(analyst: Analyst, superset: Superset, database: int, truth: Truth, pictures: Path) -> None:
    analyst.go(f"{superset.url}/sqllab/?dbid={database}&schema=projects&sql={quote(SQL)}&name=Closed")
    analyst.sees("Closed")
    analyst.click("button.superset-button-tertiary")  # database and schema; its list tells the page about estimates
    analyst.sees("Select Database and Schema")
    analyst.click_text("Select", ".ant-popover")
    analyst.click(".EstimateQueryCostButton button")
    analyst.sees("Of the day")
    analyst.rest()
    shown = analyst.until("document.querySelector('.ant-modal-content table').innerText")
    assert "Calls to Xero" in shown
    analyst.picture(pictures / "superset-cost.png", ".ant-modal-content")
    analyst.click(".ant-modal-close")
    analyst.until("!document.querySelector('.ant-modal-content')?.offsetParent")
    analyst.rest(1)
    analyst.click("[data-test=run-query-action]")
    rows = truth.rows(SQL)
    analyst.sees(f"{len(rows)} rows")
    analyst.sees(rows[0][0])
    analyst.rest()
    analyst.picture(pictures / "superset-sqllab.png")


def chart(analyst: Analyst, superset: Superset, number: int, pictures: Path) -> None:
    analyst.go(f"{superset.url}/explore/?slice_id={number}")
    analyst.sees("Minutes by month")
    analyst.until("!!document.querySelector('.chart-container canvas')")
    analyst.rest()
    analyst.picture(pictures / "superset-chart.png")


def dashboard(analyst: Analyst, superset: Superset, number: int, truth: Truth, pictures: Path) -> None:
    analyst.go(f"{superset.url}/superset/dashboard/{number}/")
    analyst.sees("Minutes by status")
    analyst.until("!!document.querySelector('.chart-container canvas')")
    for status, total in truth.rows('SELECT "Status", sum("Duration") FROM "Time" GROUP BY 1'):
        analyst.sees(f"{status}\t\n{in_thousands(total)}")
    analyst.rest()
    analyst.picture(pictures / "superset-dashboard.png")
