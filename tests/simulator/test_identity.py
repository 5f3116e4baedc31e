"""Sign-in: tokens, scopes, consent, and which organisations a token reaches."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from xerosql.simulator import ManualClock, Simulator

SECRET = {"client_id": "demo", "client_secret": "demo-secret"}
HOME = "http://localhost:8765/callback"


class App:
    """An app that signs in at a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> tuple[int, Any]:
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        status, _, body = self.simulator.handle("POST", path, sent, urlencode(form).encode())
        return status, json.loads(body) if body else None

    def token(self, **form: str) -> dict[str, Any]:
        status, answer = self.post("https://identity.xero.com/connect/token", **form)
        assert status == 200, answer
        return answer

    def refusal(self, **form: str) -> str:
        status, answer = self.post("/connect/token", **form)
        assert status == 400
        return answer["error"]

    def custom(self, **form: str) -> dict[str, Any]:
        return self.token(grant_type="client_credentials", **SECRET, **form)

    def consent(self, scope: str = "openid offline_access projects", **query: str) -> dict[str, str]:
        """What comes back at the redirect URI."""
        asked = {"response_type": "code", "client_id": "demo", "redirect_uri": HOME, "scope": scope, "state": "s1"}
        target = f"https://login.xero.com/identity/connect/authorize?{urlencode(asked | query)}"
        status, headers, _ = self.simulator.handle("GET", target, {})
        assert status == 302
        return {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}

    def signed_in(self, scope: str = "offline_access projects") -> dict[str, Any]:
        code = self.consent(scope)["code"]
        return self.token(grant_type="authorization_code", code=code, redirect_uri=HOME, **SECRET)

    def renewed(self, refresh_token: str) -> dict[str, Any]:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **SECRET)

    def tenants(self, token: str) -> list[str]:
        _, _, body = self.simulator.handle("GET", "/connections", {"Authorization": f"Bearer {token}"})
        return [row["tenantId"] for row in json.loads(body)]


@pytest.fixture
def simulator(clock: ManualClock) -> Simulator:
    return Simulator(auth=True, clock=clock, limits=False)


@pytest.fixture
def app(simulator: Simulator) -> App:
    return App(simulator)


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_custom_connection_needs_no_tenant_and_has_no_refresh_token(app: App, connect: Any) -> None:
    """Half an hour, the scopes of the app, one organisation; the tenant header may be absent or right, not another."""
    answer = app.custom()
    assert (answer["expires_in"], answer["token_type"]) == (1800, "Bearer")
    assert "refresh_token" not in answer
    token, tenants = answer["access_token"], app.simulator.tenants
    assert claims(token)["exp"] - claims(token)["nbf"] == 1800
    assert app.tenants(token) == [tenants[0][0]]
    for tenant, status in (("", 200), (tenants[0][0].upper(), 200), (tenants[1][0], 403)):
        assert connect(app.simulator, tenant, token).get("/ProjectsUsers").status == status


def test_client_credentials_come_in_the_header_or_the_form(app: App) -> None:
    """Basic or body; a wrong or missing secret, or an unknown app, is invalid_client."""
    basic = {"Authorization": f"Basic {base64.b64encode(b'demo:demo-secret').decode()}"}
    assert app.post("/connect/token", basic, grant_type="client_credentials", scope="projects.read")[0] == 200
    for form in (
        {"client_id": "demo", "client_secret": "wrong"},
        {"client_id": "demo"},
        {"client_id": "stranger", "client_secret": "demo-secret"},
        {},
    ):
        assert app.refusal(grant_type="client_credentials", **form) == "invalid_client"
    broken = {"Authorization": "Basic %%%"}
    assert app.post("/connect/token", broken, grant_type="client_credentials")[1] == {"error": "invalid_client"}
    assert app.refusal(grant_type="password", **SECRET) == "unsupported_grant_type"
    assert app.refusal(grant_type="client_credentials", scope="projects everything", **SECRET) == "invalid_scope"


def test_tokens_expire_after_half_an_hour(app: App, connect: Any, clock: ManualClock) -> None:
    """401 says TokenExpired, an unknown token and none at all say something else."""
    client = connect(app.simulator, token=app.custom()["access_token"])
    clock.advance(1799)
    assert client.get("/ProjectsUsers").status == 200
    clock.advance(1)
    late = client.get("/ProjectsUsers")
    assert (late.status, late.json["Title"]) == (401, "Unauthorized")
    assert late.json["Detail"].startswith("TokenExpired: ")
    assert connect(app.simulator, token="forged").get("/ProjectsUsers").json["Detail"] == "AuthenticationUnsuccessful"
    status, headers, _ = app.simulator.handle("GET", "/projects.xro/2.0/Projects", {})
    assert status == 401
    assert headers["Xero-Correlation-Id"]


def test_scopes_are_enforced(app: App, connect: Any) -> None:
    """A reader cannot write, and who asked for nothing of Projects cannot read: both are 401, not 403."""
    reader = connect(app.simulator, token=app.custom(scope="projects.read")["access_token"])
    project = f"/Projects/{reader.project()['projectId']}"
    assert reader.get(project).status == 200
    assert reader.send("PATCH", project, {"status": "CLOSED"}).json["Detail"] == "AuthorizationUnsuccessful"
    other = connect(app.simulator, token=app.custom(scope="accounting.contacts.read")["access_token"])
    assert other.get(project).status == 401


def test_a_wrong_or_missing_tenant_is_forbidden(app: App, connect: Any) -> None:
    """403 AuthenticationUnsuccessful, for a user's token that names none, too."""
    token = app.signed_in()["access_token"]
    for tenant in ("", "nobody"):
        reply = connect(app.simulator, tenant, token).get("/ProjectsUsers")
        assert (reply.status, reply.json["Title"]) == (403, "Forbidden")
        assert reply.json["Detail"] == "AuthenticationUnsuccessful"


def test_a_user_signs_in_and_reaches_every_organisation(app: App) -> None:
    """The consent comes back at once with the state; its id is in the token and on every connection."""
    back = app.consent()
    assert (back["state"], back["scope"]) == ("s1", "openid offline_access projects")
    answer = app.token(grant_type="authorization_code", code=back["code"], redirect_uri=HOME, **SECRET)
    assert claims(answer["id_token"])["aud"] == "demo"
    token = answer["access_token"]
    assert app.tenants(token) == [tenant for tenant, _ in app.simulator.tenants]
    event = claims(token)["authentication_event_id"]
    asked = f"/Connections?authEventId={event}"
    _, _, body = app.simulator.handle("GET", asked, {"Authorization": f"Bearer {token}"})
    assert len(json.loads(body)) == 3


def test_a_code_works_once_for_five_minutes_at_its_redirect_uri(app: App, clock: ManualClock) -> None:
    """Everything else is invalid_grant."""
    form = {"grant_type": "authorization_code", "redirect_uri": HOME, **SECRET}
    code = app.consent()["code"]
    app.token(code=code, **form)
    assert app.refusal(code=code, **form) == "invalid_grant"
    assert app.refusal(code=app.consent()["code"], **form | {"redirect_uri": f"{HOME}/"}) == "invalid_grant"
    code = app.consent()["code"]
    clock.advance(300)
    assert app.refusal(code=code, **form) == "invalid_grant"


def test_pkce_proves_itself_by_the_verifier(app: App) -> None:
    """No secret, then or at the refresh; a wrong or missing verifier fails; only S256 is taken."""
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    form = {"grant_type": "authorization_code", "redirect_uri": HOME, "client_id": "demo"}
    answer = app.token(code=app.consent(**asked)["code"], code_verifier=verifier, **form)
    renewed = app.token(grant_type="refresh_token", refresh_token=answer["refresh_token"], client_id="demo")
    assert renewed["access_token"] != answer["access_token"]
    assert app.refusal(code=app.consent(**asked)["code"], code_verifier="w" * 43, **form) == "invalid_grant"
    assert app.refusal(code=app.consent(**asked)["code"], **form) == "invalid_grant"
    assert app.refusal(code=app.consent()["code"], **form) == "invalid_client"
    assert app.consent(code_challenge=verifier, code_challenge_method="plain")["error"] == "invalid_request"


def test_consent_is_refused_for_what_the_app_may_not_ask(app: App) -> None:
    """An unknown scope fails the whole; plain http is for the name localhost only."""
    assert app.consent("projects everything") == {"error": "invalid_scope", "state": "s1"}
    assert app.consent(response_type="token")["error"] == "unsupported_response_type"
    for uri in ("http://127.0.0.1:8765/callback", "myapp://callback", ""):
        query = urlencode({"response_type": "code", "client_id": "demo", "redirect_uri": uri, "scope": "projects"})
        assert app.simulator.handle("GET", f"/identity/connect/authorize?{query}", {})[0] == 400


def test_refresh_tokens_rotate_with_half_an_hour_of_grace(app: App, clock: ManualClock) -> None:
    """Each refresh gives a new pair; the old one can be tried again for 30 minutes after it was first exchanged."""
    first = app.signed_in()["refresh_token"]
    second = app.renewed(first)["refresh_token"]
    assert second != first
    clock.advance(1800)
    assert app.renewed(first)["access_token"]
    clock.advance(1)
    assert app.refusal(grant_type="refresh_token", refresh_token=first, **SECRET) == "invalid_grant"
    assert app.renewed(second)["access_token"]


def test_refresh_tokens_die_after_sixty_days(app: App, clock: ManualClock) -> None:
    """Unused that long, they are invalid_grant; without offline_access there was none to begin with."""
    token = app.signed_in()["refresh_token"]
    clock.advance(60 * 86_400)
    assert app.refusal(grant_type="refresh_token", refresh_token=token, **SECRET) == "invalid_grant"
    assert "refresh_token" not in app.signed_in("projects")


def test_revoking_ends_the_sign_in_and_its_connections(app: App, connect: Any) -> None:
    """200 with nothing; the refresh token is dead and every organisation forbidden until the next consent."""
    answer = app.signed_in()
    assert app.post("/connect/revocation", token="unknown", **SECRET) == (200, None)
    assert app.post("/connect/revocation", token=answer["refresh_token"], **SECRET) == (200, None)
    form = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    assert app.refusal(**form, **SECRET) == "invalid_grant"
    assert connect(app.simulator, token=answer["access_token"]).get("/ProjectsUsers").status == 403
    assert len(app.tenants(app.signed_in()["access_token"])) == 3


def test_a_deleted_connection_is_forbidden_until_the_next_consent(app: App, connect: Any) -> None:
    """204, then 403 for that organisation and 404 for the connection; the others go on."""
    token = app.signed_in()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    first = json.loads(app.simulator.handle("GET", "/connections", bearer)[2])[0]
    statuses = [app.simulator.handle("DELETE", f"/connections/{first['id']}", bearer)[0] for _ in range(2)]
    assert statuses == [204, 404]
    assert connect(app.simulator, first["tenantId"], token).get("/ProjectsUsers").status == 403
    assert connect(app.simulator, app.simulator.tenants[1][0], token).get("/ProjectsUsers").status == 200
    assert first["tenantId"] in app.tenants(app.signed_in()["access_token"])


def test_without_auth_any_bearer_and_any_app_will_do(connect: Any, clock: ManualClock) -> None:
    """A token is still needed, and the tenant must still be right."""
    simulator = Simulator(clock=clock)
    app = App(simulator)
    form = {"grant_type": "client_credentials", "client_id": "mine", "client_secret": "any"}
    for token in ("made-up", app.token(**form)["access_token"]):
        assert app.tenants(token) == [tenant for tenant, _ in simulator.tenants]
        assert connect(simulator, token=token).get("/ProjectsUsers").status == 200
        assert connect(simulator, "nobody", token).get("/ProjectsUsers").status == 403
    assert connect(simulator, token="").get("/ProjectsUsers").status == 401
    assert simulator.handle("GET", "/connect/token", {})[0] == 405
