"""How a request is answered, from its arrival to the headers of its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from . import faults
from .access import Gate
from .clock import Clock
from .exchange import Answer, Refused, Request, not_allowed
from .faults import Fault, Faults
from .idempotency import KeyRing
from .identity import CLIENT_ID, Identity
from .ids import stable_id
from .journal import RequestRecord, note
from .limits import Limits
from .list_cache import ListCache
from .routes import find
from .state import State
from .world import Call, World


class Conditions(NamedTuple):
    """Under which circumstances the service runs; see `Simulator` for what they mean."""

    seed: int
    limits: bool
    auth: bool
    latency: float
    stale_reads: float
    stale_lists: float
    day_limit: int
    log_requests: bool
    fault_rate: float
    fault_kinds: tuple[str, ...]
    key_scope: str


class Service:
    """A state being served. A reset replaces the whole service, so requests under way end on the one they began on."""

    def __init__(self, state: State, clock: Clock, conditions: Conditions) -> None:
        self.lock = threading.RLock()
        self.world = World(state, clock, conditions.stale_reads, conditions.stale_lists)
        self.gate = Gate(self.world, strict=conditions.auth)
        self.faults = Faults(conditions.seed, conditions.fault_rate, conditions.fault_kinds)
        self.requests: list[RequestRecord] = []
        self.calls = 0
        self.identity_calls = 0
        self._clock = clock
        self._conditions = conditions
        self._identity = Identity(self.world, strict=conditions.auth)
        self._limits = Limits(clock, enforced=conditions.limits, day_limit=conditions.day_limit)
        self._keys = KeyRing(clock, conditions.key_scope)
        self._lists = ListCache()
        self._arrived = 0

    def respond(self, request: Request) -> Answer:
        """Answer a request whose header names are lower-case; raises what faults make of it."""
        record = self._arrive(request)
        try:
            answer = self._answer(request, record)
            record.status = answer.status
        finally:
            record.seconds = self._clock.now() - record.started
        return answer

    def _arrive(self, request: Request) -> RequestRecord:
        headers = request.headers
        record = RequestRecord(
            request.method,
            request.path,
            request.query,
            headers.get("xero-tenant-id"),
            headers.get("idempotency-key"),
            request.body,
            self._clock.now(),
        )
        with self.lock:
            self._arrived += 1
            record.ordinal = self._arrived
            if self._conditions.log_requests:
                note(self.requests, record)
        request.correlation = stable_id(self.world.state.seed, "correlation", record.ordinal)
        request.app = CLIENT_ID
        return record

    def _answer(self, request: Request, record: RequestRecord) -> Answer:
        fault = self.faults.strike(request, record.ordinal)
        record.fault = fault.kind if fault else None
        desk = self._identity_desk(request)
        answer = self._identify(request, desk, fault) if desk else self._call(request, record, fault)
        answer.headers["Xero-Correlation-Id"] = request.correlation
        faults.after(fault, answer)
        return answer

    def _identity_desk(self, request: Request) -> Callable[[Request], Answer] | None:
        """Who answers if this is a matter of identity, which no organisation pays for."""
        path = request.path.lower().rstrip("/")
        if path.startswith("/projects.xro"):
            return None
        if path == "/connections" or path.startswith("/connections/"):
            return self.gate.connections
        methods, desk = {
            "/connect/authorize": ("GET POST", self._identity.authorize),
            "/connect/token": ("POST", self._identity.token),
            "/connect/revocation": ("POST", self._identity.revoke),
        }.get(path.removeprefix("/identity"), ("", None))
        return desk if not methods or request.method in methods.split() else not_allowed

    def _identify(self, request: Request, desk: Callable[[Request], Answer], fault: Fault | None) -> Answer:
        self._dawdle(0.0, fault)
        with self.lock:
            self.identity_calls += 1
            try:
                answer = faults.before(fault, request) or desk(request)
            except Refused as refused:
                answer = refused.answer
            answer.headers = _dated(self._clock.now()) | self._limits.headers(request, None) | answer.headers
            return answer

    def _call(self, request: Request, record: RequestRecord, fault: Fault | None) -> Answer:
        """An API call: signed in, within the limits, then carried out. The lock is let go only to dawdle."""
        with self.lock:
            self.calls += 1
            tenant = request.headers.get("xero-tenant-id", "").lower()
            try:
                refusal = faults.before(fault, request)
                if refusal is None:
                    tenant = record.tenant = self.gate.tenant(request)
                    refusal = self._limits.enter(request, tenant)
            except Refused as refused:
                refusal = refused.answer
            remaining = self._limits.headers(request, tenant)
            if refusal is not None:
                refusal.headers = remaining | refusal.headers
                return refusal
            record.in_flight = self._limits.in_flight(request, tenant)
        try:
            self._dawdle(self._conditions.latency, fault)
            with self.lock:
                answer = self._once(request, tenant, fault)
        finally:
            with self.lock:
                self._limits.leave(request, tenant)
        answer.headers.update(remaining)
        return answer

    def _dawdle(self, seconds: float, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "slow":
            seconds += fault.seconds
        if seconds > 0:
            self._clock.sleep(seconds)

    def _once(self, request: Request, tenant: str, fault: Fault | None) -> Answer:
        """Carry the request out, unless its idempotency key says that this was done before."""
        try:
            kept = self._keys.replay(request, tenant)
        except Refused as refused:
            return refused.answer
        if kept is None:
            kept = faults.inside(fault, request, partial(self.operate, request, tenant))
            self._keys.keep(request, tenant, kept)
        return Answer(kept.status, kept.body, dict(kept.headers))

    def operate(self, request: Request, tenant: str) -> Answer:
        """The operation's own answer, refusals included; a list comes from the cache while nothing changed."""
        reading = request.method == "GET" and not (self._conditions.stale_reads or self._conditions.stale_lists)
        kept = self._lists.get(tenant, request.target) if reading else None
        if kept is not None:
            return kept
        organisation = self.world.organisation(tenant)
        assert organisation is not None  # noqa: S101 - the gate found it a moment ago
        try:
            operation, ids = find(request)
            answer = operation(Call(self.world, organisation, request, ids))
        except Refused as refused:
            return refused.answer
        if reading:
            self._lists.put(tenant, request.target, answer)
        return answer


def _dated(now: float) -> dict[str, str]:
    """The Date header. Calls to the API go without, as it would cost them more than it is worth here."""
    from email.utils import formatdate

    return {"Date": formatdate(now, usegmt=True)}
