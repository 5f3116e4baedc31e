"""dbt over `xerosql serve`: a project whose models become tables of scratch, from sources at Xero."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.clients.conftest import PASSWORD, USER, Side

pytest.importorskip("dbt.adapters.postgres", reason="dbt has a virtual environment of its own: make clients")

DBT = Path(sys.executable).with_name("dbt")
PROJECT = Path(__file__).with_name("dbt_project")


@pytest.fixture
def dbt(ours: Side, tmp_path: Path) -> Iterator[Any]:
    """Runs a command of dbt on a copy of the project; AssertionError with what it says if it fails."""
    files = {path.relative_to(PROJECT): path.read_text() for path in PROJECT.rglob("*.*")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    environment = {
        **os.environ,
        "XERO_PORT": str(ours.port),
        "XERO_USER": USER,
        "XERO_PASSWORD": PASSWORD,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_PROFILES_DIR": str(tmp_path),
        "HOME": str(tmp_path),
    }

    def run(*arguments: str, fails: bool = False) -> str:
        command = [str(DBT), "--no-use-colors", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout

    yield run
    with psycopg.connect(ours.url, autocommit=True) as connection:
        for kind, catalog in (("VIEW", "pg_views"), ("TABLE", "pg_tables")):
            named = f"SELECT {kind}name FROM {catalog} WHERE schemaname = 'scratch'"
            for (name,) in connection.execute(named).fetchall():
                connection.execute(f'DROP {kind} scratch."{name}"')


def rows(side: Side, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(side.url) as connection:
        return connection.execute(query).fetchall()


def test_the_page_shows_the_project_that_is_run() -> None:
    """But for where the server is, and for tests of models."""
    page = (PROJECT.parents[2] / "docs" / "connect" / "dbt.md").read_text(encoding="utf-8")
    files = [path.read_text(encoding="utf-8") for path in PROJECT.rglob("*.*")]
    lines = {line for text in files for line in text.splitlines()}
    blocks = re.findall(r"^```(?:yaml|jinja)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 5
    own = ("      port: 5432", "      user: robot", "      password: PASSWORD")
    assert [line for block in blocks for line in block.splitlines() if line not in lines] == list(own)


def test_debug_finds_the_server(dbt: Any) -> None:
    assert "All checks passed!" in dbt("debug")


def test_models_become_tables_of_scratch_again_and_again(dbt: Any, ours: Side) -> None:
    """Seeds, a model of the sources, a model of that one and of the seed; tests of sources and models."""
    for _ in range(2):
        dbt("seed")
        dbt("run")
        assert "PASS=4 " in dbt("test")
    open_ones = rows(ours, "SELECT count(*), sum(tasks) FROM scratch.open_projects")
    same = "SELECT count(DISTINCT p.ProjectId), count(*) FROM Projects p JOIN Tasks USING (ProjectId)"
    assert open_ones == rows(ours, f"{same} WHERE p.Status = 'INPROGRESS'")
    assert rows(ours, "SELECT count(*) FROM scratch.in_nzd WHERE to_invoice_nzd IS NULL") == [(0,)]


def test_build_does_all_at_once(dbt: Any) -> None:
    assert "ERROR=0" in dbt("build")


def test_docs_have_the_columns_of_sources_and_models(dbt: Any, tmp_path: Path) -> None:
    dbt("seed")
    dbt("run")
    dbt("docs", "generate")
    catalog = json.loads((tmp_path / "target" / "catalog.json").read_text())
    model = catalog["nodes"]["model.agency.open_projects"]["columns"]
    assert list(model) == ["project", "currency", "tasks", "to_invoice"]
    source = catalog["sources"]["source.agency.xero.Tasks"]["columns"]
    assert source["RateValue"]["type"] == "numeric(18,4)"
    assert source["RateValue"]["comment"].startswith("The price")


def test_show_previews_a_query_of_the_sources(dbt: Any) -> None:
    query = """select "Name" from {{ source('xero', 'Projects') }}"""
    shown = dbt("show", "--inline", query, "--limit", "3", "--output", "json")
    assert len(json.loads(shown[shown.index("{\n") :])["show"]) == 3


def test_models_become_views_of_sources_again_and_again(dbt: Any, ours: Side) -> None:
    """dbt makes views unless it is told otherwise; a table that was a view before, and the other way round."""
    for kind in ("view", "view", "table", "view"):
        dbt("run", "--select", "open_projects", "names", "--vars", f"{{materialized: {kind}}}")
        dbt("test", "--select", "open_projects")
        assert rows(ours, "SELECT count(*) FROM scratch.open_projects") == [(33,)]
    assert rows(ours, "SELECT table_type FROM information_schema.tables WHERE table_name = 'names'") == [("VIEW",)]
    assert rows(ours, "SELECT count(*) FROM scratch.names") == [(48,)]


def test_an_incremental_model_adds_what_is_new(dbt: Any, ours: Side) -> None:
    for _ in range(2):
        dbt("run", "--select", "open_projects", "--vars", "{materialized: incremental}")
    assert rows(ours, "SELECT count(*) FROM scratch.open_projects") == [(66,)]


def test_an_incremental_model_with_a_key_replaces_its_rows(dbt: Any, ours: Side) -> None:
    for _ in range(2):
        dbt("run", "--select", "open_projects", "--vars", "{materialized: incremental, unique_key: project}")
    assert rows(ours, "SELECT count(*) FROM scratch.open_projects") == [(33,)]


def test_a_snapshot_keeps_what_was(dbt: Any, ours: Side) -> None:
    """A row that has changed since is closed, and the new one stands beside it."""
    dbt("snapshot")
    with psycopg.connect(ours.url, autocommit=True) as connection:
        ((one,),) = connection.execute("SELECT min(project_id) FROM scratch.statuses").fetchall()
        connection.execute("UPDATE scratch.statuses SET status = 'OLD' WHERE project_id = %s", [one])
    dbt("snapshot")
    found = "SELECT count(*), count(dbt_valid_to), count(DISTINCT project_id) FROM scratch.statuses"
    assert rows(ours, found) == [(49, 1, 48)]
