from datetime import UTC, datetime

import pytest

from xerosql.api.refusal import Quota, Refusal, refusal_of, retry_after
from xerosql.api.request import Headers, Response

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 12:01:00 -0000", 60.0),
        ("Sat, 21 Nov 2026 13:01:00 +0100", 60.0),
        ("Saturday, 21-Nov-26 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(value: str | None, seconds: float | None) -> None:
    """Both forms of RFC 9110, a date in the past, and nonsense."""
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"X-Rate-Limit-Problem": "minute", "Retry-After": "13"}, Refusal(Quota.MINUTE, 13.0)),
        (429, {"X-Rate-Limit-Problem": "Day", "Retry-After": "36000"}, Refusal(Quota.DAY, 36000.0)),
        (429, {"X-Rate-Limit-Problem": "day"}, Refusal(Quota.DAY, None)),
        (429, {"X-Rate-Limit-Problem": "appminute", "Retry-After": "3"}, Refusal(Quota.MINUTE, 3.0)),
        (429, {"X-Rate-Limit-Problem": "concurrent"}, Refusal(Quota.CONCURRENT, None)),
        (429, {}, Refusal(Quota.CONCURRENT, None)),
        (429, {"Retry-After": "36000"}, Refusal(Quota.DAY, 36000.0)),
        (503, {"X-Rate-Limit-Problem": "minute", "Retry-After": "9"}, Refusal(Quota.MINUTE, 9.0)),
        (503, {"Retry-After": "9"}, None),
        (200, {"X-Rate-Limit-Problem": "minute"}, None),
    ],
)
def test_a_refusal_names_its_quota(status: int, headers: dict[str, str], expected: Refusal | None) -> None:
    """By name; by its length where Xero gives no name; a plain 503 is an outage."""
    assert refusal_of(Response(status, Headers(headers)), NOW) == expected
