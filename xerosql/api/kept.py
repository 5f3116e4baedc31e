"""Renewing a sign-in that threads and processes share: one of them asks Xero, the others take what it kept.

fetch            what is kept, if it is fresh
  _renew         else alone, under the lock: what somebody else has kept meanwhile, or a new pair
    _ask_xero    with the last refresh token; should Xero not take it, with the one before, in its grace
"""

from __future__ import annotations

from dataclasses import replace

from xerosql.api.clock import Clock
from xerosql.api.oauth import Identity
from xerosql.api.signin.store import SignIn, Store
from xerosql.api.tokens import Token
from xerosql.errors import AuthenticationError


class Renewal:
    """Fetches tokens for `RenewedTokens` from a store, and renews them there.

    A sign-in that Xero has refused is asked about again only when the store holds another one.
    """

    def __init__(self, store: Store, identity: Identity, clock: Clock) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._refused: tuple[Token, str] | None = None

    def fetch(self, before: Token | None) -> Token:
        """A fresh token, other than the one `before`. It is kept before it is used: the old one is dying by then.

        Raises AuthenticationError when Xero refuses or nothing is kept, OperationalError when Xero does not answer or
        the new pair cannot be saved.
        """
        kept = self._store.load()
        return kept.token if self._is_fresh(kept, before) else self._renew(before)

    def _renew(self, before: Token | None) -> Token:
        with self._store.lock():
            kept = self._store.load(complete=True)
            if self._is_fresh(kept, before):
                return kept.token
            renewed = self._ask_or_remember(kept)
            self._store.save(renewed)
            return renewed.token

    def _is_fresh(self, kept: SignIn, before: Token | None) -> bool:
        stale = before is not None and kept.token.access_token == before.access_token
        return not stale and not kept.token.has_ended(self._clock.now())

    def _ask_or_remember(self, kept: SignIn) -> SignIn:
        if self._refused is not None and self._refused[0] == kept.token:
            raise AuthenticationError(self._refused[1])
        try:
            return self._ask_xero(kept)
        except AuthenticationError as error:
            self._refused = kept.token, error.message
            raise

    def _ask_xero(self, kept: SignIn) -> SignIn:
        identity = self._identity.of(kept.options, kept.client_secret)
        if kept.custom:
            return replace(kept, token=identity.fetch(None))
        refused: AuthenticationError | None = None
        for refresh_token in kept.refresh_tokens(self._clock.now()):
            try:
                token = identity.fetch(Token("", None, refresh_token))
            except AuthenticationError as error:
                refused = refused or error
            else:
                return kept.renewed(token, refresh_token, self._clock.now())
        raise refused or AuthenticationError(
            "the sign-in has ended and Xero gave no refresh token with it; run xerosql login again"
        )
