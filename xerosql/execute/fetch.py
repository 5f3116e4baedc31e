"""Fetches to pages: in order, several at once where the network is what takes the time.

A scan starts with one request at a time, so that a LIMIT can stop it early, and widens to five while answers are slow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic

from xerosql.api import FIRST_PAGE, Request, Response, pages_after, path_of
from xerosql.errors import OperationalError
from xerosql.execute.decode import Page
from xerosql.execute.session import Session
from xerosql.execute.stats import Account, Stats
from xerosql.plan.access import Fetch

#: Xero answers at most five requests of one organisation at a time.
WIDEST = 5
#: Below this many seconds an answer, a second thread costs more than it saves.
SLOW = 0.01
NOT_FOUND = frozenset({404})

Decode = Callable[[bytes], Page]


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


class Fetcher:
    """Makes the requests of one statement. With `share`, the same request of two scans is made once."""

    def __init__(self, session: Session, stats: Stats, cancelled: Event, *, share: bool = False) -> None:
        self.session = session
        self.stats = stats
        self.cancelled = cancelled
        self.shared: dict[Job, Future[Response]] | None = {} if share else None
        self.lock = Lock()
        self.pool: ThreadPoolExecutor | None = None

    def pages(
        self, fetches: Iterable[Fetch], list_page: Decode, one: Decode, account: Account | None = None
    ) -> Iterator[tuple[Fetch, Page, bytes]]:
        """Every page of every fetch, in order, decoded, with its body. What is sent for it is put down to `account`."""
        account = account or Account()
        waiting: deque[Job] = deque()
        more = iter(fetches)
        flying: deque[tuple[Job, Callable[[], tuple[Response, float]]]] = deque()
        width, last = 1, 0.0
        while True:
            while len(flying) < width and (job := next_job(waiting, more)) is not None:
                flying.append((job, self.start(job, inline=width == 1)))
            if not flying:
                return
            job, answer = flying.popleft()
            response, seconds = answer()
            account.calls += seconds > 0
            account.seconds += seconds
            width, last = next_width(width, last, seconds), seconds
            page = self.decoded(job, response, list_page, one)
            if job.page == FIRST_PAGE and job.fetch.path.paged:
                self.learn(job.fetch, page)
                if job.fetch.counted is None:
                    waiting.extendleft(Job(job.fetch, number) for number in reversed(pages_after(1, page.page_count)))
            if page.items:
                yield job.fetch, page, response.body

    def learn(self, fetch: Fetch, page: Page) -> None:
        """Keep how long a list is, for later estimates."""
        if page.item_count is not None:
            self.session.statistics.learn(fetch, page.item_count)

    def has_read(self, fetch: Fetch) -> bool:
        """Whether a list has been asked for already, so that asking for it again costs nothing."""
        return self.shared is not None and Job(fetch) in self.shared

    def decoded(self, job: Job, response: Response, list_page: Decode, one: Decode) -> Page:
        if response.status in NOT_FOUND:
            return Page((), item_count=0)  # Xero has no such object: no rows
        return (list_page if job.fetch.path.paged else one)(response.body)

    def start(self, job: Job, *, inline: bool) -> Callable[[], tuple[Response, float]]:
        """Begin a request, on this thread when asked for or on the pool's; call the result for the answer."""
        if inline:
            return lambda: self.timed(job)
        if self.pool is None:
            self.pool = ThreadPoolExecutor(WIDEST, thread_name_prefix="xerosql")
        return self.pool.submit(self.timed, job).result

    def timed(self, job: Job) -> tuple[Response, float]:
        self.session.client  # noqa: B018 - made first: loading the HTTP library is not the network's doing
        began = monotonic()
        response, mine = self.response(job)
        return response, monotonic() - began if mine else 0.0

    def response(self, job: Job) -> tuple[Response, bool]:
        """The answer to a request, and whether it was sent for it: another scan may have asked the same."""
        if self.shared is None:
            return self.send(job), True
        with self.lock:
            answer = self.shared.get(job)
            mine = answer is None
            if answer is None:
                answer = self.shared[job] = Future()
        if mine:
            try:
                answer.set_result(self.send(job))
            except BaseException as error:
                answer.set_exception(error)
                raise
        return answer.result(), mine

    def send(self, job: Job) -> Response:
        if self.cancelled.is_set():
            raise OperationalError("the statement was cancelled", sqlstate="57014")
        return self.session.send(job.request(), self.stats.tally, self.cancelled, allow=NOT_FOUND)

    def close(self) -> None:
        """Start nothing more; what is in flight ends by itself."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)


def next_width(width: int, last: float, seconds: float) -> int:
    """How many requests to have in flight after two answers that took `last` and `seconds`.

    Two slow ones in a row widen, two quick ones narrow: one alone may be a big page or a new connection.
    """
    if min(last, seconds) > SLOW:
        return min(width * 2, WIDEST)
    return 1 if max(last, seconds) < SLOW / 2 else width


def next_job(waiting: deque[Job], more: Iterator[Fetch]) -> Job | None:
    if waiting:
        return waiting.popleft()
    fetch = next(more, None)
    return None if fetch is None else Job(fetch)
