"""A worker: threads that take tasks from the queue, until they are stopped or nothing is left that can be sent."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Condition, Event, Thread

from xerosql import catalog
from xerosql.api import Client
from xerosql.config import Settings
from xerosql.errors import Error
from xerosql.queue.machine import worker_name
from xerosql.queue.model import Status, Task
from xerosql.queue.recover import QUIET
from xerosql.queue.sender import Sender
from xerosql.queue.store import Queue

_log = logging.getLogger("xerosql.queue")

#: Seconds between two signs of life; a lease lasts ten times as long.
HEARTBEAT = 30.0
#: Seconds between two looks for work that others may have added.
POLL = 1.0
#: Seconds that a request may be under way beyond its time-outs.
MARGIN = 60.0
#: How often in a row the queue may fail before a worker that only drains it gives up.
MOST_TROUBLES = 5


@dataclass
class Report:
    """What a worker has done: how many tasks came to each status. `open` are those that are left, by status."""

    ended: Counter[Status] = field(default_factory=Counter)
    open: dict[Status, int] = field(default_factory=dict)

    @property
    def completed(self) -> int:
        """Tasks that Xero has applied."""
        return self.ended[Status.COMPLETED]

    @property
    def failed(self) -> int:
        """Tasks that Xero, or a check before sending, has refused."""
        return self.ended[Status.FAILED]


def worker_for(
    queue: Queue,
    client: Client,
    settings: Settings,
    *,
    threads: int | None = None,
    watch: Callable[[Report, Task], None] = lambda report, task: None,
    stop: Event | None = None,
) -> Worker:
    """A worker of this process, with what the settings say of recovery, reserves and limits."""
    sender = Sender(
        queue,
        client,
        catalog.load(),
        worker_name(),
        settings.recovery,
        max(QUIET, settings.connect_timeout + settings.read_timeout + MARGIN),
        settings.day_reserve,
        stop or Event(),
    )
    return Worker(sender, threads=threads or settings.max_in_flight, in_flight=settings.max_in_flight, watch=watch)


class Worker:
    """Sends what is in the queue for the organisations that a sign-in reaches. Several may run at a time.

    `threads` tasks at a time, and `in_flight` of one organisation among all workers. `watch` is called after each task
    with the report so far and the task, at the status that it has then. Stop it from anywhere by setting `stop`: what
    is on its way is waited for.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        threads: int = 5,
        in_flight: int = 5,
        watch: Callable[[Report, Task], None] = lambda report, task: None,
    ) -> None:
        self.sender = sender
        self.queue = sender.queue
        self.name = sender.who
        self.threads = threads
        self.in_flight = in_flight
        self.watch = watch
        self.stop: Event = sender.stop
        self.report = Report()
        self.tenants: dict[str, str] = {}
        self.failure: BaseException | None = None
        self._at: set[int] = set()  # the tasks that its threads are at
        self._changed = Condition()
        self._drains = False
        self._troubles = 0  # in a row
        self._done = Event()

    def run(self, *, drain: bool = False, max_seconds: float | None = None) -> Report:
        """Work until stopped; with `drain`, until nothing is left that can be sent now.

        With `max_seconds` besides, delays and pauses that end within that time are waited for, and no task is begun
        after it. Raises the error of a queue that cannot be used, and AuthenticationError for a sign-in that fails.
        """
        self._drains = drain
        self.tenants = {each.tenant_id: each.name for each in self.sender.client.connections(fresh=True)}
        self.queue.enter(self.name, self.tenants)
        heart = Thread(target=self.beat, name="xerosql-heartbeat", daemon=True)
        heart.start()
        try:
            with ThreadPoolExecutor(self.threads, "xerosql-worker") as pool:
                for each in [pool.submit(self.loop, drain, max_seconds) for _ in range(self.threads)]:
                    each.result()
        finally:
            self._done.set()
            heart.join()
            self.queue.leave(self.name)
        if self.failure is not None:
            raise self.failure
        self.report.open = self.queue.counts()
        return self.report

    # -- One thread ----------------------------------------------------------------------------------------------------

    def loop(self, drain: bool, max_seconds: float | None) -> None:
        clock = self.sender.client.clock
        deadline = None if max_seconds is None else clock.monotonic() + max_seconds
        while not self.over():
            left = None if deadline is None else deadline - clock.monotonic()
            if left is not None and left <= 0:
                return
            try:
                if not self.step() and not self.wait(drain, left):
                    return
            except BaseException as error:  # noqa: BLE001 - raised by run(), once the other threads have ended
                self.failure = self.failure or error
                self.stop.set()
                return

    def over(self) -> bool:
        return self.stop.is_set() or self._done.is_set()

    def step(self) -> bool:
        """Do one task; False if there is none."""
        try:
            task = self.queue.claim(self.name, self.tenants, self.in_flight)
            if task is None:
                self._troubles = 0
                return False
            with self.at_work(task):
                self.count(self.sender.handle(task), task)
        except Error as error:
            self.bear(error)
            return True
        self._troubles = 0
        return True

    def bear(self, error: Error) -> None:
        """Wait for a queue that cannot be used just now; raise what will not pass or, draining, passes too late."""
        self._troubles += 1
        if not error.retryable or (self._drains and self._troubles >= MOST_TROUBLES):
            raise error
        _log.warning("the queue cannot be used just now: %s", error.message)
        self.sender.client.clock.sleep(POLL, self.stop)

    @contextmanager
    def at_work(self, task: Task) -> Iterator[None]:
        with self._changed:
            self._at.add(task.id)
        try:
            yield
        finally:
            with self._changed:
                self._at.discard(task.id)
                self._changed.notify_all()

    def count(self, status: Status | None, task: Task) -> None:
        with self._changed:
            if status is not None:
                self.report.ended[status] += 1
            self.watch(self.report, task if status is None else replace(task, status=status))

    def wait(self, drain: bool, left: float | None) -> bool:
        """Wait for something to do; False if there will be nothing."""
        clock = self.sender.client.clock
        with self._changed:
            if self._at:  # what another thread is at may open others
                clock.wait(self._changed, POLL)
                return True
        if not drain:
            clock.sleep(POLL, self.stop)
            return True
        due = self.queue.next_due(self.tenants)
        if due is None or left is None or due > left:
            return due is not None and due <= 0
        clock.sleep(min(due, POLL) or 0.01, self.stop)
        return True

    # -- Signs of life -------------------------------------------------------------------------------------------------

    def beat(self) -> None:
        while not self._done.wait(HEARTBEAT):
            try:
                self.give_sign()
            except Error as error:
                _log.warning("no sign of life could be given: %s", error.message)

    def give_sign(self) -> None:
        """Say what this worker has done and which tasks it is at. Raises the error of a queue that cannot be used."""
        with self._changed:
            at, report = tuple(self._at), self.report
        stopping = self.stop.is_set()
        self.queue.heartbeat(self.name, report.completed, report.failed, tasks=at, stopping=stopping)
