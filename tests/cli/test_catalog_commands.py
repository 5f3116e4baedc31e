"""`xerosql tables`, `xerosql describe` and `xerosql demo`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import in_own_process, xerosql
from xerosql import catalog
from xerosql.catalog.model import Table


def test_tables_lists_every_table_without_an_account() -> None:
    result = xerosql("tables")
    assert result.exit_code == 0
    for table in catalog.load():
        assert table.name in result.stdout
        assert table.description in result.stdout


@pytest.mark.parametrize("table", [t for t in catalog.load() if t.schema == "projects"], ids=lambda t: t.name)
def test_describe_tells_all_of_every_column(table: Table) -> None:
    result = xerosql("describe", table.name)
    assert result.exit_code == 0
    for column in table.columns:
        line = next(line for line in result.stdout.splitlines() if line.startswith(f"{column.name} "))
        assert column.type.sql in line
        assert ("required" in line) == column.required
        assert ("key" in line.split()[2]) == column.key


@pytest.mark.parametrize("name", ["tasks", "projects.Tasks", "PROJECTS.TASKS", '"Tasks"'])
def test_describe_takes_names_as_sql_does(name: str) -> None:
    assert xerosql("describe", name).stdout.startswith("Tasks")


def test_describe_of_an_unknown_table_names_what_looks_like_it() -> None:
    result = xerosql("describe", "Taks")
    assert result.exit_code == 1
    assert "did you mean Tasks" in result.stderr


def test_the_demo_shows_the_four_statements_and_what_each_cost() -> None:
    done = in_own_process("demo")
    assert done.returncode == 0
    for word in ("JOIN", "INSERT INTO Tasks", "RETURNING", "UPDATE Tasks", "DELETE FROM Tasks", "Pave Sidewalks"):
        assert word in done.stdout
    assert done.stdout.count(" call") >= 6
    assert "1 row changed" in done.stdout
    assert "xerosql shell --profile demo" in done.stdout


def test_the_demo_leaves_the_organisation_as_it_was() -> None:
    from xerosql.connection import demo_simulator

    simulator = demo_simulator()
    tenant = simulator.tenants[0][0]
    before = simulator.rows(tenant)["tasks"]
    assert xerosql("demo").exit_code == 0
    assert simulator.rows(tenant)["tasks"] == before
