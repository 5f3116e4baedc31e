"""Superset over its REST API, by our dialect and by PostgreSQL's driver; what it shows is what plain DuckDB finds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.clients.superset import running
from tests.clients.superset.conftest import WAYS, Truth, Way
from tests.clients.superset.rest import Superset
from xerosql.simulator import Fault, Simulator
from xerosql.superset.grains import grains

SCHEMAS = {"projects", "queue", "sys", "scratch", "information_schema"}
PROJECT = "c1674cba-c21d-477c-b408-33d8829add21"
HALF_YEAR = "\"Date\" >= DATE '2026-01-01' AND \"Date\" < DATE '2026-07-01'"


def by_month(**more: Any) -> dict[str, Any]:
    """Minutes and entries by month and status, in half a year, of what is not invoiced: a chart's query."""
    return {
        "columns": [base_axis("Date", "P1M"), "Status"],
        "metrics": [minutes(), "count"],
        "filters": [
            {"col": "Status", "op": "IN", "val": ["ACTIVE", "LOCKED"]},
            {"col": "Date", "op": "TEMPORAL_RANGE", "val": "2026-01-01 : 2026-07-01"},
        ],
        "granularity": "Date",
        "extras": {"time_grain_sqla": "P1M", "having": "", "where": '"Duration" > 10'},
        "row_limit": 1000,
        **more,
    }


def base_axis(column: str, grain: str | None) -> dict[str, Any]:
    axis = {"columnType": "BASE_AXIS", "sqlExpression": column, "label": column, "expressionType": "SQL"}
    return axis if grain is None else {"timeGrain": grain, **axis}


def minutes() -> dict[str, Any]:
    column = {"column_name": "Duration"}
    return {"expressionType": "SIMPLE", "column": column, "aggregate": "SUM", "label": "Minutes"}


def moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


def shown_by_month(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    assert result["error"] is None
    rows = ((moment(row["Date"]), row["Status"], row["Minutes"], row["count"]) for row in result["data"])
    return sorted(rows)


def true_by_month(truth: Truth) -> list[tuple[Any, ...]]:
    return truth.rows(
        'SELECT date_trunc(\'month\', "Date")::TIMESTAMP AS month, "Status", sum("Duration"), count(*) FROM "Time" '
        f"WHERE {HALF_YEAR} AND \"Status\" IN ('ACTIVE', 'LOCKED') AND \"Duration\" > 10 GROUP BY ALL ORDER BY ALL"
    )


# -- Connecting --------------------------------------------------------------------------------------------------------


def test_a_connection_that_works_passes_the_test(way: Way, simulator: Simulator) -> None:
    calls = simulator.calls
    assert way.superset.test_connection(way.uri).json() == {"message": "OK"}
    assert simulator.calls == calls


@pytest.mark.parametrize(
    ("uri", "says", "kind"),
    [
        ("xerosql://nobody", "there is no profile 'nobody'", "CONNECTION_UNKNOWN_DATABASE_ERROR"),
        ("xerosql://books?max_cals=3", "did you mean max_calls or", "CONNECTION_UNKNOWN_DATABASE_ERROR"),
        ("xerosql://books/Nobody%20Ltd", "the organisation 'Nobody Ltd' is not", "CONNECTION_ACCESS_DENIED_ERROR"),
        ("xerosql://books?access_token=x", "would be shown wherever the URL is", "CONNECTION_UNKNOWN_DATABASE_ERROR"),
    ],
)
def test_a_connection_that_does_not_work_says_why(superset: Superset, uri: str, says: str, kind: str) -> None:
    answer = superset.test_connection(uri)
    assert not answer.ok
    error = answer.json()["errors"][0]
    assert says in error["message"]
    assert error["error_type"] == kind


def test_superset_offers_it_among_its_databases(superset: Superset) -> None:
    known = {each["name"]: each for each in superset.get("database/available/")["databases"]}
    assert known["Xero (xerosql)"]["available_drivers"] == ["xerosql"]
    assert not known["Xero (xerosql)"]["engine_information"]["supports_file_upload"]


def test_schemas_and_tables_are_listed_without_a_call(way: Way, simulator: Simulator) -> None:
    calls = simulator.calls
    assert set(way.superset.schemas(way.database)) == SCHEMAS
    found = way.superset.tables(way.database, "projects")
    assert set(found) == {"Projects", "Tasks", "Tenants", "Time", "Users"}
    assert found["Time"] == "table"
    assert simulator.calls == calls


def test_a_dataset_knows_types_times_and_comments(way: Way, dataset: int) -> None:
    columns = way.superset.columns(dataset)
    assert {name for name, column in columns.items() if column["is_dttm"]} == {"Date", "DateEntered"}
    assert columns["Date"]["type"] == "DATE"
    assert columns["Duration"]["type"] == "INTEGER"
    assert columns["Duration"]["description"] == "How long the work took."


# -- SQL Lab -----------------------------------------------------------------------------------------------------------


def test_sql_lab_shows_the_rows(way: Way, truth: Truth) -> None:
    """A join, an aggregate, exact amounts; the schema that was chosen is where bare names are looked for."""
    sql = (
        'SELECT "Projects"."Name" AS project, count(*) AS tasks, sum("TotalAmountValue") AS total FROM "Projects" '
        'JOIN "Tasks" USING ("ProjectId") WHERE "Projects"."Status" = \'CLOSED\' GROUP BY 1 ORDER BY 3 DESC, 1'
    )
    rows = [(each["project"], each["tasks"], each["total"]) for each in way.superset.rows(way.database, sql)]
    expected = truth.rows(sql)
    assert [row[:2] for row in rows] == [row[:2] for row in expected]
    assert [Decimal(str(row[2])) for row in rows] == [row[2].normalize() for row in expected]
    assert len(rows) > 10


def test_sql_lab_shows_every_type(way: Way) -> None:
    sql = (
        "SELECT CAST(1.5 AS DECIMAL(18,4)) AS exact, DATE '2026-02-03' AS day, TIMESTAMP '2026-02-03 04:05:06' AS t, "
        "TRUE AS yes, NULL AS nothing, 'ā' AS text, CAST(2 AS BIGINT) AS whole, CAST(0.5 AS DOUBLE PRECISION) AS real"
    )
    assert way.superset.rows(way.database, sql) == [
        {
            "exact": 1.5,
            "day": "2026-02-03",
            "t": "2026-02-03T04:05:06",
            "yes": True,
            "nothing": None,
            "text": "ā",
            "whole": 2,
            "real": 0.5,
        }
    ]


def test_sql_lab_reads_the_schema_that_was_chosen(way: Way) -> None:
    found = way.superset.rows(way.database, "SELECT count(*) AS n FROM variables", schema="sys")
    assert found[0]["n"] >= 3


def test_a_setting_in_front_of_a_query_holds_for_it(superset: Superset, ways: dict[str, Way]) -> None:
    answer = superset.run(ways["xerosql"].database, 'SET max_calls = 2; SELECT * FROM "Tasks"')
    error = answer.json()["errors"][0]
    assert "more than max_calls = 2; nothing was asked" in error["message"]
    assert "Estimate cost" in error["message"]


@pytest.mark.parametrize(
    ("sql", "says", "kind"),
    [
        ("SELECT nope FROM Tasks", 'no column "nope"', "COLUMN_DOES_NOT_EXIST_ERROR"),
        ("SELECT 1 FROM nope", 'no table "nope"', "TABLE_DOES_NOT_EXIST_ERROR"),
    ],
)
def test_a_wrong_query_says_what_is_wrong(ways: dict[str, Way], sql: str, says: str, kind: str) -> None:
    way = ways["xerosql"]
    error = way.superset.run(way.database, sql).json()["errors"][0]
    assert says in error["message"]
    assert error["error_type"] == kind


def test_the_cost_of_a_query_is_told_without_a_call(ways: dict[str, Way], simulator: Simulator) -> None:
    way, calls = ways["xerosql"], simulator.calls
    sql = f'SELECT * FROM "Tasks" WHERE "ProjectId" = \'{PROJECT}\'; SELECT 1; SET max_calls = 9'
    one, none, setting, everything = way.superset.estimate(way.database, sql)
    assert one == {
        "Calls to Xero": one["Calls to Xero"],
        "Seconds": "0.3",
        "Of the minute": "1.7 %",
        "Of the day": "0.1 %",
    }
    assert one["Calls to Xero"].startswith("1")
    assert none["Calls to Xero"] == setting["Calls to Xero"] == "0"
    assert everything["Statement"] == "all"
    assert everything["Of the minute"] == "1.7 %"
    written = way.superset.estimate(way.database, 'UPDATE "Tasks" SET "Name" = \'x\' WHERE "Name" = \'y\'')
    assert written == [{"Calls to Xero": "not known before: a write reads its rows first"}]
    assert simulator.calls == calls


def test_postgresql_s_cost_is_the_number_of_calls(ways: dict[str, Way], simulator: Simulator) -> None:
    way, calls = ways["postgresql"], simulator.calls
    sql = f'SELECT * FROM "Tasks" WHERE "ProjectId" = \'{PROJECT}\''
    assert way.superset.estimate(way.database, sql) == [{"Start-up cost": "0.0", "Total cost": "1.0"}]
    assert simulator.calls == calls


def test_a_query_that_is_stopped_makes_no_further_call(ways: dict[str, Way], simulator: Simulator) -> None:
    """Superset notes that it is stopped; the process that runs it sees that within a second or two."""
    way, before = ways["xerosql"], simulator.calls
    simulator.add_fault(Fault("slow", "/Tasks", times=-1, seconds=1.5))
    try:
        with ThreadPoolExecutor() as beside:
            running = beside.submit(way.superset.run, way.database, 'SELECT * FROM "Tasks"', client_id="stopthisone")
            time.sleep(2)
            way.superset.post("query/stop", {"client_id": "stopthisone"})
            assert running.result().json()["status"] == "stopped"
            calls = simulator.calls
            time.sleep(3)
            assert simulator.calls == calls
            assert calls - before < 30  # of 49
    finally:
        simulator.clear_faults()


def test_sql_lab_writes_where_that_is_allowed(superset: Superset, simulator: Simulator) -> None:
    """To another organisation than the one of the other tests, by a database that allows DML and one that does not."""
    uri = f"xerosql://books/{quote(simulator.tenants[1][1])}"
    count = 'SELECT count(*) AS n FROM "Tasks" WHERE "Name" = \'From SQL Lab\''
    writer = superset.add_database("Writer", uri, allow_dml=True)
    reader = superset.add_database("Reader", f"{uri}?read_only=true", allow_dml=True)
    try:
        project = superset.rows(writer, 'SELECT "ProjectId" FROM "Projects" WHERE "Status" = \'INPROGRESS\'')[0]
        insert = (
            'INSERT INTO "Tasks" ("ProjectId", "Name", "ChargeType", "RateValue") '
            f"VALUES ('{project['ProjectId']}', 'From SQL Lab', 'TIME', 90)"
        )
        assert superset.run(writer, insert).json()["status"] == "success"
        assert superset.rows(writer, count) == [{"n": 1}]
        error = superset.run(reader, insert).json()["errors"][0]
        assert error["error_type"] == "CONNECTION_DATABASE_PERMISSIONS_ERROR"
        assert superset.rows(writer, count) == [{"n": 1}]
    finally:
        superset.delete("database", writer)
        superset.delete("database", reader)


# -- Charts ------------------------------------------------------------------------------------------------------------


def test_a_chart_by_month_with_filters_shows_what_is_there(way: Way, dataset: int, truth: Truth) -> None:
    result = way.superset.chart_data(dataset, by_month())
    assert shown_by_month(result) == true_by_month(truth)
    assert len(result["data"]) > 5


def test_a_chart_s_filters_reach_xero(ways: dict[str, Way], simulator: Simulator, truth: Truth) -> None:
    """The dates that Superset writes into its SQL are handed on, so that lists are shorter; so is a project."""
    way = ways["xerosql"]
    dataset = way.superset.add_dataset(way.database, "Time")
    project = {"col": "ProjectId", "op": "==", "val": PROJECT}
    try:
        asked = len(simulator.requests)
        way.superset.chart_data(dataset, by_month(filters=[*by_month()["filters"], project]))
        requests = [f"{each.path}?{each.query}" for each in list(simulator.requests)[asked:] if "Time" in each.path]
    finally:
        way.superset.delete("dataset", dataset)
    assert len(requests) == 1
    assert "2026-01-01" in requests[0]


@pytest.mark.parametrize("grain", [each for each in grains() if each])
def test_every_grain_of_superset_s_menu_runs(superset: Superset, ways: dict[str, Way], grain: str) -> None:
    """What each comes to is compared with plain DuckDB in the gate."""
    way = ways["xerosql"]
    dataset = superset.add_dataset(way.database, "Time")
    try:
        query = by_month(columns=[base_axis("DateEntered", grain)], filters=[], extras={"time_grain_sqla": grain})
        result = superset.chart_data(dataset, {**query, "granularity": "DateEntered"})
    finally:
        superset.delete("dataset", dataset)
    assert result["error"] is None
    assert result["rowcount"] > 1


@pytest.mark.parametrize("dataset", ["Projects"], indirect=True)
def test_a_chart_of_amounts_is_exact(way: Way, dataset: int, truth: Truth) -> None:
    metric = {"expressionType": "SQL", "sqlExpression": 'sum("TotalInvoicedValue")', "label": "Invoiced"}
    query = {"columns": ["CurrencyCode"], "metrics": [metric], "filters": [], "row_limit": 100, "is_timeseries": False}
    shown = {row["CurrencyCode"]: row["Invoiced"] for row in way.superset.chart_data(dataset, query)["data"]}
    found = truth.rows('SELECT "CurrencyCode", sum("TotalInvoicedValue") FROM "Projects" GROUP BY 1')
    assert shown == {currency: float(total) for currency, total in found}


def ten_refreshes(superset: Superset, dataset: int, truth: Truth, simulator: Simulator) -> list[int]:
    """What each refresh of a dashboard with two charts costs; both show the truth each time."""
    board = superset.add_dashboard("Hours")
    query = {"columns": ["Status"], "metrics": [minutes(), "count"], "filters": [], "row_limit": 100}
    charts = [
        superset.add_chart("By month", dataset, {"viz_type": "table"}, by_month(), [board]),
        superset.add_chart("By status", dataset, {"viz_type": "table"}, query, [board]),
    ]
    superset.lay_out(board, charts)
    by_status = truth.rows('SELECT "Status", sum("Duration"), count(*) FROM "Time" GROUP BY 1 ORDER BY 1')
    costs = []
    for _ in range(10):
        before = simulator.calls
        months, states = superset.refresh(board)
        costs.append(simulator.calls - before)
        assert shown_by_month(months) == true_by_month(truth)
        assert sorted((row["Status"], row["Minutes"], row["count"]) for row in states["data"]) == by_status
    superset.delete("dashboard", board)
    for chart in charts:
        superset.delete("chart", chart)
    return costs


def test_a_dashboard_shows_the_same_ten_times_over(way: Way, dataset: int, truth: Truth, simulator: Simulator) -> None:
    """Every refresh asks anew, and costs what the first one did."""
    costs = ten_refreshes(way.superset, dataset, truth, simulator)
    assert costs == [96] * 10


@pytest.mark.parametrize("name", [*WAYS, "directory"])
def test_with_max_age_ten_refreshes_cost_what_one_does(
    name: str, superset: Superset, home: Path, truth: Truth, simulator: Simulator
) -> None:
    """Data of a quarter of an hour will do, and Superset's own cache is passed by.

    Superset's processes share what is kept in a directory or by a server; otherwise each asks for itself, once.
    """
    with running.server(home, "fresh", "--max-age", "15m") as port:
        uris = {
            "xerosql": "xerosql://fresh?max_age=15%20minutes",
            "directory": f"xerosql://fresh?max_age=15%20minutes&cache_dir={home}/kept",  # for several processes
            "postgresql": f"postgresql+psycopg2://reader@127.0.0.1:{port}/xero",
        }
        database = superset.add_database(f"Fresh, {name}", uris[name])
        dataset = superset.add_dataset(database, "Time")
        try:
            costs = ten_refreshes(superset, dataset, truth, simulator)
        finally:
            superset.delete("dataset", dataset)
            superset.delete("database", database)
    if name == "xerosql":
        assert 95 <= sum(costs) <= running.WORKERS * 95
    else:
        assert costs == [95, *[0] * 9]
