"""Where everything goes in a drawing."""

from __future__ import annotations

import pytest

from xerosql.web.chart import Chart, round_up


def test_columns_are_stacked_and_none_passes_the_top() -> None:
    """Heights are as the numbers; each piece stands on the one before."""
    chart = Chart("Tasks", ["one", "two"], {"Failed": [1, 0], "Pending": [3, 8]})
    bars = {(each.series, each.title): each for each in chart.bars()}
    failed, pending, other = (
        bars["Failed", "one: 1 Failed"],
        bars["Pending", "one: 3 Pending"],
        bars["Pending", "two: 8 Pending"],
    )
    assert pending.height == pytest.approx(3 * failed.height, abs=0.2)
    assert pending.y + pending.height == pytest.approx(failed.y, abs=0.2)
    assert failed.y + failed.height == pytest.approx(chart.floor, abs=0.2)
    assert other.x > pending.x + pending.width
    assert len(bars) == 3
    assert chart.highest == 8


@pytest.mark.parametrize("number", [1, 4, 5, 9, 10, 11, 99, 101, 250, 999, 20_001])
def test_the_scale_is_round_and_high_enough(number: int) -> None:
    top = round_up(max(4, number))
    assert number <= top <= max(4, 2.5 * number)
    assert top % 4 == 0


def test_labels_never_crowd_and_the_last_is_among_them() -> None:
    for count in (1, 2, 24, 28, 30, 365):
        labels = [str(each) for each in range(count)]
        marks = Chart("Tasks", labels, {"Pending": [1] * count}).marks()
        assert 1 <= len(marks) <= 13
        assert marks[-1][1] == labels[-1]


def test_a_chart_of_nothing_is_empty() -> None:
    assert Chart("Tasks", ["one"], {"Pending": [0]}).is_empty
    assert not list(Chart("Tasks", ["one"], {"Pending": [0]}).bars())
