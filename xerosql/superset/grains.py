"""Time grains and moments in SQL, where `{col}` stands for a DATE or TIMESTAMP column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

#: Superset's grains, by ISO 8601 duration, that are units of date_trunc().
UNITS = {
    "PT1S": "second",
    "PT1M": "minute",
    "PT1H": "hour",
    "P1D": "day",
    "P1W": "week",
    "P1M": "month",
    "P3M": "quarter",
    "P1Y": "year",
}
#: Those that are several of a unit. They divide a day, so each begins at midnight.
BUCKETS = {
    "PT5S": "5 seconds",
    "PT30S": "30 seconds",
    "PT5M": "5 minutes",
    "PT10M": "10 minutes",
    "PT15M": "15 minutes",
    "PT30M": "30 minutes",
    "PT6H": "6 hours",
}
SUNDAY = "date_trunc('week', {col} + INTERVAL '1 day') - INTERVAL '1 day'"
MONDAY = "date_trunc('week', {col})"
#: Weeks by their first day, and by their last.
WEEKS: Mapping[str | None, str] = {
    "1969-12-28T00:00:00Z/P1W": SUNDAY,
    "1969-12-29T00:00:00Z/P1W": MONDAY,
    "P1W/1970-01-03T00:00:00Z": f"{SUNDAY} + INTERVAL '6 days'",
    "P1W/1970-01-04T00:00:00Z": f"{MONDAY} + INTERVAL '6 days'",
}

#: A column of seconds, or of milliseconds, since 1970 as a TIMESTAMP in UTC.
EPOCH_SECONDS = "make_timestamp_ms(CAST({col} * CAST(1000 AS BIGINT) AS BIGINT))"
EPOCH_MILLISECONDS = "make_timestamp_ms(CAST({col} AS BIGINT))"


def grains() -> Mapping[str | None, str]:
    """The expression of every grain, which is the first moment of its period; None is the column itself."""
    units: dict[str | None, str] = {grain: f"date_trunc('{unit}', {{col}})" for grain, unit in UNITS.items()}
    buckets: dict[str | None, str] = {
        grain: f"time_bucket(INTERVAL '{step}', CAST({{col}} AS TIMESTAMP))" for grain, step in BUCKETS.items()
    }
    return {None: "{col}", **units, **buckets, **WEEKS}


def literal(type_name: str, moment: datetime) -> str | None:
    """The moment as a literal of a column's type, which the planner can hand on to Xero; None for other types."""
    name = type_name.upper()
    if name.startswith("DATE") and not name.startswith("DATETIME"):
        return f"DATE '{moment:%Y-%m-%d}'"
    if name.startswith(("TIMESTAMP", "DATETIME")):
        kind = "TIMESTAMP WITH TIME ZONE" if "WITH TIME ZONE" in name else "TIMESTAMP"
        return f"{kind} '{moment.isoformat(sep=' ', timespec='microseconds')}'"
    return None
