"""Rows for people: which layout is taken, and what stands in the cells."""

from __future__ import annotations

import io
from decimal import Decimal

from xerosql.cli.table import Layout, show
from xerosql.cli.values import shown_column


class Screen(io.StringIO):
    """A terminal of 40 columns."""

    def isatty(self) -> bool:
        return True


def on_screen(
    names: list[str], rows: list[tuple[object, ...]], layout: Layout = Layout.AUTO, width: int = 40
) -> list[str]:
    import os
    import re
    from unittest.mock import patch

    to = Screen()
    with patch.dict(os.environ, {"COLUMNS": str(width), "TERM": "xterm"}):
        show(names, rows, to, layout)
    return [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in to.getvalue().splitlines()]


def in_a_pipe(names: list[str], rows: list[tuple[object, ...]]) -> list[str]:
    to = io.StringIO()
    show(names, rows, to)
    return to.getvalue().splitlines()


def test_a_pipe_gets_the_whole_width_and_no_spaces_at_the_ends() -> None:
    lines = in_a_pipe(["Long", "B"], [("x" * 300, 1), ("y", 22)])
    assert lines[2] == f"{'x' * 300}    1"
    assert lines[3] == f"y{' ' * 299}   22"


def test_numbers_are_flush_right_and_share_their_decimals() -> None:
    lines = in_a_pipe(["Amount"], [(Decimal("1.5000"),), (Decimal("20.2550"),), (None,)])
    assert lines[2:] == [" 1.500", "20.255", "  NULL"]


def test_decimals_have_at_least_two_places() -> None:
    assert shown_column([Decimal("5.0000"), Decimal(7)]) == ["5.00", "7.00"]


def test_rows_too_wide_for_the_terminal_become_lists() -> None:
    lines = on_screen(["Id", "Other"], [("a" * 30, "b" * 30)])
    assert lines[1:] == [f"Id     {'a' * 30}", f"Other  {'b' * 30}"]


def test_prose_is_folded_before_rows_become_lists() -> None:
    lines = on_screen(["Id", "Text"], [("a" * 15, "some words that go on and on")])
    assert lines[0].split() == ["Id", "Text"]
    assert all(len(line) <= 40 for line in lines)


def test_the_layout_can_be_forced() -> None:
    assert "row 1" in on_screen(["a"], [(1,)], Layout.RECORDS)[0]
    assert on_screen(["a"], [(1,)])[2] == "1"


def test_no_rows_still_show_their_columns() -> None:
    assert in_a_pipe(["a", "b"], [])[0] == "a   b"
