"""Results that nobody closes: the next statement closes them, never the garbage collector."""

from __future__ import annotations

import gc
from typing import Any

from xerosql.execute.result import LEFT


def test_a_result_that_was_dropped_is_closed_by_the_next_statement(books: Any) -> None:
    """Closing one while another is pulled, as the garbage collector might, breaks the interpreter's memory."""
    books.run("SELECT 1").fetchone()
    gc.collect()
    books.run("SELECT Name FROM Projects").fetchone()
    gc.collect()
    (left,) = LEFT
    assert left.fetchall()  # still open
    books.run("SELECT 1").close()
    assert left not in LEFT


def test_a_result_in_a_cycle_is_no_different(books: Any) -> None:
    """As an error's traceback makes one."""
    books.run("SELECT 1").fetchone()
    gc.collect()
    cursor = books.run("SELECT Name FROM Projects")
    cursor.fetchone()
    cycle: list[Any] = [cursor]
    cycle.append(cycle)
    del cursor, cycle
    gc.collect()
    assert len(LEFT) == 1
