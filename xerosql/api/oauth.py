"""Signing in at Xero's identity server: the requests for tokens and the reading of its answers.

The forms below are written by hand: they carry a few fields each and must pass through our own transport (proxies,
certificates, in-process simulator, errors), which the OAuth libraries cannot: requests-oauthlib brings a session of its
own that follows redirects, authlib another one. Importing either would cost 50 ms before the first row besides.
Source: https://developer.xero.com/documentation/guides/oauth2/
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from xerosql.api.clock import Clock
from xerosql.api.request import Request, Response
from xerosql.api.retry import Attempt, History, Policy, Repeat, Retry, decide
from xerosql.api.tokens import FixedToken, RenewedTokens, Token, Tokens
from xerosql.api.transport import Fields, Transport
from xerosql.config import Settings
from xerosql.errors import AuthenticationError, InternalError, OperationalError

_LONGEST_LIFE = 366 * 24 * 60 * 60  # of an access token, in seconds; a longer one is a broken answer
OnToken = Callable[[Token], None]
TOKEN_PATH = "/connect/token"  # noqa: S105 - a path
REVOCATION_PATH = "/connect/revocation"

_WHAT_TO_DO = {
    "invalid_grant": "the refresh token has been used, revoked or not used for 60 days: sign in again (xerosql login)",
    "invalid_client": "client_id or client_secret is wrong: compare them with the app's page at developer.xero.com",
    "unauthorized_client": "this app may not sign in this way: client_id with client_secret needs a custom connection",
    "invalid_scope": "the app has not got one of these scopes: compare them with the app's page at developer.xero.com",
}


_BAD_CODE = (
    "Xero does not take the code (invalid_grant): it has been used, is older than five minutes, or was made for "
    "another app or redirect URI; run xerosql login again"
)


def tokens_for(
    settings: Settings, transport: Transport, clock: Clock, policy: Policy, on_token: OnToken | None = None
) -> Tokens:
    """Choose the way to sign in: tokens that are given, else those that `xerosql login` keeps, else the app's secret.

    Raises AuthenticationError when the settings hold none of these.
    """
    given = Token(settings.access_token or "", settings.token_expires_at, settings.refresh_token)
    identity = Identity(settings, transport, clock, policy)
    if settings.refresh_token and settings.client_id:
        return RenewedTokens(identity.fetch, clock, given, on_token)
    if settings.access_token:
        return FixedToken(given, clock)
    if settings.token_file:
        return _kept(Path(settings.token_file), identity, clock, on_token)
    if settings.client_id and settings.client_secret:
        return RenewedTokens(identity.fetch, clock, None, on_token)
    raise AuthenticationError(
        "no way to sign in: run xerosql login, or give access_token, or client_id and client_secret of a custom "
        "connection, or refresh_token and client_id (as an option, in the environment or in a profile)"
    )


def sign_in_of(settings: Settings) -> str:
    """What the tokens come from, by the same choice as in `tokens_for`. Signing in anew makes it another."""
    if settings.refresh_token and settings.client_id:
        parts = ["refreshed", settings.client_id, settings.refresh_token]
    elif settings.access_token:
        parts = ["given", settings.access_token]
    elif settings.token_file:
        parts = ["kept", _kept_name(Path(settings.token_file))]
    else:
        parts = ["custom", settings.client_id or "", settings.client_secret or "", *sorted(settings.scopes)]
    return json.dumps([settings.base_url, *parts])


def _kept_name(path: Path) -> str:
    from xerosql.api.signin.store import Store

    sign_in = Store(path).load()
    return sign_in.name or sign_in.token.access_token


def _kept(path: Path, identity: Identity, clock: Clock, on_token: OnToken | None) -> Tokens:
    from xerosql.api.kept import Renewal
    from xerosql.api.signin.store import Store

    return RenewedTokens(Renewal(Store(path), identity, clock).fetch, clock, None, on_token, remembers=False)


class Identity:
    """Xero's identity server. Asking it counts against no organisation's quota."""

    def __init__(self, settings: Settings, transport: Transport, clock: Clock, policy: Policy) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._policy = policy

    def fetch(self, before: Token | None) -> Token:
        """A new token, by the refresh token in the one `before`, or by the app's own secret.

        Network trouble is retried: asking twice is harmless, as the refresh token before the last is good for another
        30 minutes. Raises AuthenticationError when Xero refuses, OperationalError when it does not answer.
        """
        request = token_request(self._settings, before)
        return token_of(self._ask(request, Repeat.ALWAYS), self._clock.now(), before)

    def of(self, options: Mapping[str, str], client_secret: str | None) -> Identity:
        """The server and the app that a kept sign-in is for: its tokens are shown to no other."""
        own: dict[str, Any] = {name: options[name] for name in ("client_id", "identity_url") if name in options}
        settings = replace(self._settings, client_secret=client_secret or self._settings.client_secret, **own)
        return Identity(settings, self._transport, self._clock, self._policy)

    def redeem(self, form: Mapping[str, str]) -> Token:
        """The tokens for the code of an authorisation. Sent once, as a code is good for one use.

        Raises AuthenticationError when Xero refuses, OperationalError when its answer does not come.
        """
        response = self._ask(_form(self._settings, TOKEN_PATH, form), Repeat.NEVER)
        if not response.ok and _document(response).get("error") == "invalid_grant":
            raise AuthenticationError(_BAD_CODE, http_status=response.status)
        return token_of(response, self._clock.now())

    def revoke(self, refresh_token: str) -> None:
        """End a sign-in at Xero, with the connections that its user made for the app. Fine if it has ended already.

        Raises AuthenticationError when Xero refuses, OperationalError when it does not answer.
        """
        response = self._ask(_form(self._settings, REVOCATION_PATH, {"token": refresh_token}), Repeat.ALWAYS)
        if not response.ok:
            raise _refused(response, str(_document(response).get("error") or ""))

    def _ask(self, request: Request, repeat: Repeat) -> Response:
        history = History(repeat, renewable=False)
        while True:
            attempt = self._attempt(request)
            history = history.after(attempt)
            decision = decide(history, attempt, self._policy)
            if not isinstance(decision, Retry):
                return attempt.response()
            self._clock.sleep(decision.delay)

    def _attempt(self, request: Request) -> Attempt:
        sent_at = self._clock.monotonic()
        outcome = self._transport.send(request, _app_headers(self._settings), base=self._settings.identity_url)
        return Attempt.of(outcome, sent_at, self._clock.monotonic(), self._clock.now())


def token_request(settings: Settings, before: Token | None) -> Request:
    """The form that asks for a token. Public apps (PKCE) have no secret and name themselves in the form instead."""
    form: dict[str, str] = {"grant_type": "client_credentials"}
    if before is not None and before.refresh_token:
        form = {"grant_type": "refresh_token", "refresh_token": before.refresh_token}
    elif settings.scopes:
        form["scope"] = " ".join(settings.scopes)
    return _form(settings, TOKEN_PATH, form)


def _form(settings: Settings, path: str, form: Mapping[str, str]) -> Request:
    """A form post. An app with a secret names itself in a header, one without in the form."""
    own = {} if settings.client_secret else {"client_id": settings.client_id or ""}
    body = urlencode({**form, **own}).encode("ascii")
    return Request("POST", path, body=body, content_type="application/x-www-form-urlencoded")


def _app_headers(settings: Settings) -> Fields:
    if not settings.client_secret:
        return ()
    pair = f"{settings.client_id}:{settings.client_secret}".encode()
    return (("Authorization", "Basic " + b64encode(pair).decode("ascii")),)


def token_of(response: Response, now: datetime, before: Token | None = None) -> Token:
    """Read the answer. Xero sends a new refresh token each time; should it not, the one `before` stays.

    Raises AuthenticationError with what to do for the refusals that OAuth names, OperationalError for the others.
    """
    document = _document(response)
    if not response.ok:
        raise _refused(response, str(document.get("error") or ""))
    access_token, expires_in = document.get("access_token"), document.get("expires_in", 1800)
    is_age = isinstance(expires_in, (int, float)) and 0 <= expires_in <= _LONGEST_LIFE
    if not isinstance(access_token, str) or not access_token or not is_age:
        raise InternalError("Xero's identity server answered without an access token")
    kept, renewed = before.refresh_token if before else None, document.get("refresh_token")
    refresh_token = renewed if renewed and isinstance(renewed, str) else kept
    return Token(access_token, now + timedelta(seconds=expires_in), refresh_token)


def _refused(response: Response, code: str) -> OperationalError:
    if code in _WHAT_TO_DO:
        return AuthenticationError(
            f"Xero refused the sign-in ({code}): {_WHAT_TO_DO[code]}", http_status=response.status
        )
    if response.status in {400, 401, 403}:
        return AuthenticationError(f"Xero refused the sign-in ({response.status})", http_status=response.status)
    sentence = f"Xero's identity server failed ({response.status}); try again later"
    return OperationalError(sentence, http_status=response.status, retryable=True)


def _document(response: Response) -> dict[str, Any]:
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
