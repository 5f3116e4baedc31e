"""Superset's REST API as a program uses it: what its pages do, without the pages."""

from __future__ import annotations

import json
from typing import Any

import requests

USER, PASSWORD = "admin", "admin"
SECONDS = 120


class Superset:
    """A running Superset, signed in to. What it refuses is an AssertionError with its words."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False  # it is on this machine
        self._session.headers["Connection"] = "close"  # gunicorn may close one just when it is used again
        form = {"username": USER, "password": PASSWORD, "provider": "db", "refresh": True}
        token = self.post("security/login", form)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: Any = None, **parameters: Any) -> requests.Response:
        """Any answer. `parameters` are those of the address."""
        address = f"{self.url}/api/v1/{path}"
        return self._session.request(method, address, json=body, params=parameters, timeout=SECONDS)

    def post(self, path: str, body: Any) -> Any:
        return self._good(self.ask("POST", path, body))

    def get(self, path: str, **parameters: Any) -> Any:
        return self._good(self.ask("GET", path, **parameters))

    def put(self, path: str, body: Any) -> Any:
        return self._good(self.ask("PUT", path, body))

    def delete(self, kind: str, number: int) -> None:
        self._good(self.ask("DELETE", f"{kind}/{number}"))

    def _good(self, answer: requests.Response) -> Any:
        assert answer.ok, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:2000]}"
        return answer.json()

    # -- Databases -----------------------------------------------------------------------------------------------------

    def test_connection(self, uri: str, **more: Any) -> requests.Response:
        return self.ask("POST", "database/test_connection", {"sqlalchemy_uri": uri, "database_name": "Test", **more})

    def add_database(self, name: str, uri: str, **more: Any) -> int:
        """Its id. SQL Lab may use it, and estimate costs."""
        body = {"database_name": name, "sqlalchemy_uri": uri, "expose_in_sqllab": True, **more}
        body["extra"] = json.dumps({"cost_estimate_enabled": True, "allows_virtual_table_explore": True})
        return int(self.post("database/", body)["id"])

    def schemas(self, database: int) -> list[str]:
        return list(self.get(f"database/{database}/schemas/")["result"])

    def tables(self, database: int, schema: str) -> dict[str, str]:
        """Kinds by name."""
        found = self.get(f"database/{database}/tables/", q=f"(schema_name:{schema},force:!t)")["result"]
        return {each["value"]: each["type"] for each in found}

    # -- SQL Lab -------------------------------------------------------------------------------------------------------

    def run(self, database: int, sql: str, schema: str = "projects", **more: Any) -> requests.Response:
        """What SQL Lab does when Run is pressed, waiting for the rows."""
        body = {"database_id": database, "sql": sql, "schema": schema, "runAsync": False, "queryLimit": 1000, **more}
        return self.ask("POST", "sqllab/execute/", body)

    def rows(self, database: int, sql: str, schema: str = "projects") -> list[dict[str, Any]]:
        return list(self._good(self.run(database, sql, schema))["data"])

    def estimate(self, database: int, sql: str, schema: str = "projects") -> list[dict[str, str]]:
        body = {"database_id": database, "sql": sql, "schema": schema}
        return list(self.post("sqllab/estimate/", body)["result"])

    # -- Charts --------------------------------------------------------------------------------------------------------

    def add_dataset(self, database: int, table: str, schema: str = "projects") -> int:
        return int(self.post("dataset/", {"database": database, "schema": schema, "table_name": table})["id"])

    def columns(self, dataset: int) -> dict[str, Any]:
        """Its columns, by name."""
        return {each["column_name"]: each for each in self.get(f"dataset/{dataset}")["result"]["columns"]}

    def chart_data(self, dataset: int, query: Any, *, force: bool = True) -> dict[str, Any]:
        """The first result of one query; `force` passes Superset's own cache by."""
        body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "force": force}
        return dict(self.post("chart/data", {**body, "result_format": "json", "result_type": "full"})["result"][0])

    def add_chart(self, name: str, dataset: int, form: Any, query: Any, dashboards: list[int] | None = None) -> int:
        """A chart of `form["viz_type"]`, as Explore saves it."""
        source = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "force": False}
        body = {
            "slice_name": name,
            "viz_type": form["viz_type"],
            "datasource_id": dataset,
            "datasource_type": "table",
            "params": json.dumps({"datasource": f"{dataset}__table", **form}),
            "query_context": json.dumps({**source, "result_format": "json", "result_type": "full"}),
            "dashboards": dashboards or [],
        }
        return int(self.post("chart/", body)["id"])

    def add_dashboard(self, title: str) -> int:
        return int(self.post("dashboard/", {"dashboard_title": title, "published": True})["id"])

    def lay_out(self, dashboard: int, charts: list[int]) -> None:
        """Put charts onto a dashboard, side by side."""
        width = 12 // len(charts)
        cells = {
            f"CHART-{chart}": {
                "type": "CHART",
                "id": f"CHART-{chart}",
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", "ROW-1"],
                "meta": {"chartId": chart, "width": width, "height": 50},
            }
            for chart in charts
        }
        row = {"type": "ROW", "id": "ROW-1", "children": list(cells), "parents": ["ROOT_ID", "GRID_ID"]}
        layout = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
            "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": ["ROW-1"], "parents": ["ROOT_ID"]},
            "ROW-1": {**row, "meta": {"background": "BACKGROUND_TRANSPARENT"}},
            **cells,
        }
        self.put(f"dashboard/{dashboard}", {"position_json": json.dumps(layout)})

    def refresh(self, dashboard: int) -> list[dict[str, Any]]:
        """What pressing Refresh on the dashboard does: every chart asks the database again. A result for each chart."""
        charts = self.get(f"dashboard/{dashboard}/charts")["result"]
        return [
            dict(self.get(f"chart/{chart['id']}/data/", force="true")["result"][0])
            for chart in sorted(charts, key=lambda chart: chart["id"])
        ]
