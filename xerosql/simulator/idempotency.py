"""Idempotency keys: the answer to a write is kept for six minutes and given again to whoever repeats it.

Errors are kept like successes; refusals by the rate limit, the gateway or sign-in never get this far. DELETE ignores
keys. A key belongs to an app, as Xero's pages say, or to an access token, as one team has observed: `scope` chooses.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from .clock import Clock
from .exchange import Answer, Request
from .validation import refuse

LIFETIME = 360.0  # seconds from the first use
LONGEST_KEY = 128
METHODS = ("POST", "PUT", "PATCH")
APP, TOKEN = "app", "token"
SCOPES = (APP, TOKEN)


class Kept(NamedTuple):
    fingerprint: bytes
    answer: Answer
    expires: float


class KeyRing:
    """The keys used lately. Its caller holds the lock, so one key is never at work twice at the same time."""

    def __init__(self, clock: Clock, scope: str = APP) -> None:
        self._clock = clock
        self._scope = scope
        self._kept: dict[tuple[str, str], Kept] = {}

    def replay(self, request: Request, tenant: str) -> Answer | None:
        """The answer kept for this very request; None for a new one; 400 for a key that meant another request."""
        key = key_of(request)
        if key is None:
            return None
        if len(key) > LONGEST_KEY:
            refuse("Idempotency-Key", f"An Idempotency-Key has at most {LONGEST_KEY} characters.")
        self._forget_expired()
        kept = self._kept.get((self._owner(request), key))
        if kept is None:
            return None
        if kept.fingerprint != _fingerprint(request, tenant):
            refuse("Idempotency-Key", f"The idempotency key {key} was first used with a different request.")
        return kept.answer

    def keep(self, request: Request, tenant: str, answer: Answer) -> None:
        """Keep the answer under the request's key, if it has one that counts."""
        key = key_of(request)
        if key is not None:
            expires = self._clock.now() + LIFETIME
            self._kept[self._owner(request), key] = Kept(_fingerprint(request, tenant), answer, expires)

    def _owner(self, request: Request) -> str:
        """Whose key it is."""
        return request.app if self._scope == APP else request.headers.get("authorization", "")

    def _forget_expired(self) -> None:
        """Keys were added in the order in which they expire, so looking at the oldest ones is enough."""
        now = self._clock.now()
        for name, kept in list(self._kept.items()):
            if kept.expires > now:
                return
            del self._kept[name]


def key_of(request: Request) -> str | None:
    """The request's key, or None where keys do not count; an empty one is none."""
    return (request.headers.get("idempotency-key") or None) if request.method in METHODS else None


def _fingerprint(request: Request, tenant: str) -> bytes:
    head = f"{request.method} {request.target} {tenant}\n".encode()
    return blake2b(head + request.body, digest_size=16).digest()
