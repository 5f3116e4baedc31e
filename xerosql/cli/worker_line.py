"""What a worker says of itself: one line that changes on a terminal, a line for each task in a log."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from xerosql import Connection, Error
from xerosql.cli.outcome import printable

if TYPE_CHECKING:
    from xerosql.queue.model import Task

#: Seconds over which the present rate is taken.
WINDOW = 60.0
#: Statuses of which the reader wants to know why.
TROUBLE = ("Error", "Failed", "Uncertain", "Skipped")
WHY = "SELECT ErrorCode, ErrorMessage, HttpStatus, CorrelationId FROM queue.XeroTasks WHERE XeroTaskId = ?"


class Line:
    """A context manager. `say` prints a line for good, `show` changes the one that moves, where there is a terminal."""

    def __init__(self, to: TextIO, *, live: bool, quiet: bool) -> None:
        self.to = to
        self.live = live
        self.quiet = quiet
        self.spinner = Spinner("line", text=Text(""))
        self._live: Live | None = None

    def say(self, text: str) -> None:
        if self.quiet:
            return
        if self._live is not None:
            self._live.console.print(Text(text), soft_wrap=True)
        else:
            print(text, file=self.to, flush=True)

    def show(self, text: str) -> None:
        if self.live:
            if self._live is None:
                console = Console(file=self.to)
                self._live = Live(
                    self.spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
                )
                self._live.start()
            self.spinner.update(text=Text(printable(text), no_wrap=True, overflow="ellipsis"))

    def clear(self) -> None:
        """Wipe the line that moves, so that others can stand there."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()


def line_for(to: TextIO, *, quiet: bool) -> Line:
    return Line(to, live=to.isatty() and not quiet, quiet=quiet)


class Rate:
    """How many tasks came to an end lately."""

    def __init__(self) -> None:
        self.moments: deque[float] = deque()
        self.began: float | None = None

    def note(self, now: float) -> None:
        self.began = now if self.began is None else self.began
        self.moments.append(now)

    def per_minute(self, now: float) -> float:
        while self.moments and now - self.moments[0] > WINDOW:
            self.moments.popleft()
        if self.began is None:
            return 0.0
        return 60 * len(self.moments) / min(WINDOW, max(1.0, now - self.began))


def task_line(connection: Connection, task: Task) -> str:
    """ "2026-08-01T10:00:00Z task 41 CreateTask Completed", with what went wrong if something did."""
    line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} task {task.id} {task.type} {task.status}"
    why = reason(connection, task.id) if task.status in TROUBLE else ""
    return printable(f"{line}: {why}" if why else line)


def reason(connection: Connection, number: int) -> str:
    """Why a task is where it is, as far as this connection may see that."""
    try:
        row = connection.execute(WHY, [number]).fetchone()
    except Error:
        return ""
    if row is None or row[0] is None:
        return ""
    status = f"HTTP {row[2]}" if row[2] else ""
    correlation = f"correlation id {row[3]}" if row[3] else ""
    return " · ".join(each for each in (row[0], " ".join(str(row[1] or "").split()), status, correlation) if each)
