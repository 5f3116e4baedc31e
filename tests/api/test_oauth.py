import json
from base64 import b64decode
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from xerosql.api.oauth import token_of, token_request, tokens_for
from xerosql.api.request import Response
from xerosql.api.retry import Policy
from xerosql.api.tokens import FixedToken, RenewedTokens, Token
from xerosql.api.transport import Transport
from xerosql.config import Settings
from xerosql.errors import AuthenticationError, InternalError, OperationalError

POLICY = Policy(jitter=lambda: 1.0)
GRANTED = {"access_token": "new", "expires_in": 1800, "token_type": "Bearer"}


class Identity:
    """Answers token requests from a list and remembers them."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str], dict[str, list[str]]]] = []

    def handle(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> object:
        self.asked.append((method, url, headers, parse_qs((body or b"").decode())))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, document = answer
        return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def tokens(clock, identity: Identity, on_token=None, **options: object):
    settings = Settings(**options)
    return tokens_for(settings, Transport(settings, identity.handle), clock, POLICY, on_token)


def test_a_custom_connection_signs_in_with_its_secret(clock) -> None:
    """By Basic authorisation at the identity server; the form names the scopes."""
    identity = Identity((200, GRANTED))
    source = tokens(clock, identity, client_id="id", client_secret="se:cret", scopes=("projects", "files"))
    assert source.access_token() == "new"
    method, url, headers, form = identity.asked[0]
    assert (method, url) == ("POST", "https://identity.xero.com/connect/token")
    assert b64decode(headers["Authorization"].removeprefix("Basic ")) == b"id:se:cret"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form == {"grant_type": ["client_credentials"], "scope": ["projects files"]}


def test_a_refresh_token_is_rotated(clock) -> None:
    """Each one works once: the next request carries the one that came last."""
    identity = Identity((200, GRANTED | {"refresh_token": "r2"}), (200, GRANTED | {"access_token": "newer"}))
    kept: list[Token] = []
    source = tokens(clock, identity, kept.append, client_id="id", client_secret="s", refresh_token="r1")
    assert source.access_token() == "new"
    source.expire("new")
    assert source.access_token() == "newer"
    assert [form["refresh_token"] for *_, form in identity.asked] == [["r1"], ["r2"]]
    assert [token.refresh_token for token in kept] == ["r2", "r2"]
    assert kept[0].expires_at == clock.now() + timedelta(minutes=30)


def test_a_public_app_names_itself_in_the_form(clock) -> None:
    """PKCE apps have no secret."""
    identity = Identity((200, GRANTED))
    tokens(clock, identity, client_id="id", refresh_token="r1").access_token()
    _, _, headers, form = identity.asked[0]
    assert "Authorization" not in headers
    assert form == {"grant_type": ["refresh_token"], "refresh_token": ["r1"], "client_id": ["id"]}


def test_an_access_token_beside_a_refresh_token_is_used_up_first(clock) -> None:
    """Nothing is fetched while it is good."""
    identity = Identity((200, GRANTED))
    ends = clock.now() + timedelta(minutes=5)
    source = tokens(clock, identity, client_id="id", refresh_token="r", access_token="old", token_expires_at=ends)
    assert source.access_token() == "old"
    clock.advance(300)
    assert source.access_token() == "new"


def test_the_way_to_sign_in_is_chosen_by_what_is_there(clock) -> None:
    """A refresh token, a fixed one, the app's secret, or an error that lists them."""
    assert isinstance(tokens(clock, Identity(), client_id="i", refresh_token="r", access_token="a"), RenewedTokens)
    assert isinstance(tokens(clock, Identity(), client_id="i", client_secret="s", access_token="a"), FixedToken)
    assert isinstance(tokens(clock, Identity(), client_id="i", client_secret="s"), RenewedTokens)
    for options in ({}, {"client_id": "i"}, {"refresh_token": "r"}):
        with pytest.raises(AuthenticationError, match="no way to sign in: run xerosql login, or give access_token"):
            tokens(clock, Identity(), **options)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "invalid_grant", "sign in again"),
        (400, "invalid_client", "client_id or client_secret is wrong"),
        (401, "invalid_client", "client_id or client_secret is wrong"),
        (400, "unauthorized_client", "needs a custom connection"),
        (400, "invalid_scope", "scopes"),
        (400, "something_new", "refused the sign-in (400)"),
    ],
)
def test_a_refused_sign_in_says_what_to_do(clock, status: int, code: str, words: str) -> None:
    """And is asked for once."""
    identity = Identity((status, {"error": code, "error_description": "hush"}))
    with pytest.raises(AuthenticationError) as caught:
        tokens(clock, identity, client_id="id", client_secret="hush").access_token()
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)
    assert caught.value.http_status == status


def test_trouble_at_the_identity_server_is_retried(clock) -> None:
    """Lost answers, 5xx and refusals; asking twice harms nothing."""
    identity = Identity(ConnectionResetError(), (503, {}), (429, {}), (200, GRANTED))
    assert tokens(clock, identity, client_id="id", refresh_token="r").access_token() == "new"
    assert clock.slept == [0.5, 1.0, 0.5]


def test_lasting_trouble_at_the_identity_server_is_an_operational_error(clock) -> None:
    """Not the user's fault, and not remembered."""
    source = tokens(clock, Identity(*[(503, {})] * 5), client_id="id", refresh_token="r")
    with pytest.raises(OperationalError, match="identity server failed") as caught:
        source.access_token()
    assert not isinstance(caught.value, AuthenticationError)
    assert caught.value.retryable
    source = tokens(clock, Identity(*[ConnectionRefusedError()] * 5), client_id="id", refresh_token="r")
    with pytest.raises(OperationalError, match="could not connect"):
        source.access_token()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"access_token": 5}', b'{"access_token": "a", "expires_in": "x"}']
)
def test_a_grant_without_a_token_makes_no_sense(clock, body: bytes) -> None:
    """And the message does not show it."""
    with pytest.raises(InternalError, match="without an access token"):
        token_of(Response(200, body=body), clock.now())


def test_no_secret_is_in_the_repr_of_a_token_request() -> None:
    """The form holds the refresh token."""
    request = token_request(Settings(client_id="i", refresh_token="s3cret"), Token("", None, "s3cret"))
    assert "s3cret" not in repr(request)
