"""The access token that all threads share: whose it is, when it is renewed, and by one of them only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

from xerosql.api.clock import Clock
from xerosql.errors import AuthenticationError

EXPIRY_MARGIN = timedelta(seconds=60)
"""A token is renewed this long before it ends, so that it does not end on the way to Xero."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Token:
    """What a sign-in gives. Access tokens live 30 minutes, refresh tokens 60 days and for one use."""

    access_token: str = field(repr=False)
    expires_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)

    def has_ended(self, now: datetime) -> bool:
        """Whether it is too late to use it, or it holds nothing but the means to get one.

        A token of unknown age is used until Xero says otherwise.
        """
        ends = self.expires_at
        return not self.access_token or (ends is not None and now >= ends - EXPIRY_MARGIN)


class Tokens(Protocol):
    """Where the access token comes from."""

    renewable: bool

    @property
    def at_hand(self) -> bool:
        """Whether `access_token()` has nothing to ask anybody."""

    def access_token(self) -> str:
        """A token that should work. Raises AuthenticationError if there is none to be had."""

    def expire(self, stale: str) -> None:
        """Xero has said that `stale` has expired. If tokens are `renewable`, the next `access_token()` is another."""


class FixedToken:
    """A token that somebody else takes care of."""

    renewable = False
    at_hand = True

    def __init__(self, token: Token, clock: Clock) -> None:
        self._token = token
        self._clock = clock

    def access_token(self) -> str:
        ends = self._token.expires_at
        if ends is not None and self._clock.now() >= ends:
            raise AuthenticationError(f"the access token ended at {ends:%Y-%m-%d %H:%M:%S %Z}; give a new one")
        return self._token.access_token

    def expire(self, stale: str) -> None:
        """Nothing can be done about it."""


class RenewedTokens:
    """A token that is fetched when needed, and again before it ends.

    `fetch` is given the token before (its refresh token is what it renews with) and is called by one thread at a time;
    the others wait and take what it brought. `on_token` gets every new token, to keep: Xero's refresh tokens work once,
    the one before for another 30 minutes, in case that it got lost on the way.

    A sign-in that Xero has refused is not tried again if `remembers`: every later call raises the same
    AuthenticationError.
    """

    renewable = True

    def __init__(
        self,
        fetch: Callable[[Token | None], Token],
        clock: Clock,
        first: Token | None = None,
        on_token: Callable[[Token], None] | None = None,
        *,
        remembers: bool = True,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token = first
        self._on_token = on_token
        self._lock = Lock()
        self._remembers = remembers
        self._refused: str | None = None

    @property
    def at_hand(self) -> bool:
        """Whether there is a token that has not ended."""
        token = self._token
        return token is not None and not token.has_ended(self._clock.now())

    def access_token(self) -> str:
        token = self._token
        if token is None or token.has_ended(self._clock.now()):
            token = self._replace(token)
        return token.access_token

    def expire(self, stale: str) -> None:
        with self._lock:
            if self._token is not None and self._token.access_token == stale:
                self._token = replace(self._token, expires_at=_LONG_AGO)

    def _replace(self, seen: Token | None) -> Token:
        with self._lock:
            if self._token is None or self._token is seen:
                self._token = self._fetch_or_remember(self._token)
                if self._on_token is not None:
                    self._on_token(self._token)
            return self._token

    def _fetch_or_remember(self, token: Token | None) -> Token:
        if self._refused is not None:
            raise AuthenticationError(self._refused)
        try:
            return self._fetch(token)
        except AuthenticationError as error:
            self._refused = error.message if self._remembers else None
            raise
