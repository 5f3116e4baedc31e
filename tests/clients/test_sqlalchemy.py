"""SQLAlchemy's inspector tells of our server what it tells of a real one, through each driver."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.clients.conftest import Pair, Side

TABLES = ("Projects", "Tasks", "Time", "Users", "Tenants")
CALLS = (
    "get_columns",
    "get_pk_constraint",
    "get_foreign_keys",
    "get_indexes",
    "get_unique_constraints",
    "get_table_comment",
)


def told(side: Side, driver: str) -> dict[str, Any]:
    """All that the inspector knows, as text."""
    engine = sa.create_engine(side.url.replace("postgresql:", f"postgresql+{driver}:"))
    with engine.connect() as connection:
        found = sa.inspect(connection)
        facts: dict[str, Any] = {
            "schemas": found.get_schema_names(),
            "tables": sorted(found.get_table_names()),
            "views": sorted(found.get_view_names(schema="sys")),
            "default": found.default_schema_name,
            "enums": found.get_enums(),
            "sequences": found.get_sequence_names(),
        }
        for table in TABLES:
            for call in CALLS:
                facts[f"{table}.{call}"] = repr(getattr(found, call)(table, schema="projects"))
        metadata = sa.MetaData()
        metadata.reflect(connection, schema="projects")
        facts["reflected"] = sorted(metadata.tables)
    engine.dispose()
    return facts


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "pg8000"])
def test_the_inspector_tells_the_same(pair: Pair, driver: str) -> None:
    """Schemas, tables, columns with types and comments, keys, indexes."""
    assert told(pair.ours, driver) == told(pair.real, driver)
