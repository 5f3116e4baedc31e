"""The threads of an async connection, on which its statements wait for Xero in the event loop's place."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Protocol, TypeVar

from xerosql.errors import InterfaceError

T = TypeVar("T")

_log = logging.getLogger("xerosql.aio")

#: Statements of a connection that run at once; more wait their turn. Xero answers five at a time for each organisation.
MOST = 20


class Work(Protocol):
    """What a thread is at."""

    def cancel(self) -> None:
        """End it soon, without waiting. From any thread."""

    @property
    def writing(self) -> bool:
        """Whether it may be changing something. Once cancelled, work that is not writing never begins to."""

    def verdict(self, error: BaseException | None) -> str | None:
        """What is to be known of it now that it has ended, though it was cancelled; None for nothing."""


class Short:
    """Work that goes on to its end: it takes no time to speak of, and half of it is worth nothing."""

    writing = True

    def cancel(self) -> None:
        """Does nothing."""

    def verdict(self, error: BaseException | None) -> str | None:
        """What went wrong with it."""
        return None if error is None else str(error)


SHORT = Short()


class Workers:
    """Threads of one connection: started when needed, ended with it.

    They are not the event loop's own, where a statement that waits for a minute's quota would keep others from
    looking up addresses.
    """

    def __init__(self) -> None:
        self.ended = False
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="xerosql-aio")
        self._under_way: dict[Future[Any], Work] = {}

    async def run(self, function: Callable[[], T], work: Work = SHORT) -> T:
        """What `function` returns or raises, from a thread, in the context of this task.

        Cancelling the task cancels the work. It is waited for only if it is writing, and then its verdict is a note on
        the CancelledError, with its error as the cause; a second cancellation leaves that to the log.
        """
        future = self._begun(function, work)
        waiter = asyncio.wrap_future(future)
        try:
            await asyncio.wait([waiter])
        except asyncio.CancelledError as cancellation:
            await self._stop(future, waiter, work, cancellation)
            raise
        if waiter.cancelled():
            raise InterfaceError("the connection was closed before this could run")
        return waiter.result()

    def _begun(self, function: Callable[[], T], work: Work) -> Future[T]:
        if self.ended:
            raise InterfaceError("the connection is closed")
        future = self._threads.submit(copy_context().run, function)
        self._under_way[future] = work
        future.add_done_callback(lambda done: self._under_way.pop(done, None))
        return future

    async def _stop(
        self, future: Future[T], waiter: asyncio.Future[T], work: Work, cancellation: asyncio.CancelledError
    ) -> None:
        dropped = future.cancel()  # if no thread had begun with it
        work.cancel()
        if dropped or not work.writing:
            let_go(waiter)
            return
        try:
            await asyncio.wait([waiter])
        except asyncio.CancelledError:
            let_go(waiter)
            future.add_done_callback(lambda done: said(work, done.exception()))
            return
        error = waiter.exception()
        if note := said(work, error):
            cancellation.add_note(note)
            cancellation.__cause__ = error

    # -- What is under way ---------------------------------------------------------------------------------------------

    def call_of(self, work: Work) -> Future[Any] | None:
        """The call that a thread is at for `work`, or will be."""
        return next((future for future, each in self._under_way.copy().items() if each is work), None)

    async def settled(self, work: Work) -> None:
        """Wait until nothing is under way for `work`, whatever comes of it."""
        if future := self.call_of(work):
            await until_done(asyncio.wrap_future(future))

    # -- Ending --------------------------------------------------------------------------------------------------------

    async def end(self, last: Callable[[], None]) -> None:
        """Cancel what is under way, wait for what is writing, then run `last`, and let the threads end.

        A thread that waits for an answer to a read ends once that is there; nothing waits for it.
        """
        if self.ended:
            return
        self.ended = True
        writes = self._cancel_all()
        with_last = ThreadPoolExecutor(1, thread_name_prefix="xerosql-aio-end")  # the others may all be busy

        def finish() -> None:
            concurrent.futures.wait(writes)
            last()

        waiter = asyncio.wrap_future(with_last.submit(finish))
        for each in (with_last, self._threads):
            each.shutdown(wait=False)  # they end even if nobody waits for it
        await until_done(waiter)
        if not self._under_way:  # so they have nothing left to do, and this takes no time
            self._threads.shutdown()
        with_last.shutdown()
        waiter.result()

    def _cancel_all(self) -> list[Future[Any]]:
        """Cancel everything, and return the calls that are writing."""
        writes = []
        for future, work in self._under_way.copy().items():
            if not future.cancel():
                work.cancel()
                if work.writing:
                    writes.append(future)
        return writes


async def until_done(waiter: asyncio.Future[Any]) -> None:
    """Wait without raising what comes of it."""
    try:
        await asyncio.wait([waiter])
    finally:
        let_go(waiter)


def let_go(waiter: asyncio.Future[Any]) -> None:
    """Nobody waits any more: what comes of it is not asyncio's to report, nor its loop's, which may be gone by then."""
    if not waiter.cancel() and not waiter.cancelled():
        waiter.exception()


def said(work: Work, error: BaseException | None) -> str | None:
    """The verdict of cancelled work, which the log keeps too."""
    note = work.verdict(error)
    if note:
        _log.warning("cancelled: %s", note)
    return note
