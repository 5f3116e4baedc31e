"""Xero, as the rest of xerosql sees it: a request goes in, Xero's verdict comes out.

send                       errors of PEP 249 for everything but success
  _send_with_retries       the same bytes again, where that is safe
    _send_within_budget    no more calls than the statement may make
      _send_within_limits  waiting for the organisation's quota
        _send_signed_in    the access token
          _send_counted    one request over the wire, counted and logged
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from xerosql.api.answers import error_of, says_token_expired
from xerosql.api.clock import Clock, SystemClock
from xerosql.api.failure import Failure, Outcome, was_sent
from xerosql.api.gate import Gate, Gates, gates_for
from xerosql.api.limits import LimitsSnapshot
from xerosql.api.oauth import OnToken, sign_in_of, tokens_for
from xerosql.api.request import Request, Response
from xerosql.api.retry import Accept, Attempt, GiveUp, History, Policy, Repeat, Retry, decide, repeatability
from xerosql.api.stop import Stop, apart, check_cancelled
from xerosql.api.tally import Tally
from xerosql.api.tenants import CONNECTIONS, Connection, connections_of, find, the_only_one
from xerosql.api.tokens import Tokens
from xerosql.api.transport import Handler, Transport
from xerosql.config import Settings
from xerosql.errors import Error, OperationalError, UnknownOutcomeError

if TYPE_CHECKING:
    from xerosql.api.shared_gate import SharedGate

OnWrite = Callable[[str], None]

_log = logging.getLogger("xerosql.api")
_GLANCE = 0.1  # seconds between two looks at the cancel flag of who waits for another thread
_FIRST = History(Repeat.NEVER)
_INTERRUPTED: Outcome | None = Failure("interrupted", sent=True)  # by Ctrl-C, at a moment that nobody knows


class Client:
    """One sign-in at Xero. Shared by all cursors and threads.

    `handler` stands in for the network (`InProcess`), `clock` for the machine's time. Clients of one app share the
    quotas of each organisation, for the process, unless they bring a clock of their own. `on_token` is given every new
    token, to keep; `on_write` the organisation before and after each request that changes something there.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        handler: Handler | None = None,
        clock: Clock | None = None,
        policy: Policy | None = None,
        on_token: OnToken | None = None,
        on_write: OnWrite | None = None,
    ) -> None:
        self._settings = settings
        self._on_write = on_write
        self._clock = clock or SystemClock()
        self._policy = policy or Policy()
        self._transport = Transport(settings, handler)
        self._tokens = tokens_for(settings, self._transport, self._clock, self._policy, on_token)
        self._gates = gates_for(handler) if clock is None else Gates()
        self._gate_of: dict[str, Gate | SharedGate] = {}  # by tenant: those of _gates that this client has tightened
        self._on_network = handler is None
        self._app = (settings.base_url, _identity(settings))
        self._connections: tuple[Connection, ...] | None = None
        self._lock = Lock()
        self._total = Tally()

    # -- Sending -----------------------------------------------------------------------------------------------------

    def send(
        self,
        request: Request,
        *,
        allow: frozenset[int] = frozenset(),
        tally: Tally | None = None,
        cancelled: Event | None = None,
    ) -> Response:
        """Xero's answer: a 2xx, or a status in `allow`; every other one is raised as the error that it stands for.

        May take long: the minute's quota is waited for (at most `settings.max_wait` seconds for one `tally`), trouble
        is retried. `tally` counts what was sent. `cancelled` ends the waiting and, if it is a Stop, what is outermost
        of it breaks off a read that is on its way; a write that is on its way is always waited for.

        Raises UnknownOutcomeError when a write may have been applied and nobody can say, RateLimitError when the day's
        quota is used up, BudgetError when `tally` allows no more calls, and otherwise what `answers.error_of` makes of
        the answer.
        """
        response = self._send_with_retries(request, tally or Tally(), cancelled)
        if response.ok or response.status in allow:
            return response
        raise error_of(request, response, self._clock.now())

    def attempt(
        self,
        request: Request,
        *,
        before: Callable[[str], None],
        tally: Tally | None = None,
        cancelled: Event | None = None,
    ) -> Outcome:
        """One sending and what came of it, for a caller who decides by itself what follows: nothing is repeated.

        `before` is called with the fingerprint of the access token when all is ready and nothing has left yet; what it
        raises keeps the request from being sent. The minute's quota is waited for as in `send`.

        Raises what keeps the request from being sent: RateLimitError, AuthenticationError, other OperationalErrors.
        """
        return self._send_within_limits(request, _FIRST, tally or Tally(), cancelled, before).outcome

    def _send_with_retries(self, request: Request, tally: Tally, cancelled: Event | None) -> Response:
        history = History(repeatability(request), renewable=self._tokens.renewable)
        while True:
            attempt = self._attempt(request, history, tally, cancelled)
            if attempt.ok:  # nearly always, and nothing is left to decide
                return attempt.response()
            if not request.writes:
                check_cancelled(cancelled)
            history = history.after(attempt)
            match decide(history, attempt, self._policy):
                case Retry(delay):
                    _log_retry(request, attempt, delay)
                    self._clock.sleep(delay, cancelled)
                    tally.count_retry()
                case Accept(gone=True):
                    return Response(204)
                case Accept():
                    return attempt.response()
                case GiveUp(unknown):
                    return self._give_up(request, attempt, unknown)

    def _attempt(self, request: Request, history: History, tally: Tally, cancelled: Event | None) -> Attempt:
        """One attempt. What keeps it from being made is worse news for a write that may have been applied already."""
        try:
            return self._send_within_budget(request, history, tally, cancelled)
        except Error as error:
            if history.unknown:
                raise _unknown(request, error) from error
            raise

    def _give_up(self, request: Request, attempt: Attempt, unknown: bool) -> Response:
        if not unknown:
            return attempt.response()
        outcome = attempt.outcome
        cause = outcome.error() if isinstance(outcome, Failure) else error_of(request, outcome, self._clock.now())
        raise _unknown(request, cause) from cause

    def _send_within_budget(self, request: Request, history: History, tally: Tally, cancelled: Event | None) -> Attempt:
        """What is asked of no organisation, such as which there are, is free."""
        if not request.tenant:
            return self._send_within_limits(request, history, tally, cancelled)
        tally.claim()
        try:
            attempt = self._send_within_limits(request, history, tally, cancelled)
        except Error:  # nothing was sent
            tally.unclaim()
            raise
        if not was_sent(attempt.outcome):
            tally.unclaim()
        return attempt

    def _send_within_limits(
        self,
        request: Request,
        history: History,
        tally: Tally,
        cancelled: Event | None,
        before: Callable[[str], None] | None = None,
    ) -> Attempt:
        gate, outcome = self._gate(request.tenant), _INTERRUPTED
        place = gate.enter(tally, self._patience(history, tally), cancelled, history.begun)
        stop = cancelled.outermost if isinstance(cancelled, Stop) and not request.writes else None
        try:
            self._check_window(history)
            outcome = self._send_signed_in(request, tally, before, stop)
        except Error:  # no token, or no time left: nothing was sent
            outcome = None
            raise
        finally:
            gate.leave(place, outcome)
        return Attempt.of(outcome, place, self._clock.monotonic(), self._clock.now())

    def _patience(self, history: History, tally: Tally) -> float:
        now = self._clock.monotonic()
        left = history.seconds_left(now, self._policy)
        most = self._settings.max_wait
        return left if most is None else min(left, most - tally.waited(now))

    def _check_window(self, history: History) -> None:
        if history.seconds_left(self._clock.monotonic(), self._policy) < 0:
            raise OperationalError("Xero may have forgotten the Idempotency-Key by now")

    def _send_signed_in(
        self, request: Request, tally: Tally, before: Callable[[str], None] | None = None, stop: Stop | None = None
    ) -> Outcome:
        token = self._access_token(stop)
        with self._noted(request):
            if before is not None:  # last of all: what it marks is taken to have left
                before(hashlib.sha256(token.encode()).hexdigest())
            outcome = self._send_counted(request, token, tally, stop)
        if isinstance(outcome, Response) and says_token_expired(outcome):
            self._tokens.expire(token)
        return outcome

    @contextmanager
    def _noted(self, request: Request) -> Iterator[None]:
        """What is read while a write is under way may be of before or of after it, so both ends are told."""
        if self._on_write is None or not request.writes:
            yield
            return
        self._on_write(request.tenant)
        try:
            yield
        finally:
            self._on_write(request.tenant)

    def _access_token(self, stop: Stop | None) -> str:
        """The token. One that has to be fetched is for everybody: who is stopped waits no longer, and it goes on."""
        if stop is None or self._tokens.at_hand:
            return self._tokens.access_token()
        return apart(self._tokens.access_token, stop)

    def _send_counted(self, request: Request, token: str, tally: Tally, stop: Stop | None) -> Outcome:
        began = self._clock.monotonic()
        for account in (tally, self._total):
            account.begin()
        outcome = self._transport.send(request, (("Authorization", f"Bearer {token}"),), stop=stop)
        for account in (tally, self._total):
            account.count(outcome)
        _log_call(request, outcome, self._clock.monotonic() - began)
        return outcome

    # -- Organisations -----------------------------------------------------------------------------------------------

    def connections(
        self, *, fresh: bool = False, tally: Tally | None = None, cancelled: Event | None = None
    ) -> tuple[Connection, ...]:
        """The organisations that this sign-in can see. Asked once, and again only if `fresh`."""
        with self._asking(cancelled):
            if fresh or self._connections is None:
                self._connections = connections_of(self.send(CONNECTIONS, tally=tally, cancelled=cancelled))
            return self._connections

    @contextmanager
    def _asking(self, cancelled: Event | None) -> Iterator[None]:
        """One thread at a time; who is cancelled does not wait for the one that asks."""
        while not self._lock.acquire(timeout=_GLANCE):
            check_cancelled(cancelled)
        try:
            yield
        finally:
            self._lock.release()

    def known_name(self, tenant: str) -> str | None:
        """The organisation's name if `connections` has been asked already; no call is made."""
        return next((each.name for each in self._connections or () if each.tenant_id == tenant), None)

    def tenant_id(self, name_or_id: str | None = None, *, cancelled: Event | None = None) -> str:
        """The id of an organisation given by id or name (in any case); of `settings.tenant`, or the only one, if None.

        Raises AuthenticationError, listing what is connected, when it is unknown or when several could be meant.
        """
        wanted = name_or_id or self._settings.tenant
        connected = self.connections(cancelled=cancelled)
        return (find(connected, wanted) if wanted else the_only_one(connected)).tenant_id

    @property
    def clock(self) -> Clock:
        """What this client takes the time from."""
        return self._clock

    def sign_in(self) -> str:
        """What tells this sign-in from others, for as long as it lasts: the same in every process that uses it, as far
        as that can be known without asking Xero. It may be a secret.
        """
        return sign_in_of(self._settings)

    @property
    def tokens(self) -> Tokens:
        """Where this sign-in's access token comes from."""
        return self._tokens

    # -- Accounts ----------------------------------------------------------------------------------------------------

    @property
    def calls(self) -> int:
        """Requests that this client has sent to the API, retries and /connections included, token requests not."""
        return self._total.calls

    def limits(self) -> tuple[LimitsSnapshot, ...]:
        """What is left of each organisation's quotas, as far as this process has learnt; no call is made."""
        return tuple(self._gate(each.tenant).snapshot() for each in self._gates.snapshots(self._app) if each.tenant)

    def _gate(self, tenant: str) -> Gate | SharedGate:
        found = self._gate_of.get(tenant)
        if found is None:
            ours = self._settings
            most = ours.calls_per_minute, ours.max_in_flight, ours.calls_per_day
            gate = self._gates.of(self._app, tenant, self._clock, *most)
            found = self._gate_of.setdefault(tenant, self._shared(gate, tenant))  # two threads at once get the same one
        return found

    def _shared(self, gate: Gate, tenant: str) -> Gate | SharedGate:
        """The gate, with the one for all processes of the machine behind it; not before a stand-in for the network."""
        if not (self._on_network and self._settings.share_limits and tenant):  # only organisations have quotas
            return gate
        from xerosql.api.shared_gate import shared  # brings sqlite3 along

        return shared(gate, self._settings, self._app, tenant, self._clock)

    # -- Closing -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the network connections. What is on its way ends first or breaks, as the network likes."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _identity(settings: Settings) -> str:
    """What Xero counts quotas by, as far as we know it: the app, or a token whose app we do not know."""
    return settings.client_id or hashlib.sha256((settings.access_token or "").encode()).hexdigest()


def _unknown(request: Request, cause: Error) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        f"{request.method} {request.path} was sent, but whether Xero applied it is unknown: {cause.message}. "
        "Look before you repeat it",
        http_status=cause.http_status,
        details=cause.details,
        correlation_id=cause.correlation_id,
    )


def _log_retry(request: Request, attempt: Attempt, delay: float) -> None:
    if _log.isEnabledFor(logging.INFO):
        _log.info("%s %s: %s; again in %.1f s", request.method, request.path, _result(attempt.outcome), delay)


def _log_call(request: Request, outcome: Outcome, seconds: float) -> None:
    """Neither query, headers nor bodies: they hold people's data and our tokens."""
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s %s: %s, %.0f ms", request.method, request.path, _result(outcome), seconds * 1000)


def _result(outcome: Outcome) -> str:
    """The status with Xero's name for the exchange, or why there is none."""
    if not isinstance(outcome, Response):
        return outcome.sentence
    name = outcome.correlation_id
    return f"{outcome.status} ({name})" if name else str(outcome.status)
