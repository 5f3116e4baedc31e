"""Coming in and going out: what `xerosql login` and `xerosql logout` do, without the talking."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from xerosql.api.client import Client
from xerosql.api.clock import SystemClock
from xerosql.api.oauth import Identity
from xerosql.api.retry import Policy
from xerosql.api.signin import ring
from xerosql.api.signin.authorise import Authorisation
from xerosql.api.signin.store import SignIn, Store, entry_name
from xerosql.api.tenants import Connection, find
from xerosql.api.tokens import Token
from xerosql.api.transport import Handler, Transport
from xerosql.config import DEFAULT, Settings


class Entrance:
    """Signs one profile in and out. `path` is where its sign-in is kept."""

    def __init__(self, settings: Settings, path: Path, *, handler: Handler | None = None) -> None:
        self._settings = settings
        self._store = Store(path)
        self._handler = handler
        self._clock = SystemClock()
        self._transport = Transport(settings, handler)
        self._identity = Identity(settings, self._transport, self._clock, Policy())

    # -- In ----------------------------------------------------------------------------------------------------------

    def begin(self, scopes: Sequence[str], redirect_uri: str) -> Authorisation:
        """A new attempt: open its `address` in a browser."""
        return Authorisation.begin(self._settings, scopes, redirect_uri)

    def redeem(self, authorisation: Authorisation, redirected: str) -> SignIn:
        """The sign-in for the address that the browser was sent back to.

        Raises AuthenticationError for what Xero or the user refused, OperationalError when Xero does not answer.
        """
        form = authorisation.exchange(authorisation.code_in(redirected))
        return self._sign_in(self._identity.redeem(form), custom=False)

    def with_secret(self) -> SignIn:
        """The sign-in of a custom connection, by its id and secret. Raises as `redeem` does."""
        return self._sign_in(self._identity.fetch(None), custom=True)

    def organisations(self, sign_in: SignIn) -> tuple[Connection, ...]:
        """What it reaches. Raises AuthenticationError when the organisation that the settings name is not among it."""
        own = replace(
            self._settings, access_token=sign_in.token.access_token, token_expires_at=None, refresh_token=None
        )
        with Client(own, handler=self._handler) as client:
            connected = client.connections()
        if self._settings.tenant:
            find(connected, self._settings.tenant)
        return connected

    def keep(self, sign_in: SignIn, *, keyring: bool) -> SignIn:
        """Keep it in the place of the one before, its secrets in the keyring if that is wanted and there is one.

        Raises OperationalError when it cannot be saved.
        """
        entry = entry_name(self._settings.profile or DEFAULT) if keyring and ring.is_usable() else None
        kept = replace(sign_in, keyring=entry)
        with self._store.lock():
            self._store.replace(kept)
        return kept

    def _sign_in(self, token: Token, *, custom: bool) -> SignIn:
        settings = self._settings
        options = {
            "client_id": settings.client_id,
            "base_url": settings.base_url,
            "identity_url": settings.identity_url,
            "tenant": settings.tenant,
            "scopes": " ".join(settings.scopes) if custom else None,
        }
        named = {name: value for name, value in options.items() if value}
        return SignIn(named, token, custom=custom, client_secret=settings.client_secret, name=secrets.token_hex(16))

    # -- Out ---------------------------------------------------------------------------------------------------------

    def leave(self, *, revoke: bool) -> bool:
        """Forget the sign-in, after ending it at Xero if `revoke`. Whether there was something to end there.

        Raises AuthenticationError when none is kept, and what `Identity.revoke` raises; nothing is forgotten then.
        """
        with self._store.lock():
            revoked = revoke and self._revoke()
            self._store.forget()
        return revoked

    def _revoke(self) -> bool:
        kept = self._store.load(complete=True)
        if kept.token.refresh_token is None:
            return False
        self._identity.of(kept.options, kept.client_secret).revoke(kept.token.refresh_token)
        return True

    # -- Closing -----------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()
