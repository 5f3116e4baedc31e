"""Reading Xero's refusals: which quota was hit, and for how long.

Xero names the quota in `X-Rate-Limit-Problem` ("minute" and "day" were seen; the names of the others are not
documented) and gives `Retry-After` for those two only. Old pages still promise 503 instead of 429.
Source: https://developer.xero.com/documentation/guides/oauth2/limits/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

from xerosql.api.request import Response

WINDOW = 60.0
"""Seconds in which Xero counts the calls of a minute."""

_LONGEST_MINUTE = 2 * WINDOW  # a refusal that lasts longer than this is not about a minute, whatever it is called
_LONGEST = 24 * 60 * 60.0  # no quota lasts longer; an answer that says so is not believed


class Quota(Enum):
    """What was used up."""

    MINUTE = "minute"
    DAY = "day"
    CONCURRENT = "concurrent"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that Xero turned away unread. `seconds` is how long it will go on doing so, None where it did not say."""

    quota: Quota
    seconds: float | None


def refusal_of(response: Response, now: datetime) -> Refusal | None:
    """The refusal in an answer, None if it is not about limits."""
    problem = response.headers.get("X-Rate-Limit-Problem", "").lower()
    if response.status != 429 and not (response.status == 503 and problem):
        return None
    seconds = retry_after(response.headers.get("Retry-After"), now)
    return Refusal(_quota(problem, seconds), seconds)


def _quota(problem: str, seconds: float | None) -> Quota:
    if "day" in problem or (seconds or 0) > _LONGEST_MINUTE:
        return Quota.DAY
    return Quota.MINUTE if "min" in problem else Quota.CONCURRENT


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds from `now`, a day at most, read from either form that HTTP allows: a count or a date.

    None if absent or unreadable.
    """
    text = (value or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), _LONGEST)
    seconds = _seconds_until_date(text, now)
    return None if seconds is None else min(seconds, _LONGEST)


def _seconds_until_date(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # A date without a zone, or with the odd "-0000", comes back naive; HTTP dates are in GMT.
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
