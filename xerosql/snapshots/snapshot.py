"""One list or object while it is read, by one statement or by several at a time, and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Event, Lock
from typing import Literal, TypeVar

from xerosql.api import FIRST_PAGE, Response
from xerosql.snapshots.moment import Moment

#: Seconds between two looks whether a statement that waits for another one's answer has been cancelled.
LOOK = 0.1
OK = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """What was asked of which organisation: a "list" or its "head", an "object", or the "count" of a list.

    `asked` is the request without its page, but for a head that of its pages. `place` is the path for all lists of its
    kind where this is a whole one.
    """

    tenant: str
    kind: Literal["list", "head", "object", "count"]
    asked: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of its list: how many pages are to be read, and how many rows there are."""

    pages: int
    rows: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """How many own writes to an organisation there have been: by this process, and by all that share a directory."""

    here: int
    there: int


class Snapshot:
    """The pages of one list, each asked for once, by whoever needs it first. Threads and statements share it.

    `began` is before the first of them was asked for. `version` tells the organisation's states apart that own writes
    made; None if nobody else may have it, since Xero may still show what was before such a write. A head that has
    turned out to be the whole list is `kept_as` that.
    """

    def __init__(
        self, key: Key, began: Moment, version: Version | None = None, pages: dict[int, Response] | None = None
    ) -> None:
        self.key = self.kept_as = key
        self.began = began
        self.version = version
        self.complete = pages is not None
        self.torn = False  # of no use for other statements
        self._lock = Lock()
        self._told: dict[int, Told] = {}
        self._pages: dict[int, Future[Response]] = {number: done(each) for number, each in (pages or {}).items()}

    def page(self, number: int, ask: Callable[[], Response], stop: Event) -> tuple[Response, bool]:
        """A page, and whether it was asked for by this call of `ask`; what that raises is raised.

        A page that another statement is asking for is waited for, until `stop` is set. Should that one fail, this one
        asks for itself: the other may have been cancelled, or have had no calls left.
        """
        with self._lock:
            answer = self._pages.get(number)
            own = answer is None
            if answer is None:
                answer = self._pages[number] = Future()
        if own:
            return self._asked(number, ask, answer), True
        while not answer.done() and not stop.is_set():
            wait((answer,), timeout=LOOK)
        if answer.done() and answer.exception() is None:
            return answer.result(), False
        response = self._judged(ask())  # which raises at once if `stop` is set
        with self._lock:
            self._pages.setdefault(number, done(response))
        return response, True

    def _asked(self, number: int, ask: Callable[[], Response], answer: Future[Response]) -> Response:
        try:
            response = self._judged(ask())
        except BaseException as error:
            with self._lock:
                del self._pages[number]
            answer.set_exception(error)
            raise
        answer.set_result(response)
        return response

    def _judged(self, response: Response) -> Response:
        if response.status != OK:
            self.spoil()
        return response

    def spoil(self) -> None:
        """An answer cannot be used, or says that there is nothing: no other statement begins with this one."""
        self.torn = True

    def tell(self, number: int, pages: int, rows: int | None) -> bool:
        """A page has been decoded: so many pages are to be read, and so many rows are there. True for the last of them.

        One whose pages differ in what they say has changed while it was read: it is `torn`, and never complete.
        """
        told = Told(max(1, pages), rows)
        with self._lock:
            if self.complete or self.torn:
                return False
            self._told[number] = told
            self.torn |= any(each != told for each in self._told.values())
            wanted = range(FIRST_PAGE, FIRST_PAGE + told.pages)
            self.complete = not self.torn and all(each in self._told for each in wanted)
            return self.complete

    @property
    def last(self) -> int:
        """How many pages it has, as far as that is known."""
        return max((each.pages for each in self._told.values()), default=len(self._pages))

    @property
    def rows(self) -> int | None:
        """How many rows the list says it has."""
        return next((each.rows for each in self._told.values()), None)

    def bodies(self) -> list[bytes] | None:
        """The pages of a complete one in their order; None unless all are there."""
        with self._lock:
            answers = [self._pages.get(number) for number in sorted(self._told)]
        responses = [each.result() for each in answers if each is not None and each.done()]
        return [each.body for each in responses] if self.complete and len(responses) == len(answers) else None


def done(result: T) -> Future[T]:
    """A future that has come."""
    future: Future[T] = Future()
    future.set_result(result)
    return future
