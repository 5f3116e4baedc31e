"""Which columns of Xero's tables refer to which, as information_schema tells it."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql.catalog import load
from xerosql.catalog.references import constraints_of
from xerosql.catalog.relation import FOREIGN_KEY

REFERENCES = (
    "SELECT k.table_name, k.column_name, r.referenced_table_name, r.referenced_column_name, r.unique_constraint_name "
    "FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r "
    "ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name "
    "WHERE k.table_schema = 'projects' AND k.column_name <> 'TenantId' ORDER BY 1, 2"
)


@pytest.fixture(scope="module")
def connection() -> xerosql.Connection:
    return xerosql.connect("demo")


def test_references_follow_from_the_declarations(connection: xerosql.Connection) -> None:
    assert connection.execute(REFERENCES).fetchall() == [
        ("Tasks", "ProjectId", "Projects", "ProjectId", "Projects_pkey"),
        ("Time", "ProjectId", "Projects", "ProjectId", "Projects_pkey"),
        ("Time", "TaskId", "Tasks", "TaskId", "Tasks_TaskId_key"),
        ("Time", "UserId", "Users", "UserId", "Users_pkey"),
    ]


def references() -> list[Any]:
    tables = list(load())
    return [(table, each) for table in tables for each in constraints_of(table, tables) if each.kind == FOREIGN_KEY]


@pytest.mark.parametrize(("table", "reference"), references(), ids=str)
def test_every_reference_holds_in_the_demo(connection: xerosql.Connection, table: Any, reference: Any) -> None:
    """Each value of the column is there in the table that it refers to."""
    (column,), (referred,), other = reference.columns, reference.referred, ".".join(reference.refers)
    lost = connection.execute(
        f"SELECT count(*) FROM {table.full_name} AS t WHERE t.{column} IS NOT NULL "
        f"AND NOT EXISTS (SELECT 1 FROM {other} AS o WHERE o.{referred} = t.{column})"
    )
    assert lost.fetchall() == [(0,)]


def test_every_table_says_what_its_key_is(connection: xerosql.Connection) -> None:
    found = connection.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.table_constraints "
        "WHERE constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    assert {name for (name,) in found} == {table.full_name for table in load()}


def test_what_an_insert_can_give_is_told(connection: xerosql.Connection) -> None:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'Tasks' AND is_insertable ORDER BY 1"
    ).fetchall()
    assert {name for (name,) in found} == {
        *("ChargeType", "EstimateMinutes", "Name", "ProjectId", "RateCurrency", "RateValue", "TenantId")
    }
