"""`xerosql worker`: a worker of the queue as a process, from its start over signals to its last line."""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from xerosql import AuthenticationError, Connection, OperationalError
from xerosql.cli.connecting import connected
from xerosql.cli.outcome import complain, printable
from xerosql.cli.queue.state import State, state_of
from xerosql.cli.running import Work
from xerosql.cli.worker_line import TROUBLE, Line, Rate, line_for, task_line

if TYPE_CHECKING:
    from xerosql.queue.model import Task
    from xerosql.queue.worker import Report

#: Seconds between two looks at what the worker has done, and between two at the queue.
GLANCE, LOOK = 0.2, 1.0
#: Seconds before Xero, or the queue, is tried again that could not be reached.
PATIENCE = (2.0, 5.0, 15.0, 30.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Working:
    """The options of the command; `run` carries it out."""

    profile: str | None
    tenant: str | None
    once: bool
    max_seconds: float | None
    threads: int | None
    recovery: str | None
    quiet: bool

    def run(self) -> None:
        """Work until told to stop, or with --once until nothing can be sent; the signals stop it gracefully."""
        stop = Event()
        before = {number: signal.signal(number, stopper(stop)) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with connected(self.profile, self.tenant, recovery=self.recovery, autocommit=True) as connection:
                Shift(self, connection, stop).run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Shift:
    """One run of the command: a worker, begun again where Xero or the queue could not be reached."""

    def __init__(self, options: Working, connection: Connection, stop: Event) -> None:
        self.options = options
        self.connection = connection
        self.stop = stop
        self.ended: Counter[str] = Counter()
        self.news: SimpleQueue[Task] = SimpleQueue()
        self.rate = Rate()
        self.state = State()
        self.ends = None if options.max_seconds is None else time.monotonic() + options.max_seconds

    def run(self) -> None:
        failures = 0
        with line_for(sys.stderr, quiet=self.options.quiet) as line:
            while not self.over():
                done = sum(self.ended.values())
                try:
                    self.work(line)
                    break
                except AuthenticationError:
                    raise
                except OperationalError as error:
                    if self.options.once or not error.retryable:
                        raise
                    failures = 0 if sum(self.ended.values()) > done else failures
                    self.rest(line, error, PATIENCE[min(failures, len(PATIENCE) - 1)])
                    failures += 1
            self.state = state_of(self.connection)
        if not self.options.quiet:
            print(self.summary(), file=sys.stderr, flush=True)

    def over(self) -> bool:
        return self.stop.is_set() or (self.ends is not None and time.monotonic() >= self.ends)

    def rest(self, line: Line, error: OperationalError, seconds: float) -> None:
        """Xero or the queue cannot be reached: say so once, and wait."""
        line.clear()
        complain(f"{printable(error.message)}; trying again in {seconds:.0f} s")
        left = seconds if self.ends is None else min(seconds, self.ends - time.monotonic())
        self.stop.wait(max(0.0, left))

    # -- While the worker works ----------------------------------------------------------------------------------------

    def work(self, line: Line) -> None:
        left = None if self.ends is None else max(0.0, self.ends - time.monotonic())
        work = Work(
            lambda: self.connection.run_queue(
                left, drain=self.options.once, threads=self.options.threads, watch=self.seen, stop=self.stop
            )
        )
        looked = 0.0
        while not work.done.wait(GLANCE):  # a wait without an end would not notice a signal on Windows
            if line.live and time.monotonic() - looked > LOOK:
                self.state, looked = state_of(self.connection), time.monotonic()
            self.tell(line)
        self.tell(line)
        work.answer()

    def seen(self, _: Report, task: Task) -> None:
        """Called by the worker's threads."""
        self.news.put(task)

    def tell(self, line: Line) -> None:
        while True:
            try:
                task = self.news.get_nowait()
            except Empty:
                break
            self.ended[task.status.value] += 1
            self.rate.note(time.monotonic())
            if not self.options.quiet and (not line.live or task.status in TROUBLE):
                line.say(task_line(self.connection, task))
        line.show(self.sentence())

    def sentence(self) -> str:
        """ "12 completed · 1 failed · 30 left · 58 a minute · paused: Elm Yard until 14:05 (rate limit)"."""
        ends = "stopping: what is on its way is waited for" if self.stop.is_set() else "Ctrl-C stops"
        rate = f"{self.rate.per_minute(time.monotonic()):.0f} a minute"
        return " · ".join([*self.counts(), rate, *self.state.pauses, ends])

    def counts(self) -> list[str]:
        named = [f"{self.ended['Completed']:,} completed", f"{self.ended['Failed']:,} failed"]
        named += [f"{self.ended['Uncertain']:,} uncertain"] if self.ended["Uncertain"] else []
        return named if self.state.left is None else [*named, f"{self.state.left:,} left"]

    def summary(self) -> str:
        word = "Done" if self.options.once and not self.stop.is_set() else "Stopped"
        return f"{word}: {', '.join(self.counts())}{''.join(f'; {each}' for each in self.state.pauses)}."


def stopper(stop: Event) -> Callable[[int, FrameType | None], None]:
    """A signal handler: the first signal asks for the end, a second one is taken as it is without us."""

    def handle(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    return handle
