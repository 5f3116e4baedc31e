"""Fetches to pages: in order, several at once where the network is what takes the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from xerosql.api import FIRST_PAGE, Response, pages_after
from xerosql.execute.cancel import Cancellation
from xerosql.execute.crew import Crew
from xerosql.execute.decode import Page
from xerosql.execute.lanes import Job, Lane, in_turn, lanes_of
from xerosql.execute.reuse import key_of
from xerosql.execute.session import Session
from xerosql.execute.stats import Account, Stats
from xerosql.plan.access import Fetch
from xerosql.snapshots import Moment, Snapshot, Source, done

NOT_FOUND = frozenset({404})

Decode = Callable[[bytes], Page]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, after how many seconds, how old it is, and whether it was sent for.

    What was not had been asked by another scan of the statement, unless it is `reused` from another statement.
    """

    response: Response
    seconds: float
    age: float
    own: bool = True
    reused: bool = False
    pin: Pin | None = None


@dataclass(slots=True)
class Pin:
    """The snapshot that a statement reads for one fetch, with the pages that it has had, and how many it has used."""

    snapshot: Snapshot
    had: set[int] = field(default_factory=set)
    used: int = 0


class Fetcher:
    """Makes the requests of one statement. With `share`, the same request of two scans is made once; with a `source`,
    what that has is not asked for at all, and what is asked is left there for other statements.

    The first error ends it: nothing more is sent, what waits for quota gives up, and every scan raises that error.
    """

    def __init__(
        self,
        session: Session,
        stats: Stats,
        cancelled: Cancellation,
        *,
        share: bool = False,
        source: Source | None = None,
    ) -> None:
        self.session = session
        self.stats = stats
        self.stop = Cancellation(within=cancelled)
        self.crew: Crew[Answer] = Crew(self.stop)
        self.failure: Exception | None = None
        self.share = share
        self.source = source
        self.pins: dict[Fetch, Pin] = {}
        self.is_held: Callable[[Fetch], bool] = lambda fetch: False  # whether a fetch takes no call
        self.lock = Lock()

    def pages(
        self,
        fetches: Iterable[Fetch],
        list_page: Decode,
        one: Decode,
        account: Account | None = None,
        *,
        eager: bool,
        wanted: Callable[[], int] | None = None,
    ) -> Iterator[tuple[Fetch, Page, bytes]]:
        """Every page of every fetch, decoded, with its body. What is sent for it is put down to `account`.

        An `eager` scan will be read to its end: its organisations are asked side by side, and their pages come in
        turn. Any other may be stopped after each page: it is asked in the order of `fetches`, and nothing is begun
        between two pages. If `wanted` tells how many more pages will be read for certain, no more than those are.
        """
        account = account or Account()
        lanes: list[Lane[Answer]] = []
        try:
            lanes += lanes_of(fetches, partial(self.begin, eager=eager), wanted, eager=eager)
            for lane in in_turn(lanes):
                job, page, body = self.next_page(lane, list_page, one, account)
                if eager:
                    for each in lanes:
                        each.begin()  # so that the network has something to do while the page is used
                yield job.fetch, page, body
        except Exception as error:  # noqa: BLE001 - raised again, or what it is a consequence of
            raise self.failed(error) from error.__cause__
        finally:
            for lane in lanes:
                lane.drop()

    def next_page(
        self, lane: Lane[Answer], list_page: Decode, one: Decode, account: Account
    ) -> tuple[Job, Page, bytes]:
        turn = lane.take()
        job, answer = turn.job, self.answer(turn.job) if turn.task is None else self.crew.result(turn.task)
        self.charge(job, answer, account)
        if answer.own:
            lane.pace.learn(answer.seconds)
        page = self.decoded(job, answer, list_page, one)
        if self.source is not None and answer.pin is not None:
            self.used(answer.pin, job, page, self.source)
        if job.page == FIRST_PAGE and job.fetch.path.paged:
            self.learn(job.fetch, page)
            if job.fetch.counted is None:
                lane.insert(Job(job.fetch, number) for number in pages_after(FIRST_PAGE, page.page_count))
        return job, page, answer.response.body

    def charge(self, job: Job, answer: Answer, account: Account) -> None:
        """Put an answer down to the scan that has had it first."""
        account.seconds += answer.seconds
        account.calls += answer.own
        account.reused += answer.reused
        account.note_age(answer.age)
        self.stats.note_age(answer.age)
        self.stats.pages_reused += answer.reused
        if self.source is not None and (answer.own or answer.reused):
            account.fetches[job.fetch] = account.fetches.get(job.fetch, 0) + 1

    def learn(self, fetch: Fetch, page: Page) -> None:
        """Keep how long a list is, for later estimates."""
        if page.item_count is not None:
            self.session.statistics.learn(fetch, page.item_count)

    def has_read(self, fetch: Fetch) -> bool:
        """Whether a list has been asked for already, so that asking for it again costs nothing."""
        return fetch in self.pins

    def decoded(self, job: Job, answer: Answer, list_page: Decode, one: Decode) -> Page:
        if answer.response.status in NOT_FOUND:
            return Page((), item_count=0)  # Xero has no such object: no rows
        try:
            return (list_page if job.fetch.path.paged else one)(answer.response.body)
        except Exception:
            if answer.pin is not None:
                answer.pin.snapshot.spoil()
            raise

    # -- Requests ------------------------------------------------------------------------------------------------------

    def begin(self, job: Job, *, eager: bool) -> Future[Answer]:
        """Make a request on another thread. Where every answer is needed, the first error ends the statement at once;
        where a LIMIT may do without this one, only when it is asked for.
        """
        if self.is_held(job.fetch):
            return done(self.answer(job))  # no thread is needed where nobody waits
        return self.crew.start(job.fetch.tenant, partial(self.answer_or_end if eager else self.answer, job))

    def answer_or_end(self, job: Job) -> Answer:
        try:
            return self.answer(job)
        except Exception as error:
            self.failed(error)
            raise

    def answer(self, job: Job) -> Answer:
        clock = self.session.client.clock  # made first: loading the HTTP library is not the network's doing
        began = clock.monotonic()
        if not self.share and self.source is None:
            response = self.send(job)
            seconds = clock.monotonic() - began
            return Answer(response, seconds, seconds)
        pin = self.pinned(job.fetch)
        response, own = pin.snapshot.page(job.page, partial(self.send, job), self.stop)
        seconds = clock.monotonic() - began if own else 0.0
        with self.lock:
            first = job.page not in pin.had
            pin.had.add(job.page)
        age = Moment.now(clock).most_since(pin.snapshot.began)
        return Answer(response, seconds, seconds if age is None else age, own, first and not own, pin)

    def pinned(self, fetch: Fetch) -> Pin:
        """The snapshot to read for a fetch: the same one to the end of the statement."""
        with self.lock:
            found = self.pins.get(fetch)
        if found is None:
            key = key_of(fetch)
            clock = self.session.client.clock
            pin = Pin(Snapshot(key, Moment.now(clock)) if self.source is None else self.source.pin(key, self.stop))
            with self.lock:
                found = self.pins.setdefault(fetch, pin)
            if self.source is not None and self.stop.is_set():  # `release` may have been before this
                self.source.release([pin.snapshot])
        return found

    def used(self, pin: Pin, job: Job, page: Page, source: Source) -> None:
        """A page of a snapshot has been decoded. One that is read whole by now is left to other statements."""
        pin.used += 1
        if pin.snapshot.tell(job.page, pages_to_read(job.fetch, page), page.item_count):
            if job.fetch.enough is not None and page.page_count <= job.fetch.enough:
                pin.snapshot.kept_as = key_of(job.fetch.unlimited)
            source.keep(pin.snapshot)
        if not self.share and pin.used >= pin.snapshot.last:
            self.pins.pop(job.fetch, None)  # nobody here will ask again, and its pages need not be held
            source.release([pin.snapshot])

    def send(self, job: Job) -> Response:
        return self.session.send(job.request(), self.stats.tally, self.stop, allow=NOT_FOUND)

    # -- Ending --------------------------------------------------------------------------------------------------------

    def failed(self, error: Exception) -> Exception:
        """End it all, and say what for: the first error, of which later ones may be a consequence."""
        with self.lock:
            if not self.stop.is_set():
                self.failure = self.failure or error
            first = self.failure or error
        self.stop.set()
        return first

    def unshared(self) -> Fetcher:
        """Another one for the same statement, which asks anew what this one has asked already."""
        return Fetcher(self.session, self.stats, self.stop)

    def close(self) -> None:
        """Start nothing more; what is in flight ends by itself."""
        self.stop.set()
        self.failure = None  # it holds its traceback, and so all of this

    def release(self) -> None:
        """Once closed: other processes need not wait for what has been begun here and not read whole."""
        pins, self.pins = self.pins, {}
        if self.source is not None and pins:
            self.source.release([pin.snapshot for pin in pins.values()])


def pages_to_read(fetch: Fetch, page: Page) -> int:
    """How many pages of a list are read, by one of them. Xero has been seen to send fewer rows than were asked for."""
    if fetch.counted is not None:
        return 1
    if fetch.enough is not None and len(page.items) >= fetch.page_size:
        return min(fetch.enough, page.page_count)
    return page.page_count
