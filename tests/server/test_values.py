"""Values on their way to a client and back: text and binary, as PostgreSQL writes them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosql.server import oids
from xerosql.server.decode import decoded
from xerosql.server.encode import encoder, rows_of
from xerosql.server.failures import StatementError

MOMENTS = st.datetimes()
VALUES = st.one_of(
    st.tuples(st.just(oids.BOOL), st.booleans()),
    st.tuples(st.just(oids.INT2), st.integers(-(2**15), 2**15 - 1)),
    st.tuples(st.just(oids.INT4), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(oids.INT8), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(oids.FLOAT8), st.floats(allow_nan=False)),
    st.tuples(
        st.just(oids.NUMERIC),
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=4),
    ),
    st.tuples(st.just(oids.NUMERIC), st.integers(-(10**37), 10**37).map(Decimal)),
    st.tuples(st.just(oids.TEXT), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
    st.tuples(st.just(oids.DATE), st.dates()),
    st.tuples(st.just(oids.TIME), st.times()),
    st.tuples(st.just(oids.TIMESTAMP), MOMENTS),
    st.tuples(st.just(oids.TIMESTAMPTZ), MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC))),
    st.tuples(st.just(oids.BYTEA), st.binary()),
    st.tuples(st.just(oids.ARRAYS[oids.INT4]), st.lists(st.none() | st.integers(-(2**31), 2**31 - 1))),
    st.tuples(
        st.just(oids.ARRAYS[oids.TEXT]),
        st.lists(st.none() | st.text(st.characters(codec="ascii", exclude_characters="\0"))),
    ),
)


@given(VALUES, st.sampled_from([0, 1]))
def test_a_value_comes_back_as_it_was(given: tuple[int, object], form: int) -> None:
    """What a client reads and binds again is the same value, in text and in binary."""
    oid, value = given
    assert decoded(encoder(oid, form)(value), oid, form) == value


@given(st.binary(max_size=40), st.sampled_from([*oids.SIZES, *oids.ELEMENTS, oids.NUMERIC]), st.sampled_from([0, 1]))
def test_any_bytes_are_a_value_or_one_error(data: bytes, oid: int, form: int) -> None:
    """No bytes of a client get further than StatementError."""
    with suppress(StatementError):
        decoded(data, oid, form)


@pytest.mark.parametrize(
    ("value", "oid", "text"),
    [
        (True, oids.BOOL, "t"),
        (Decimal("0E-10"), oids.NUMERIC, "0.0000000000"),
        (Decimal("1E+3"), oids.NUMERIC, "1000"),
        (1.0, oids.FLOAT8, "1"),
        (float("inf"), oids.FLOAT8, "Infinity"),
        (float("nan"), oids.FLOAT8, "NaN"),
        (dt.datetime.fromisoformat("2026-04-22T10:59:59.42"), oids.TIMESTAMP, "2026-04-22 10:59:59.42"),
        (dt.datetime(2026, 4, 22, tzinfo=dt.UTC), oids.TIMESTAMPTZ, "2026-04-22 00:00:00+00"),
        (dt.timedelta(days=1, seconds=7200), oids.INTERVAL, "1 day 02:00:00"),
        (dt.timedelta(0), oids.INTERVAL, "00:00:00"),
        (b"\x00\xff", oids.BYTEA, "\\x00ff"),
        (["a", 'b"c', None, "", "null", "x,y"], oids.ARRAYS[oids.TEXT], '{a,"b\\"c",NULL,"","null","x,y"}'),
        ([1, 2], oids.INT2VECTOR, "1 2"),
    ],
)
def test_text_is_as_postgresql_writes_it(value: object, oid: int, text: str) -> None:
    """Byte for byte what a real one sends."""
    assert encoder(oid, 0)(value).decode() == text


def test_a_date_with_a_zone_behind_it_is_a_date() -> None:
    """As pgjdbc writes it."""
    assert decoded(b"2026-01-02 +00", oids.DATE, 0) == dt.date(2026, 1, 2)


def test_a_row_without_columns_is_a_row() -> None:
    """SELECT FROM has rows of nothing."""
    assert rows_of([(), ()], []) == b"D\0\0\0\6\0\0" * 2
