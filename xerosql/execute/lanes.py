"""In which order requests are begun and their answers used. Nothing is sent from here, and nobody waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from xerosql.api import FIRST_PAGE, Request, path_of
from xerosql.execute.pace import Pace
from xerosql.plan.access import Fetch


@dataclass(frozen=True, slots=True)
class Job:
    """One request to make: a fetch and, for a list, the page of it."""

    fetch: Fetch
    page: int = FIRST_PAGE

    def request(self) -> Request:
        query = self.fetch.query
        if self.fetch.path.paged:
            query = (*query, ("page", str(self.page)), ("pageSize", str(self.fetch.page_size)))
        path = path_of(self.fetch.path.url, **dict(self.fetch.ids)) if self.fetch.ids else self.fetch.path.url
        return Request("GET", path, query, tenant=self.fetch.tenant)


T = TypeVar("T")
Start = Callable[[Job], Future[T]]


class Lane(Generic[T]):
    """Requests whose answers are used in their order: those to come, and those begun whose answers are still to use.

    In an `only` lane, a request with nothing beside it is left to the thread that takes it.
    """

    def __init__(
        self,
        fetches: Iterable[Fetch],
        start: Start[T],
        pace: Pace,
        wanted: Callable[[], int] | None = None,
        *,
        only: bool,
    ) -> None:
        self.fetches = iter(fetches)
        self.start = start
        self.pace = pace
        self.wanted = wanted
        self.only = only
        self.later: deque[Job] = deque()
        self.begun: deque[tuple[Job, Future[T] | None]] = deque()

    def begin(self) -> None:
        """Have other threads make what may be under way by now."""
        if self.pace.width > 1:
            self.begun += [(job, self.start(job)) for job in self.next_jobs()]

    def is_ready(self) -> bool:
        """Begin what may be under way by now; False if there is nothing left to take."""
        jobs = list(self.next_jobs())
        if len(jobs) == 1 and not self.begun and (self.only or self.pace.width == 1):
            self.begun.append((jobs[0], None))
        else:
            self.begun += [(job, self.start(job)) for job in jobs]
        return bool(self.begun)

    def take(self) -> tuple[Job, Future[T] | None]:
        """The next request of a lane that is ready, and the task that makes it; None: it is yet to be made."""
        return self.begun.popleft()

    def insert(self, jobs: Iterable[Job]) -> None:
        """What the answer just taken has shown to come next."""
        self.later.extendleft(reversed(list(jobs)))

    def drop(self) -> None:
        """Nobody wants the rest any more."""
        for _, task in self.begun:
            if task is not None:
                task.cancel()

    def next_jobs(self) -> Iterator[Job]:
        for _ in range(len(self.begun), self.room()):
            if self.later:
                yield self.later.popleft()
            elif (fetch := next(self.fetches, None)) is not None:
                yield Job(fetch)

    def room(self) -> int:
        return self.pace.begun if self.wanted is None else max(1, min(self.pace.begun, self.wanted()))


def lanes_of(
    fetches: Iterable[Fetch], start: Start[T], wanted: Callable[[], int] | None, *, eager: bool
) -> list[Lane[T]]:
    """One lane for each organisation of an `eager` scan; one for all where it may stop before the last of them."""
    if not eager:
        return [Lane(fetches, start, Pace(eager=False), wanted, only=True)]
    grouped: dict[str, list[Fetch]] = {}
    for fetch in fetches:
        grouped.setdefault(fetch.tenant, []).append(fetch)
    return [Lane(each, start, Pace(eager=True), only=len(grouped) == 1) for each in grouped.values()]


def in_turn(lanes: Sequence[Lane[T]]) -> Iterator[Lane[T]]:
    """Each lane that is ready, one after the other, over and over until none is."""
    going = list(lanes)
    while going:
        going = [lane for lane in going if lane.is_ready()]
        yield from going
