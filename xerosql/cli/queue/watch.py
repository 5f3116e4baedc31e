"""`xerosql queue watch`: a screen of the queue that keeps itself up to date."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from xerosql import Connection
from xerosql.cli.connecting import opened
from xerosql.cli.outcome import printable
from xerosql.cli.queue.state import state_of

NEWEST = (
    "SELECT XeroTaskId, XeroTaskType, XeroTaskStatus, WaitingFor, UpdatedDate, ErrorMessage FROM queue.XeroTasks "
    "ORDER BY UpdatedDate DESC, XeroTaskId DESC LIMIT ?"
)
WORKERS = "SELECT Worker, StartedAt, HeartbeatAt, Completed, Failed, Holding, Stopping FROM sys.workers ORDER BY 2"
STATUSES = ("Pending", "Running", "Error", "Uncertain", "Failed", "Completed", "Cancelled", "Skipped")
COLOURS = {"Completed": "green", "Failed": "red", "Uncertain": "magenta", "Error": "yellow", "Running": "cyan"}
TASKS = 12
#: Seconds between two looks at the keyboard.
GLANCE = 0.1


@dataclass(frozen=True)
class Watch:
    """The options of the command. Without a terminal there is one frame, as with `once`."""

    once: bool
    interval: float
    profile: str | None

    def run(self) -> None:
        with opened(self.profile, autocommit=True) as connection:
            if self.once or not sys.stdout.isatty():
                console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
                console.print(frame(connection))
                return
            with suppress(KeyboardInterrupt), keyboard() as pressed:
                self.live(connection, pressed)

    def live(self, connection: Connection, pressed: Callable[[], str]) -> None:
        with Live(frame(connection), screen=True, auto_refresh=False, console=Console(file=sys.stdout)) as live:
            looked = time.monotonic()
            while pressed().lower() != "q":
                if time.monotonic() - looked >= self.interval:
                    live.update(frame(connection), refresh=True)
                    looked = time.monotonic()


def frame(connection: Connection) -> RenderableType:
    """Everything at one moment. Raises what a look at the queue raises."""
    tasks = connection.execute(NEWEST, [TASKS]).fetchall()
    workers = connection.execute(WORKERS).fetchall()
    state = state_of(connection)
    counts = Text("   ").join(
        Text.assemble((f"{state.counts[each]:,}", COLOURS.get(each, "bold")), f" {each}") for each in STATUSES
    )
    pauses = [Text(printable(each), style="yellow") for each in state.pauses] or [Text("No organisation is paused.")]
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Group(
        Text(f"The write queue · {now} · q ends", style="bold"), counts, *pauses, Text(""),
        task_table(tasks), Text(""), worker_table(workers) if workers else Text("No worker is running."),
    )  # fmt: skip


def task_table(rows: list[Any]) -> Table:
    table = plain("Task", "Xero Task Type", "Xero Task Status", "Waiting for", "Changed", "Error")
    for number, kind, status, waiting, updated, error in rows:
        table.add_row(
            str(number),
            printable(kind),
            Text(status, style=COLOURS.get(status, "")),
            waiting or "",
            f"{updated:%H:%M:%S}" if updated.date() == datetime.now(UTC).date() else f"{updated:%Y-%m-%d}",
            Text(printable(" ".join((error or "").split())), no_wrap=True, overflow="ellipsis"),
        )
    return table


def worker_table(rows: list[Any]) -> Table:
    table = plain("Worker", "Since", "Heard of", "Completed", "Failed", "Holding", "")
    for name, started, heard, completed, failed, holding, stopping in rows:
        counts = map(str, (completed, failed, holding))
        end = "stopping" if stopping else ""
        table.add_row(printable(name), f"{started:%Y-%m-%d %H:%M}", f"{heard:%H:%M:%S}", *counts, end)
    return table


def plain(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading)
    return table


@contextmanager
def keyboard() -> Iterator[Callable[[], str]]:
    """A function that waits for a moment and returns the key that was pressed meanwhile, or nothing."""
    try:
        import termios
        import tty
    except ModuleNotFoundError:  # Windows
        yield windows_key
        return
    if not sys.stdin.isatty():
        yield no_key
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield lambda: sys.stdin.read(1) if select.select([sys.stdin], [], [], GLANCE)[0] else ""
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def no_key() -> str:
    time.sleep(GLANCE)
    return ""


def windows_key() -> str:
    import msvcrt

    key: Callable[[], str] = getattr(msvcrt, "getwch")  # noqa: B009 - its type is known on Windows only
    if getattr(msvcrt, "kbhit")():  # noqa: B009 - the same
        return key()
    return no_key()
