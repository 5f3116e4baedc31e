"""The address at which a user says yes, and what is in the address that Xero sends them back to. No I/O.

The proofs are those of RFC 6749 (state) and RFC 7636 (PKCE, S256). Three lines make them; a library for it would bring
an HTTP client of its own, past our proxies, certificates and errors.
Source: https://developer.xero.com/documentation/guides/oauth2/pkce-flow
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from xerosql.config import Settings
from xerosql.errors import AuthenticationError

PORT = 9376
"""X-E-R-O on a telephone. Xero compares redirect addresses letter by letter, so the port cannot be any free one."""

_XERO_SIGNS_IN_AT = "https://login.xero.com/identity"
_XERO_ISSUES_AT = "https://identity.xero.com"
_REFUSALS = {
    "access_denied": "access was not allowed; run xerosql login again and press Allow access",
    "invalid_scope": "Xero knows no such scope, or the app may not ask for it (invalid_scope); ask for less with "
    "--schemas and --scopes, or compare with the app's page at developer.xero.com",
    "unauthorized_client": "the app may not sign users in this way (unauthorized_client); for xerosql login it must be "
    "of the type Mobile or desktop app, or a Web app with its client secret",
    "invalid_request": "Xero did not understand the request (invalid_request); compare client id and redirect URI with "
    "the app's page at developer.xero.com",
    "server_error": "Xero had trouble of its own (server_error); try again in some minutes",
    "temporarily_unavailable": "Xero is busy (temporarily_unavailable); try again in some minutes",
}


class ForeignAnswerError(AuthenticationError):
    """An answer that belongs to another sign-in: an old page, or somebody who wants to slip in their own account."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """One attempt to sign in. `state` proves that the answer is ours, `verifier` that the code is."""

    client_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    proves_by_code: bool  # PKCE; an app with a secret proves itself with that
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def begin(cls, settings: Settings, scopes: Sequence[str], redirect_uri: str) -> Authorisation:
        """A new attempt, with new random proofs."""
        return cls(
            settings.client_id or "",
            tuple(scopes),
            redirect_uri,
            proves_by_code=not settings.client_secret,
            state=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(64),  # 86 characters, of the 43 to 128 that are allowed
        )

    def address(self, settings: Settings) -> str:
        """Where the user's browser goes."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": self.state,
        }
        if self.proves_by_code:
            query |= {"code_challenge": challenge_of(self.verifier), "code_challenge_method": "S256"}
        return f"{_signs_in_at(settings)}/connect/authorize?{urlencode(query)}"

    def code_in(self, redirected: str) -> str:
        """The code in the address, or the query alone, that the browser was sent back to.

        Raises ForeignAnswerError if it answers another attempt, AuthenticationError with what to do for what Xero or
        the user refused.
        """
        values = {name: each[-1] for name, each in parse_qs(_query_of(redirected)).items()}
        if not values.keys() & {"code", "error"}:
            raise AuthenticationError(
                "there is no code in that address; paste the whole address of the page that Xero sent the browser to, "
                f"which begins with {self.redirect_uri}"
            )
        if not hmac.compare_digest(values.get("state", "").encode(), self.state.encode()):
            raise ForeignAnswerError(
                "this answer belongs to another sign-in (its state differs); run xerosql login again, and use the page "
                "that this opens"
            )
        if "code" not in values:
            raise AuthenticationError(refusal(values["error"]))
        return values["code"]

    def exchange(self, code: str) -> dict[str, str]:
        """The form that turns the code into tokens; the app's id or secret is added by who sends it."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return form | {"code_verifier": self.verifier} if self.proves_by_code else form


def redirect_uri(port: int = PORT) -> str:
    """What the app's page must list, letter by letter. Xero takes `localhost` and does not take `127.0.0.1`."""
    return f"http://localhost:{port}/callback"


def challenge_of(verifier: str) -> str:
    """The S256 challenge for a verifier."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def refusal(code: str) -> str:
    """What an OAuth error at the redirect means for the user. An unknown code is cut down to what such codes are."""
    shown = "".join(each for each in code[:60] if each.isascii() and (each.isalnum() or each in "_-"))
    return _REFUSALS.get(code, f"Xero refused the sign-in ({shown}); run xerosql login again")


def _signs_in_at(settings: Settings) -> str:
    """Xero signs users in at another host than the one that issues tokens; elsewhere, both are one."""
    at_xero = settings.identity_url == _XERO_ISSUES_AT
    return _XERO_SIGNS_IN_AT if at_xero else settings.identity_url


def _query_of(redirected: str) -> str:
    text = redirected.strip().strip("'\"<>")
    try:
        return urlsplit(text).query if "?" in text else text.lstrip("?")
    except ValueError:
        return ""
