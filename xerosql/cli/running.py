"""Runs work on a cursor in a thread of its own, so that this one can show progress and take Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

from xerosql import Cursor, Error
from xerosql.cli.outcome import Interrupted
from xerosql.cli.progress import Progress
from xerosql.cursor import Parameters, Row

Answer = TypeVar("Answer")

#: Seconds that a statement may take before its progress is shown, and between two looks at it.
PATIENCE, GLANCE = 1.0, 0.1


class Work(Generic[Answer]):
    """A function running in a daemon thread."""

    def __init__(self, function: Callable[[], Answer]) -> None:
        self.function = function
        self.done = Event()
        self.answers: list[Answer] = []
        self.error: BaseException | None = None
        Thread(target=self.run, name="xerosql-statement", daemon=True).start()

    def run(self) -> None:
        try:
            self.answers.append(self.function())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self.error = error
        finally:
            self.done.set()

    def answer(self) -> Answer:
        if self.error is not None:
            raise self.error
        return self.answers[0]


def run(cursor: Cursor, function: Callable[[], Answer], *, progress: bool = True) -> Answer:
    """What `function` returns or raises. Ctrl-C cancels the cursor's statement and raises Interrupted.

    With `progress`, and a terminal on stderr, a line of calls and rows stands there from the first second to the end.
    """
    work = Work(function)
    try:
        if not work.done.wait(PATIENCE):
            watch(work, cursor, show=progress and sys.stderr.isatty())
    except KeyboardInterrupt:
        interrupt(work, cursor)
        raise Interrupted from None
    return work.answer()


def fetched(cursor: Cursor, sql: str, parameters: Parameters = ()) -> list[Row] | None:
    """Execute, and fetch all rows; None if the statement has none."""
    cursor.execute(sql, parameters)
    return None if cursor.description is None else cursor.fetchall()


def watch(work: Work[Answer], cursor: Cursor, *, show: bool) -> None:
    if not show:
        while not work.done.wait(GLANCE):
            pass  # a wait without an end would not notice Ctrl-C on Windows
        return
    with Progress() as line:
        while not work.done.wait(GLANCE):
            line.show(cursor.stats)


def interrupt(work: Work[Answer], cursor: Cursor) -> None:
    """Cancel, and let the call that is under way end. An error other than the cancelling is worth more than that."""
    cursor.cancel()
    work.done.wait()
    if isinstance(work.error, Error) and work.error.sqlstate != "57014":
        raise work.error
