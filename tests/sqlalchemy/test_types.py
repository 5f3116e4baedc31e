"""Types as information_schema spells them, and the values that come and go."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, literal, select, types
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SAWarning

from xerosql.sqlalchemy.types import type_of

SPELLINGS = {
    "VARCHAR": types.VARCHAR,
    "DECIMAL(18,4)": types.NUMERIC,
    "HUGEINT": types.NUMERIC,
    "BIGINT": types.BIGINT,
    "TIMESTAMP": types.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": types.TIMESTAMP,
    "INTEGER[]": types.ARRAY,
    "ENUM('a', 'it''s')": types.Enum,
    "BLOB": types.BLOB,
    "JSON": types.JSON,
}
#: A type, and a value that comes back as it went.
VALUES: dict[str, tuple[Any, Any]] = {
    "decimal": (types.Numeric(20, 6), Decimal("12345678901234.567891")),
    "float": (types.Float(), 0.1),
    "big": (types.BigInteger(), 2**62),
    "boolean": (types.Boolean(), True),
    "text": (types.Text(), "Te reo Māori's"),
    "bytes": (types.LargeBinary(), b"\x00\xff"),
    "date": (types.Date(), date(2026, 3, 31)),
    "time": (types.Time(), time(9, 30, 1, 5)),
    "timestamp": (types.DateTime(), datetime(2026, 3, 31, 9, 30)),  # noqa: DTZ001 - without a zone is what is tested
    "zoned": (types.DateTime(timezone=True), datetime(2026, 3, 31, 9, 30, tzinfo=UTC)),
    "interval": (types.Interval(), timedelta(days=2, seconds=5, microseconds=7)),
    "json": (types.JSON(), {"a": [1, None, "x"]}),
    "array": (types.ARRAY(types.Integer()), [1, 2, 3]),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_is_read(spelling: str) -> None:
    assert isinstance(type_of(spelling), SPELLINGS[spelling])


def test_the_details_of_a_type_are_read() -> None:
    assert (type_of("DECIMAL(18,4)").precision, type_of("DECIMAL(18,4)").scale) == (18, 4)
    assert type_of("TIMESTAMP WITH TIME ZONE").timezone
    assert type_of("ENUM('a', 'it''s')").enums == ["a", "it's"]
    assert isinstance(type_of("INTEGER[]").item_type, types.INTEGER)
    assert type_of("VARCHAR", 20).length == 20


@pytest.mark.parametrize("spelling", ["STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "WHATEVER"])
def test_a_type_that_sqlalchemy_has_none_for_is_told(spelling: str) -> None:
    with pytest.warns(SAWarning, match="has no type for"):
        assert isinstance(type_of(spelling), types.NullType)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back_as_it_went(scratch: Engine, name: str) -> None:
    """NULL too; and the column is reflected as of the same kind."""
    kind, value = VALUES[name]
    table = Table("held", MetaData(), Column("v", kind))
    with scratch.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"v": value}, {"v": None}])
        found = connection.execute(select(table.c.v)).scalars().all()
        assert found == [value, None]
        reflected = Table("held", MetaData(), autoload_with=connection).c.v.type
        assert reflected._type_affinity is kind._type_affinity
        table.drop(connection)


@pytest.mark.skipif(version("sqlalchemy") < "2", reason="SQLAlchemy 1.4 writes no literals of intervals")
def test_an_interval_may_be_a_literal(scratch: Engine) -> None:
    duration = timedelta(hours=1, microseconds=1)
    text = str(select(literal(duration)).compile(scratch, compile_kwargs={"literal_binds": True}))
    with scratch.connect() as connection:
        assert connection.exec_driver_sql(text).scalar() == duration
