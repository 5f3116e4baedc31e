"""Sign-in as identity.xero.com does it: consent, the token endpoint, revocation.

One app is registered, `demo` with the secret `demo-secret`. Where `strict` is off, any client id and secret will do.
A browser is shown a page on which its user allows access, to the organisations that they choose, or cancels; a program
is given consent at once, for every organisation.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from . import tokens
from .clock import fine_moment
from .consent import ALLOW, consent_page, error_page, wants_pages
from .exchange import Answer, Refused, Request, empty, ok
from .state import AccessToken, Code, Connection, Grant, RefreshToken
from .world import World

CLIENT_ID = "demo"
CLIENT_SECRET = "demo-secret"  # noqa: S105 - made up, and printed in the documentation
ACCOUNTING = (
    "invoices",
    "payments",
    "banktransactions",
    "manualjournals",
    "contacts",
    "settings",
    "attachments",
)
PAYROLL = ("employees", "payruns", "payslip", "settings", "timesheets")
REPORTS = (
    "aged",
    "balancesheet",
    "banksummary",
    "budgetsummary",
    "executivesummary",
    "profitandloss",
    "trialbalance",
)
AREAS = (
    "projects",
    "assets",
    "files",
    *(f"accounting.{area}" for area in ACCOUNTING),
    *(f"payroll.{area}" for area in PAYROLL),
)
SCOPES = {
    *("openid", "profile", "email", "offline_access", "app.connections", "accounting.budgets.read"),
    *(f"{area}{level}" for area in AREAS for level in ("", ".read")),
    *(f"accounting.reports.{report}.read" for report in REPORTS),
}
APP_SCOPES = [
    "projects",
    "accounting.contacts.read",
    "accounting.settings.read",
]  # of a custom connection

Form = dict[str, str]


class Identity:
    """Issues tokens. Its caller holds the lock."""

    def __init__(self, world: World, *, strict: bool) -> None:
        self._world = world
        self._strict = strict

    def authorize(self, request: Request) -> Answer:
        """302 to the redirect URI with a code and the `state` given; an error the app can act on goes there too.

        A browser gets a page first. What cannot go to the app (an unknown one, a wrong redirect) stays a page there.
        """
        form = dict(parse_qsl(request.query))
        try:
            self._check_app(form.get("client_id", ""))
            if not _is_allowed_redirect(form.get("redirect_uri", "")):
                raise _error("invalid_request")
        except Refused:
            if not wants_pages(request):
                raise
            return error_page("unauthorized_client", "Unknown client or invalid redirect_uri")
        return self._authorize(request, form)

    def _authorize(self, request: Request, form: Form) -> Answer:
        redirect = form["redirect_uri"]
        asked = form.get("scope", "").split()
        if form.get("response_type") != "code":
            return _redirect(redirect, {"error": "unsupported_response_type"}, form)
        if not asked or not set(asked) <= SCOPES:
            return _redirect(redirect, {"error": "invalid_scope"}, form)
        challenge = form.get("code_challenge")
        if challenge is not None and form.get("code_challenge_method") != "S256":
            return _redirect(redirect, {"error": "invalid_request"}, form)
        organisations = [each.tenant_id for each in self._world.state.organisations]
        if request.method == "POST":
            decision = parse_qsl(request.body.decode("latin-1"))
            if ("decision", ALLOW) not in decision:
                return _redirect(redirect, {"error": "access_denied"}, form)
            organisations = [tenant for tenant in organisations if ("organisation", tenant) in decision]
            self._disconnect_all_but(organisations)
        elif wants_pages(request):
            return consent_page(form["client_id"], asked, self._world.state.organisations)
        return self._consent(form, asked, organisations)

    def _consent(self, form: Form, asked: list[str], organisations: list[str]) -> Answer:
        redirect, challenge = form["redirect_uri"], form.get("code_challenge")
        grant = Grant(form["client_id"], asked, self._world.new_id("consent"))
        self._connect(organisations, grant.auth_event_id)
        code = self._opaque("code")
        expires = self._world.clock.now() + tokens.CODE_LIFETIME
        self._world.state.codes[code] = Code(grant, redirect, challenge, expires)
        return _redirect(redirect, {"code": code, "scope": " ".join(asked)}, form)

    def token(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode("latin-1")))
        client, secret = _credentials(request, form)
        self._check_app(client)
        ways: dict[str, Callable[[Form, str, str | None], Answer]] = {
            "client_credentials": self._by_credentials,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
        }
        way = ways.get(form.get("grant_type", ""))
        if way is None:
            raise _error("unsupported_grant_type")
        return way(form, client, secret)

    def revoke(self, request: Request) -> Answer:
        """Ends a refresh token and, as Xero does, every connection that its user made. Unknown tokens are fine too."""
        form = dict(parse_qsl(request.body.decode("latin-1")))
        client, secret = _credentials(request, form)
        self._check_app(client)
        known = self._world.state.refresh_tokens.get(form.get("token", ""))
        if known is not None:
            self._check_secret(secret, public=known.grant.public)
            state, event = self._world.state, known.grant.auth_event_id
            state.refresh_tokens = {
                token: kept for token, kept in state.refresh_tokens.items() if kept.grant.auth_event_id != event
            }
            state.connections.clear()
        return empty(200)

    def _by_credentials(self, form: Form, client: str, secret: str | None) -> Answer:
        """A custom connection: the first organisation, no refresh token; its own scopes if none are asked for."""
        self._check_secret(secret, public=False)
        asked = form.get("scope", "").split() or APP_SCOPES
        if not set(asked) <= SCOPES - {"offline_access"}:
            raise _error("invalid_scope")
        return self._issue(Grant(client, asked, self._world.new_id("consent"), custom=True), renewable=False)

    def _by_code(self, form: Form, client: str, secret: str | None) -> Answer:
        """A code issued with a challenge wants its verifier (and no secret); one without wants the secret."""
        code = self._world.state.codes.pop(form.get("code", ""), None)
        if code is None or code.expires <= self._world.clock.now():
            raise _error("invalid_grant")
        if code.redirect_uri != form.get("redirect_uri") or code.grant.client_id != client:
            raise _error("invalid_grant")
        if code.challenge is None:
            self._check_secret(secret, public=False)
        elif not tokens.answers(form.get("code_verifier", ""), code.challenge):
            raise _error("invalid_grant")
        code.grant.public = code.challenge is not None and secret is None
        return self._issue(code.grant, renewable="offline_access" in code.grant.scopes)

    def _by_refresh(self, form: Form, client: str, secret: str | None) -> Answer:
        """A new pair. The token it was bought with works for another half hour, in case the answer got lost."""
        now = self._world.clock.now()
        known = self._world.state.refresh_tokens.get(form.get("refresh_token", ""))
        if known is None or known.expires <= now or known.grant.client_id != client:
            raise _error("invalid_grant")
        self._check_secret(secret, public=known.grant.public)
        if known.replaced is None:
            known.replaced = now
        elif now > known.replaced + tokens.REFRESH_GRACE:
            raise _error("invalid_grant")
        return self._issue(known.grant, renewable=True)

    def _issue(self, grant: Grant, *, renewable: bool) -> Answer:
        state, now = self._world.state, self._world.clock.now()
        state.serial += 1
        access = tokens.access_token(grant, now, state.serial, state.seed)
        state.access_tokens[access] = AccessToken(grant, now + tokens.ACCESS_LIFETIME)
        content: dict[str, object] = {
            "access_token": access,
            "expires_in": tokens.ACCESS_LIFETIME,
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
        }
        if renewable:
            refresh = self._opaque("refresh")
            state.refresh_tokens[refresh] = RefreshToken(grant, now + tokens.REFRESH_LIFETIME)
            content["refresh_token"] = refresh
        if "openid" in grant.scopes and not grant.custom:
            content["id_token"] = tokens.identity_token(grant, now, state.seed)
        answer = ok(content)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _connect(self, organisations: list[str], event: str) -> None:
        """After a consent the organisations are connected, and their connections carry the consent's id."""
        state, now = self._world.state, fine_moment(self._world.clock.now()).rstrip("Z")
        known = {connection.tenant_id: connection for connection in state.connections}
        for tenant in organisations:
            connection = known.get(tenant)
            if connection is None:
                own = self._world.new_id("connection")
                state.connections.append(Connection(own, tenant, event, now, now))
            else:
                connection.auth_event_id, connection.updated_utc = event, now

    def _disconnect_all_but(self, organisations: list[str]) -> None:
        """What a user leaves unticked they cannot reach; at Xero disconnecting has a page of its own."""
        state = self._world.state
        state.connections = [each for each in state.connections if each.tenant_id in organisations]

    def _opaque(self, kind: str) -> str:
        self._world.state.serial += 1
        return tokens.opaque(self._world.state.seed, kind, self._world.state.serial)

    def _check_app(self, client: str) -> None:
        if not client or (self._strict and client != CLIENT_ID):
            raise _error("invalid_client")

    def _check_secret(self, secret: str | None, *, public: bool) -> None:
        if (secret is None and not public) or (self._strict and secret not in (None, CLIENT_SECRET)):
            raise _error("invalid_client")


def _credentials(request: Request, form: Form) -> tuple[str, str | None]:
    """Client id and secret from a Basic header or from the form; an app without a secret sends only its id."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret") or None
    try:
        client, _, secret = b64decode(rest, validate=True).decode().partition(":")
    except ValueError:
        raise _error("invalid_client") from None
    return client, secret


def _is_allowed_redirect(uri: str) -> bool:
    """https, or plain http to the name localhost; 127.0.0.1 will not do, by what integrators report."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")


def _redirect(uri: str, values: dict[str, str], form: Form) -> Answer:
    if "state" in form:
        values["state"] = form["state"]
    joint = "&" if urlsplit(uri).query else "?"
    return Answer(302, headers={"Location": f"{uri}{joint}{urlencode(values)}"})


def _error(code: str) -> Refused:
    """400 with an OAuth error code (RFC 6749, 5.2)."""
    return Refused(ok({"error": code}, 400))
