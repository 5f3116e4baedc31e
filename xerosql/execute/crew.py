"""The threads that make the requests of one statement: as many as needed, at most five for each organisation."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from xerosql.api.stop import check_cancelled
from xerosql.execute.cancel import Cancellation

#: Xero answers at most five requests of one organisation at a time.
WIDEST = 5

T = TypeVar("T")


class Crew(Generic[T]):
    """Does what it is given on threads that end when there is nothing left to do, and no later than `stop`.

    The threads are daemons: a program that ends with a result half read does not wait for Xero.
    """

    def __init__(self, stop: Cancellation) -> None:
        self.stop = stop
        self.lock = Lock()
        self.tasks: defaultdict[str, deque[tuple[Future[T], Callable[[], T]]]] = defaultdict(deque)
        self.busy: Counter[str] = Counter()
        self.dismissed: Future[None] = Future()
        stop.tell(self.dismiss)

    def start(self, organisation: str, work: Callable[[], T]) -> Future[T]:
        """Have `work` done as soon as one of the organisation's five threads is free.

        Raises OperationalError (57014) once the crew has been dismissed.
        """
        task: Future[T] = Future()
        with self.lock:
            check_cancelled(self.stop)
            self.tasks[organisation].append((task, work))
            if self.busy[organisation] < WIDEST:
                Thread(target=self.serve, args=(organisation,), name="xerosql-fetch", daemon=True).start()
                self.busy[organisation] += 1
        return task

    def result(self, task: Future[T]) -> T:
        """What the work came to, or the error that it raised. OperationalError (57014) at once on `stop`."""
        if not task.done():
            either: tuple[Future[Any], ...] = (task, self.dismissed)
            wait(either, return_when=FIRST_COMPLETED)
        if not task.done() or task.cancelled():
            check_cancelled(self.stop)
        return task.result()

    def dismiss(self) -> None:
        """Drop what nobody has begun. What is on its way ends by itself, and nobody waits for it."""
        with self.lock:
            dropped = [task for tasks in self.tasks.values() for task, _ in tasks]
            self.tasks.clear()
            if not self.dismissed.done():
                self.dismissed.set_result(None)
        for task in dropped:
            task.cancel()

    # -- On the threads ------------------------------------------------------------------------------------------------

    def serve(self, organisation: str) -> None:
        while (found := self.next_task(organisation)) is not None:
            complete(*found)

    def next_task(self, organisation: str) -> tuple[Future[T], Callable[[], T]] | None:
        with self.lock:
            if self.tasks[organisation]:
                return self.tasks[organisation].popleft()
            self.busy[organisation] -= 1
            return None


def complete(task: Future[T], work: Callable[[], T]) -> None:
    """Do the work, unless whoever wanted it has dropped it since."""
    if task.set_running_or_notify_cancel():
        try:
            task.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            task.set_exception(error)
