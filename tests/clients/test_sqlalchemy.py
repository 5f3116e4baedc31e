"""SQLAlchemy's inspector tells of our server what it tells of a real one, through each driver."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.clients.conftest import Pair, Side
from tests.server.reflected import inspected


def told(side: Side, driver: str) -> dict[str, Any]:
    """All that the inspector knows, as text."""
    engine = sa.create_engine(side.url.replace("postgresql:", f"postgresql+{driver}:"))
    with engine.connect() as connection:
        facts = inspected(connection)
    engine.dispose()
    return facts


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "pg8000"])
def test_the_inspector_tells_the_same(pair: Pair, driver: str) -> None:
    """Schemas, tables, columns with types and comments, keys, indexes."""
    assert told(pair.ours, driver) == told(pair.real, driver)
