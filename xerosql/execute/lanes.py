"""In which order requests are begun and their answers used. Nothing is sent from here, and nobody waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
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


@dataclass(slots=True)
class Turn(Generic[T]):
    """A job in the order of use; `task` makes it on another thread, None while nobody does."""

    job: Job
    task: Future[T] | None = None


class Lane(Generic[T]):
    """Requests whose answers are used in their order: list by list, page by page, whenever each was begun.

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
        self.turns: deque[Turn[T]] = deque()

    def is_ready(self) -> bool:
        """Begin what may be under way by now; False if there is nothing left to take."""
        self.fill()
        if len(self.turns) > 1 or not self.only:
            self.begin()
        return bool(self.turns)

    def begin(self) -> None:
        """Have other threads make what may be under way by now, if that is more than one request."""
        self.fill()
        if self.pace.width > 1:
            for turn in islice(self.turns, self.room()):
                turn.task = turn.task or self.start(turn.job)

    def take(self) -> Turn[T]:
        """The next request of a lane that is ready; without a task it is yet to be made."""
        return self.turns.popleft()

    def insert(self, jobs: Iterable[Job]) -> None:
        """What the answer just taken has shown to come next."""
        self.turns.extendleft(Turn(job) for job in reversed(list(jobs)))

    def drop(self) -> None:
        """Nobody wants the rest any more."""
        for turn in self.turns:
            if turn.task is not None:
                turn.task.cancel()

    def fill(self) -> None:
        wanting = max(0, self.room() - len(self.turns))
        self.turns.extend(Turn(Job(fetch)) for fetch in islice(self.fetches, wanting))

    def room(self) -> int:
        """How many of the next requests may be under way, or answered and not yet used."""
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
