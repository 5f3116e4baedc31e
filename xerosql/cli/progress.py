"""The line that tells how far a slow statement has come. It goes to stderr and is wiped at the end."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text


class Stats(Protocol):
    """What `cursor.stats` has, growing while the statement runs."""

    @property
    def api_calls(self) -> int: ...

    @property
    def rows_fetched(self) -> int: ...

    @property
    def seconds(self) -> float: ...


class Progress:
    """A context manager; `show` puts the present counts into the line."""

    def __init__(self) -> None:
        self.spinner = Spinner("line", text=Text(""))
        self.live = Live(
            self.spinner, console=Console(file=sys.stderr), transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def show(self, stats: Stats | None) -> None:
        if stats is not None:
            self.spinner.update(text=Text(sentence(stats), no_wrap=True, overflow="ellipsis"))

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()


def sentence(stats: Stats) -> str:
    """ "12 calls · 5,210 rows · 1,740 rows/s · 3 s": rows are those that Xero has sent."""
    seconds = stats.seconds
    rate = stats.rows_fetched / seconds if seconds else 0
    return (
        f"{counted(stats.api_calls, 'call')} · {counted(stats.rows_fetched, 'row')} · {rate:,.0f} rows/s · "
        f"{seconds:.0f} s · Ctrl-C cancels"
    )


def counted(number: int, noun: str) -> str:
    """ "1 row", "2 rows", "1,000 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
