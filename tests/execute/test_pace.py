"""How many requests are under way follows from how long answers take."""

from __future__ import annotations

import pytest

from xerosql.execute.pace import SLOW, Pace

QUICK, LATE = SLOW / 4, SLOW * 4


@pytest.mark.parametrize(("eager", "first"), [(True, 5), (False, 1)])
def test_what_is_read_whole_starts_wide_and_what_may_stop_starts_with_one(eager: bool, first: int) -> None:
    """Before anything is known of the line."""
    assert Pace(eager=eager).width == first


def test_slow_answers_widen_by_doubling_up_to_five() -> None:
    """Each answer after the first says something."""
    pace, widths = Pace(eager=False), []
    for _ in range(5):
        pace.learn(LATE)
        widths.append(pace.width)
    assert widths == [1, 2, 4, 5, 5]


def test_two_quick_answers_in_a_row_narrow_to_one() -> None:
    """A single one may be luck, as a single late one may be a big page."""
    pace = Pace(eager=True)
    for seconds, width in [(LATE, 5), (QUICK, 5), (LATE, 5), (QUICK, 5), (QUICK, 1), (LATE, 1), (LATE, 2)]:
        pace.learn(seconds)
        assert pace.width == width


def test_answers_between_quick_and_slow_change_nothing() -> None:
    """So that the width does not swing."""
    for eager in (True, False):
        pace = Pace(eager=eager)
        before = pace.width
        for _ in range(3):
            pace.learn(SLOW * 0.75)
        assert pace.width == before


def test_only_a_slow_line_is_asked_ahead_of_a_late_answer() -> None:
    """Where every answer is needed; where a LIMIT may be reached, nothing is begun ahead."""
    for eager, ahead in [(True, 10), (False, 2)]:
        pace = Pace(eager=eager)
        assert pace.begun == pace.width
        pace.learn(LATE)
        pace.learn(LATE)
        assert pace.begun == ahead
