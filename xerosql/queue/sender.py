"""One task at a time to Xero and back: claimed, built, marked as sent, sent, written down.

handle         a claimed task
  sent         one that is ready: built, marked, sent
  recovered    one that was sent, and of which nobody knows what became: sent again, or looked for
  record       what came of it
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import dropwhile
from threading import Event

from xerosql.api import Client, Request, Response
from xerosql.api.answers import says_token_expired
from xerosql.api.failure import Outcome
from xerosql.catalog import Catalog
from xerosql.errors import AuthenticationError, DataError, Error, IntegrityError, OperationalError, RateLimitError
from xerosql.queue.build import Builder
from xerosql.queue.events import Happened
from xerosql.queue.listed import Listed
from xerosql.queue.machine import clock_mark, machine, seconds_since
from xerosql.queue.model import INSERT, UPDATE, Code, Reason, Replay, Status, Task, TaskType
from xerosql.queue.outcomes import Created, Ending, FencedError, Sending
from xerosql.queue.parameters import read_parameters, referenced
from xerosql.queue.recover import KEY_WINDOW, QUIET, alike, judge
from xerosql.queue.store import Queue, Update
from xerosql.queue.twins import Twin
from xerosql.queue.verdict import SOON, Judge, Pause, Verdict

_log = logging.getLogger("xerosql.queue")

MATCH, ASK = "match", "ask"
NOT_FOUND = 404
FORBIDDEN = 403
#: Seconds between two tries to write down what Xero has answered; it is worth some patience.
PATIENCE = (0.2, 1.0, 3.0, 10.0, 30.0, 60.0)

#: Seconds after which a mark is too old to send what it announces: others may have concluded that it never left.
MARKING = 30.0

#: Called with the name of each step when it is done, so that tests can end the process there.
Probe = Callable[[str, Task], None]


class UnmarkedError(Exception):
    """The queue could not keep the request, so it was not sent. The cause says why."""


class TokenChangedError(Exception):
    """The access token is another one than at the first sending, and Xero may know the key under that one only."""


@dataclass
class Sender:
    """Sends claimed tasks of one worker. Safe for its threads."""

    queue: Queue
    client: Client
    catalog: Catalog
    who: str
    recovery: str = MATCH
    quiet: float = QUIET
    day_reserve: float = 0.0
    stop: Event = field(default_factory=Event)
    probe: Probe = lambda step, task: None
    jitter: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self.listed = Listed(self.read, self.client.clock, self.catalog)

    def handle(self, task: Task) -> Status | None:
        """Do for a claimed task what is to be done next; what it is at then, None if it is somebody else's by now."""
        kind = self.queue.types[task.type]
        self.probe("claimed", task)
        try:
            verdict = self.recovered(task, kind) if task.status == Status.UNCERTAIN else self.sent(task, kind)
        except FencedError:
            self.queue.stand_down(task, kind, self.cancelled(task), self.who)
            return None
        if isinstance(verdict, Status):
            return verdict
        self.probe("answered", task)
        status = self.record(task, kind, verdict)
        self.probe("recorded", task)
        return status

    # -- Sending -------------------------------------------------------------------------------------------------------

    def sent(self, task: Task, kind: TaskType) -> Verdict:
        try:
            request = self.builder(task, kind).request(task, kind)
            before = self.look_alikes(kind, request)
        except Error as error:
            return self.not_built(task, kind, error)
        self.probe("built", task)
        return self.attempted(task, kind, request, before)

    def attempted(
        self, task: Task, kind: TaskType, request: Request, before: tuple[str, ...] | None, token: str | None = None
    ) -> Verdict:
        """Send the request; with the access token of that fingerprint only, if one is given."""
        try:
            outcome = self.transmitted(task, request, before, token)
            if isinstance(outcome, Response) and says_token_expired(outcome) and token is None:
                outcome = self.transmitted(task, request, before, token)
        except UnmarkedError as error:
            cause = error.__cause__
            if isinstance(cause, Error) and cause.retryable:
                return self.not_sent(task, kind, cause)
            raise cause or error from None
        except Error as error:
            return self.not_sent(task, kind, error)
        if isinstance(outcome, Response) and outcome.status == FORBIDDEN and not self.is_connected(task.tenant):
            return self.judge(task, kind).unauthorised("the organisation is not connected any more", outcome)
        verdict = self.judge(task, kind).verdict(request, outcome)
        if verdict.created is not None:
            self.listed.note(kind, request, verdict.created)
        return verdict

    def transmitted(self, task: Task, request: Request, before: tuple[str, ...] | None, token: str | None) -> Outcome:
        """The outcome of one sending that was marked before. TokenChangedError if another token would be used."""

        def mark(fingerprint: str) -> None:
            if token is not None and token != fingerprint:
                raise TokenChangedError
            clock = self.client.clock
            began = clock.monotonic()
            try:
                self.queue.mark_sent(task, Sending(request, fingerprint, clock_mark(clock), before), self.who)
            except Error as error:
                raise UnmarkedError from error
            self.probe("marked", task)
            if clock.monotonic() - began > MARKING:
                raise OperationalError("the queue took too long to keep that the request leaves", retryable=True)

        return self.client.attempt(request, before=mark, cancelled=self.stop)

    def builder(self, task: Task, kind: TaskType) -> Builder:
        needed = referenced(kind, read_parameters(kind, task.parameters, f"task {task.id}"))
        written = self.written_lately(task) if kind.operation == UPDATE else {}
        return Builder(self.catalog, self.read, self.queue.created(needed) if needed else {}, written)

    def written_lately(self, task: Task) -> dict[str, object]:
        """What earlier tasks have written into the row of an update, as long as Xero may not show it.

        With an update come all after it, whatever a clock that was set says of those.
        """
        found: dict[str, object] = {}
        for update in dropwhile(self.is_shown, self.queue.updates(task)):
            found |= read_parameters(self.queue.types[update.type], update.parameters, f"task {update.task}")
        return found

    def is_shown(self, update: Update) -> bool:
        """Whether Xero certainly shows what an update has written."""
        return self.quiet_for(update.completed_at, update.sent_clock) >= QUIET

    def look_alikes(self, kind: TaskType, request: Request) -> tuple[str, ...] | None:
        """The rows that are there already and look like the one to be created; None if they would not be looked at."""
        if kind.replay is not Replay.BLIND or self.recovery != MATCH:
            return None
        return alike(kind, request, self.listed.objects(kind, request))

    def read(self, request: Request) -> Response | None:
        response = self.client.send(request, allow=frozenset((NOT_FOUND,)), cancelled=self.stop)
        return None if response.status == NOT_FOUND else response

    def is_connected(self, tenant: str) -> bool:
        try:
            return any(each.tenant_id == tenant for each in self.client.connections(fresh=True))
        except Error:
            return True

    # -- What keeps a request from being sent --------------------------------------------------------------------------

    def not_built(self, task: Task, kind: TaskType, error: Error) -> Verdict:
        """What the reads and checks before a request have come to."""
        judge = self.judge(task, kind)
        if isinstance(error, IntegrityError | DataError):
            gone = error.http_status == NOT_FOUND or error.sqlstate == "02000"
            code = Code.NOT_FOUND if gone else Code.INVALID
            return Verdict(ending=replace(judge.failure(code, error.message), http_status=error.http_status))
        if isinstance(error, RateLimitError | OperationalError):
            return self.not_sent(task, kind, error)
        return Verdict(ending=judge.failure(Code.UNEXPECTED, error.message))

    def not_sent(self, task: Task, kind: TaskType, error: Error) -> Verdict:
        judge = self.judge(task, kind)
        if isinstance(error, RateLimitError):
            return judge.limited(error.reset_at.replace(tzinfo=None) if error.reset_at else None)
        if isinstance(error, AuthenticationError):
            if error.http_status == FORBIDDEN and self.is_connected(task.tenant):
                return Verdict(ending=judge.failure(Code.FORBIDDEN, error.message))
            return judge.unauthorised(error.message)
        if self.stop.is_set():
            return Verdict(ending=judge.deferred("the worker was stopped"))
        return Verdict(ending=judge.unsent(error.message))

    def cancelled(self, task: Task) -> Ending:
        applied = None if task.first_sent_at else False
        return Ending(Status.CANCELLED, Happened.CANCELLED, counted=False, applied=applied)

    # -- Finding out ---------------------------------------------------------------------------------------------------

    def recovered(self, task: Task, kind: TaskType) -> Verdict | Status:
        """What became of a request whose answer is not known: sent again where that is safe, else looked for.

        A status is what the task is at already: its row was found, and is written down.
        """
        if kind.operation != INSERT:
            return Verdict(ending=Ending(Status.PENDING, Happened.REPLAYED, applied=None, counted=False))
        if task.request is not None and self.key_is_fresh(task):
            try:
                verdict = self.attempted(task, kind, task.request, None, task.token)
            except TokenChangedError:
                _log.info("task %d is not sent again: the access token has changed", task.id)
            else:
                if verdict.created is not None:
                    return Verdict(created=replace(verdict.created, what=Happened.REPLAYED))
                if verdict.ending is not None and verdict.ending.status != Status.UNCERTAIN:
                    return verdict
        return self.looked_for(task, kind)

    def key_is_fresh(self, task: Task) -> bool:
        """Whether Xero certainly still knows the key. Both clocks must say so, and one of them does not jump."""
        steady = seconds_since(task.first_clock, self.client.clock)
        if steady is None or task.first_sent_at is None or task.key is None:
            return False
        wall = (self.now() - task.first_sent_at).total_seconds()
        return 0 <= steady < KEY_WINDOW and 0 <= wall < KEY_WINDOW

    def looked_for(self, task: Task, kind: TaskType) -> Verdict | Status:
        judging = self.judge(task, kind)
        if task.request is None:
            return Verdict(ending=judging.doubt("what was sent is not known; look for the row at Xero"))
        if self.recovery == ASK and kind.replay is Replay.BLIND:
            return Verdict(ending=judging.doubt("the answer never came; look for the row at Xero"))
        twins = self.queue.twins(task, kind)
        try:
            there = alike(kind, task.request, self.listed.fresh(kind, task.request))
        except Error as error:
            verdict = self.not_sent(task, kind, error)
            return verdict if verdict.pause else Verdict(ending=judging.unknown(error.message, counted=False))
        before = () if kind.replay is Replay.KEYED else task.look_alikes
        taken = self.queue.taken(task, there) if there else ()
        found = judge(there, before, taken, [each.look_alikes for each in twins])
        if found.is_absent:
            return Verdict(ending=self.absent(task))
        if twins and (waits := self.for_twins(task, twins)):
            return Verdict(ending=waits)
        if found.the_one is not None:
            return self.adopted(task, kind, found.the_one, twins)
        rows = ", ".join(dict.fromkeys(found.candidates))
        return Verdict(ending=judging.doubt(f"the answer never came, and these rows may be it: {rows}"))

    def for_twins(self, task: Task, twins: Sequence[Twin]) -> Ending | None:
        """A row may be that of a twin, and the task's own still to come: wait until all are there that will be."""
        if any(each.status == Status.RUNNING for each in twins):
            return self.waiting("a task like this one is on its way", SOON.total_seconds())
        since = [self.quiet_for(task.sent_at, task.sent_clock)]
        since += [self.quiet_for(each.sent_at, each.sent_clock) for each in twins]
        left = self.quiet - min(since)
        return self.waiting("a task like this one may have created the row that is there", left) if left > 0 else None

    def adopted(self, task: Task, kind: TaskType, row: str, twins: Sequence[Twin]) -> Verdict | Status:
        """What the task is at with the row as its own; a verdict to wait if the row may be a twin's."""
        status = self.queue.adopt(task, kind, Created(row, what=Happened.ADOPTED), self.who, twins)
        if status is not None:
            return status
        return Verdict(ending=self.judge(task, kind).unknown("a task like this one is on its way", counted=False))

    def absent(self, task: Task) -> Ending:
        """Xero has no such row: it will not come any more once it has been quiet for long enough."""
        left = self.quiet - self.quiet_for(task.sent_at, task.sent_clock)
        if machine() and seconds_since(task.sent_clock, self.client.clock) is None:
            # Sent before this machine was started, or by another one: a clock that may have been set is all there is.
            waiting = self.waiting("the answer never came, and only a clock that can be set has waited", self.quiet)
            return replace(waiting, restart=clock_mark(self.client.clock))
        if left <= 0:
            return Ending(Status.PENDING, Happened.ABSENT, counted=False, applied=False)
        waiting = self.waiting("the answer never came, and Xero does not show the row yet", left)
        jumped = task.sent_at is not None and self.now() < task.sent_at
        return replace(waiting, restart=clock_mark(self.client.clock)) if jumped else waiting

    def waiting(self, sentence: str, seconds: float) -> Ending:
        """Look again in a while."""
        look_at = self.now() + timedelta(seconds=seconds)
        return Ending(
            Status.UNCERTAIN, Happened.UNKNOWN, Code.UNKNOWN, sentence, look_at=look_at, counted=False, applied=None
        )

    def quiet_for(self, sent_at: datetime | None, sent_clock: str | None) -> float:
        """Seconds since a request left, by the clock that says less."""
        wall = (self.now() - sent_at).total_seconds() if sent_at else 0.0
        steady = seconds_since(sent_clock, self.client.clock)
        return max(0.0, wall if steady is None else min(wall, steady))

    # -- Writing down --------------------------------------------------------------------------------------------------

    def record(self, task: Task, kind: TaskType, verdict: Verdict) -> Status | None:
        """Write the verdict down; what Xero has said is not given up because a disk is full for a while."""
        left, day = self.day_left(task.tenant)
        if verdict.pause is None and left is not None and day and left <= day * self.day_reserve:
            until = self.now() + timedelta(hours=1)
            verdict = replace(verdict, pause=Pause(Reason.RATE_LIMIT, until))
        for seconds in (*PATIENCE, None):
            try:
                status = self.queue.record(task, kind, verdict, self.who, left)
            except Error as error:
                if seconds is None or not error.retryable:
                    raise
                _log.warning("task %d cannot be written down: %s", task.id, error.message)
                self.client.clock.sleep(seconds)
            else:
                return status
        return None

    def day_left(self, tenant: str) -> tuple[int | None, int | None]:
        """Calls left of the organisation's day, and how many there are in all, as far as Xero has said."""
        for each in self.client.limits():
            if each.tenant == tenant:
                return each.day_remaining, each.day_limit
        return None, None

    def judge(self, task: Task, kind: TaskType) -> Judge:
        return Judge(task, kind, self.now(), self.jitter(), clock_mark(self.client.clock))

    def now(self) -> datetime:
        return self.queue.now()
