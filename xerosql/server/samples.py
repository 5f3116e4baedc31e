"""Values that stand for parameters of declared types while a statement is described."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from xerosql.server import oids

SAMPLES: dict[int, object] = {
    oids.BOOL: True,
    oids.INT2: 1,
    oids.INT4: 1,
    oids.INT8: 1,
    oids.OID: 1,
    oids.FLOAT4: 1.0,
    oids.FLOAT8: 1.0,
    oids.NUMERIC: Decimal(1),
    oids.DATE: dt.date(2000, 1, 1),
    oids.TIMESTAMP: dt.datetime(2000, 1, 1),  # noqa: DTZ001 - a TIMESTAMP has no zone
    oids.TIMESTAMPTZ: dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
    oids.TIME: dt.time(),
    oids.BYTEA: b"",
    oids.TEXT: "",
    oids.VARCHAR: "",
    oids.BPCHAR: "",
    oids.NAME: "",
    oids.INTERVAL: dt.timedelta(),
}


def samples_of(types: Sequence[int]) -> list[object]:
    """One for each type; None, which is NULL, for a type that has none."""
    return [SAMPLES.get(oid) for oid in types]
