"""What an attempt comes to. Pure: an outcome goes in, what is to be written down about the task comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from xerosql.api.answers import error_of
from xerosql.api.failure import Failure, Outcome
from xerosql.api.refusal import Quota, Refusal, refusal_of
from xerosql.api.request import Request, Response
from xerosql.payload.objects import encoded, parsed, value_at
from xerosql.queue.events import Happened
from xerosql.queue.model import INSERT, Code, Reason, Replay, Status, Task, TaskType
from xerosql.queue.outcomes import Created, Ending

OFFLINE = timedelta(minutes=5)
SOON = timedelta(seconds=5)
#: A sign-in that does not work is tried again after this, in case somebody has mended it.
SIGN_IN = timedelta(minutes=5)


BACKOFF = (5.0, 30.0, 120.0, 600.0, 1800.0)


def backoff(attempts: int, jitter: float) -> timedelta:
    """How long to wait after so many attempts; `jitter` from 0 to 1 adds up to a quarter."""
    seconds = BACKOFF[min(attempts, len(BACKOFF) - 1)]
    return timedelta(seconds=seconds * (1 + jitter / 4))


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing more is sent to the organisation until then."""

    reason: Reason
    until: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to write down: that it worked, or how the task ends for now, and what that means for the organisation."""

    created: Created | None = None
    ending: Ending | None = None
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides for one task at one moment, `clock` by the steady clock.

    `jitter`, from 0 to 1, keeps tasks from returning all at once.
    """

    task: Task
    kind: TaskType
    now: datetime
    jitter: float = 0.0
    clock: str | None = None

    @property
    def doubtful(self) -> bool:
        """Whether an earlier request of the task may have been applied."""
        return self.task.first_sent_at is not None

    @property
    def not_applied(self) -> bool | None:
        """That this request was not applied, as far as it speaks for all requests of the task."""
        return None if self.doubtful else False

    def verdict(self, request: Request, outcome: Outcome) -> Verdict:
        """What to write down about this outcome of this request."""
        if isinstance(outcome, Failure):
            return self.unanswered(outcome)
        if outcome.ok:
            return self.applied(outcome)
        refusal = refusal_of(outcome, self.now.replace(tzinfo=UTC))
        if refusal is not None:
            return self.refused(refusal, outcome)
        if outcome.status in (408, 500, 502, 503, 504):
            return self.trouble(request, outcome)
        if outcome.status == 401:
            return self.unauthorised(self.sentence(request, outcome), outcome)
        if outcome.status == 404 and self.kind.replay is Replay.DELETE and self.doubtful:
            return Verdict(created=Created(None, outcome.status, outcome.correlation_id))
        return self.failed(request, outcome)

    # -- It worked -----------------------------------------------------------------------------------------------------

    def applied(self, response: Response) -> Verdict:
        if self.kind.operation != INSERT:
            return Verdict(created=Created(None, response.status, response.correlation_id))
        try:
            found = parsed(response.body)
            result_id = self.id_of(found)
        except ValueError:
            sentence = f"Xero answered {response.status}, but with a body that cannot be read"
            return Verdict(ending=self.unanswered_since_now(sentence, response))
        created = Created(result_id, response.status, response.correlation_id, encoded(found).decode())
        return Verdict(created=created)

    def id_of(self, found: dict[str, object]) -> str:
        """The Id of the row in an object; ValueError if it has none."""
        table = self.kind.table
        parts = [value_at(found, table[name].json) for name in table.identity or table.key]
        if not all(isinstance(part, str) and part for part in parts):
            raise ValueError("no id")
        return "/".join(map(str, parts))

    # -- Xero said no --------------------------------------------------------------------------------------------------

    def failure(self, code: Code, sentence: str, response: Response | None = None) -> Ending:
        """It needs a person: the same request would be refused again."""
        return Ending(
            Status.FAILED,
            Happened.FAILED,
            code,
            sentence,
            applied=self.not_applied,
            http_status=response.status if response else None,
            correlation_id=response.correlation_id if response else None,
        )

    def failed(self, request: Request, response: Response) -> Verdict:
        code = {
            400: Code.VALIDATION,
            403: Code.FORBIDDEN,
            404: Code.NOT_FOUND,
            410: Code.NOT_FOUND,
            409: Code.CONFLICT,
            412: Code.CONFLICT,
            423: Code.CONFLICT,
        }.get(response.status, Code.UNEXPECTED)
        return Verdict(ending=self.failure(code, self.sentence(request, response), response))

    def refused(self, refusal: Refusal, response: Response) -> Verdict:
        """Turned away unread for a quota: that is nothing the task could help."""
        usual = {Quota.DAY: 3600.0, Quota.MINUTE: 60.0, Quota.CONCURRENT: 5.0}[refusal.quota]
        until = self.now + timedelta(seconds=refusal.seconds if refusal.seconds is not None else usual)
        sentence = f"the {refusal.quota.value} quota of calls is used up"
        return Verdict(
            ending=self.deferred(sentence, response), pause=Pause(Reason.RATE_LIMIT, max(until, self.now + SOON))
        )

    def unauthorised(self, sentence: str, response: Response | None = None) -> Verdict:
        until = self.now + SIGN_IN
        return Verdict(ending=self.deferred(sentence, response), pause=Pause(Reason.AUTHORISATION, until))

    def limited(self, until: datetime | None) -> Verdict:
        """A quota is known to be used up, so nothing was sent."""
        pause = Pause(Reason.RATE_LIMIT, until or self.now + timedelta(minutes=1))
        return Verdict(ending=self.deferred("the quota of calls is used up"), pause=pause)

    def deferred(self, sentence: str, response: Response | None = None) -> Ending:
        """Nothing was done, and the attempt is not counted: wait with the others of the organisation."""
        status = Status.UNCERTAIN if self.task.status == Status.UNCERTAIN else Status.PENDING
        return Ending(
            status,
            Happened.DEFERRED,
            Code.UNKNOWN if status == Status.UNCERTAIN else None,
            sentence,
            look_at=self.now if status == Status.UNCERTAIN else None,
            counted=False,
            applied=self.not_applied,
            http_status=response.status if response else None,
            correlation_id=response.correlation_id if response else None,
        )

    # -- Trouble -------------------------------------------------------------------------------------------------------

    def trouble(self, request: Request, response: Response) -> Verdict:
        """The server failed, perhaps after it had applied the request."""
        sentence = self.sentence(request, response)
        pause = Pause(Reason.OFFLINE, self.now + OFFLINE) if response.status == 503 else None
        if self.kind.operation == INSERT:
            return Verdict(ending=self.unanswered_since_now(sentence, response), pause=pause)
        return Verdict(ending=self.again(Code.SERVER, sentence, response), pause=pause)

    def unanswered(self, failure: Failure) -> Verdict:
        if failure.sent and self.kind.operation == INSERT:
            return Verdict(ending=self.unanswered_since_now(failure.sentence))
        ending = self.again(Code.CONNECTION, failure.sentence)
        return Verdict(ending=ending if failure.sent else self.unsent(failure.sentence))

    def unsent(self, sentence: str) -> Ending:
        """The request cannot have reached Xero. What is unknown of earlier ones stays so."""
        if self.task.status == Status.UNCERTAIN:
            return self.unknown(sentence, counted=False)
        return self.again(Code.CONNECTION, sentence, applied=self.not_applied)

    def again(
        self, code: Code, sentence: str, response: Response | None = None, *, applied: bool | None = None
    ) -> Ending:
        """Send it again in a while, longer each time. No connection uses up none of the attempts."""
        return Ending(
            Status.ERROR,
            Happened.TROUBLE,
            code,
            sentence,
            look_at=self.now + backoff(self.task.attempts + self.task.unreached, self.jitter),
            counted=code is not Code.CONNECTION,
            applied=applied,
            http_status=response.status if response else None,
            correlation_id=response.correlation_id if response else None,
        )

    def unknown(self, sentence: str, response: Response | None = None, *, counted: bool = True) -> Ending:
        """Sent, and nobody knows whether it was applied: look into it, with a little time for Xero to finish."""
        return Ending(
            Status.UNCERTAIN,
            Happened.UNKNOWN,
            Code.UNKNOWN,
            sentence,
            look_at=self.now + SOON * (1 + min(self.task.attempts, 10)),
            counted=counted,
            applied=None,
            http_status=response.status if response else None,
            correlation_id=response.correlation_id if response else None,
        )

    def unanswered_since_now(self, sentence: str, response: Response | None = None) -> Ending:
        """The request was on its way until now at least, however long ago it left: the quiet after it begins."""
        return replace(self.unknown(sentence, response), restart=self.clock)

    def doubt(self, sentence: str) -> Ending:
        """It needs a person: what can be found out has been, and does not settle it."""
        return Ending(Status.UNCERTAIN, Happened.UNKNOWN, Code.UNKNOWN, sentence, counted=False, applied=None)

    def sentence(self, request: Request, response: Response) -> str:
        return error_of(request, response, self.now.replace(tzinfo=UTC)).message
