"""Ages that hold whatever is done to the clocks."""

from __future__ import annotations

import pytest

from xerosql.snapshots import Moment

THEN = Moment(wall=1_000_000.0, monotonic=5_000.0)


@pytest.mark.parametrize(
    ("now", "most", "least"),
    [
        (Moment(1_000_060.0, 5_060.0), 60.0, 60.0),
        (Moment(1_000_000.0, 5_060.0), 60.0, 0.0),  # the wall clock was put back by a minute
        (Moment(1_003_660.0, 5_060.0), 3660.0, 60.0),  # … or forward by an hour; or the machine slept
        (Moment(999_000.0, 5_060.0), None, 0.0),  # … or back to before it began
        (Moment(1_000_600.0, 20.0), 600.0, 600.0),  # the machine was started anew
        (Moment(999_999.5, 5_000.2), pytest.approx(0.2), 0.0),  # a time server's correction
    ],
    ids=["as usual", "put back", "put forward", "put back far", "restarted", "corrected"],
)
def test_an_age_is_never_too_small_nor_a_pause_too_long(now: Moment, most: float | None, least: float) -> None:
    """What is reused may be younger than it is said to be, what has settled must have had at least that long."""
    assert now.most_since(THEN) == most
    assert now.least_since(THEN) == least
