"""Ending what a statement waits for, from another thread: the flag, and the waits that end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from xerosql.errors import OperationalError

T = TypeVar("T")


class Stop(Event):
    """A flag that, once it is set, also tells what is under way to end.

    An Event alone ends waiting for a quota and between two attempts. A read that is on its way ends for the outermost
    Stop only: that somebody has cancelled. `within` is the Stop around this one: setting that sets this.
    """

    def __init__(self, within: Stop | None = None) -> None:
        super().__init__()
        self._told: list[Callable[[], None]] = []
        self.outermost: Stop = self if within is None else within.outermost
        if within is not None:
            within.tell(self.set)

    def tell(self, stop: Callable[[], None]) -> None:
        """Call `stop` once the flag is set, at once if it is already. It may be called more than once."""
        self._told.append(stop)
        if self.is_set():
            stop()

    def forget(self, stop: Callable[[], None]) -> None:
        """Call it no more. A call that has begun on another thread may still be going on."""
        self._told.remove(stop)

    @contextmanager
    def telling(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` if the flag is set while the block runs."""
        self.tell(stop)
        try:
            yield
        finally:
            self.forget(stop)

    def set(self) -> None:
        """Set the flag and tell. A second time tells again, should the first have come before there was what to end."""
        super().set()
        for stop in list(self._told):
            stop()


def check_cancelled(cancelled: Event | None) -> None:
    """Raise OperationalError (57014, as PostgreSQL does for a cancelled query) if the flag is set."""
    if cancelled is not None and cancelled.is_set():
        raise cancellation()


def cancellation() -> OperationalError:
    """What a cancelled statement raises."""
    return OperationalError("the statement was cancelled", sqlstate="57014")


def apart(work: Callable[[], T], stop: Stop) -> T:
    """What `work` returns or raises, from a thread of its own; OperationalError (57014) at once on `stop`.

    For what cannot be broken off. It then goes on to its end by itself.
    """
    ends: SimpleQueue[Future[T] | None] = SimpleQueue()
    Thread(target=lambda: ends.put(done(work)), name="xerosql-apart", daemon=True).start()
    with stop.telling(lambda: ends.put(None)):
        outcome = ends.get()
    if outcome is None:
        raise cancellation()
    return outcome.result()


def done(work: Callable[[], T]) -> Future[T]:
    """The work's result or error, as a future that has ended."""
    outcome: Future[T] = Future()
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        outcome.set_exception(error)
    return outcome
