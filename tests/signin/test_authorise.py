"""The address to open, and the answers that come back."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosql.api.signin.authorise import PORT, Authorisation, ForeignAnswerError, redirect_uri
from xerosql.config import Settings
from xerosql.errors import AuthenticationError

SCOPES = ("offline_access", "projects")
PUBLIC = Settings(client_id="mine")


def begun(settings: Settings = PUBLIC) -> Authorisation:
    return Authorisation.begin(settings, SCOPES, redirect_uri())


def query_of(authorisation: Authorisation, settings: Settings = PUBLIC) -> dict[str, str]:
    address = authorisation.address(settings)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def back(authorisation: Authorisation, **values: str) -> str:
    return f"{redirect_uri()}?{urlencode({'state': authorisation.state} | values)}"


def test_users_sign_in_at_xeros_login_page() -> None:
    authorisation = begun()
    assert authorisation.address(PUBLIC).startswith("https://login.xero.com/identity/connect/authorize?")
    query = query_of(authorisation)
    assert query["redirect_uri"] == f"http://localhost:{PORT}/callback"
    assert query["scope"] == "offline_access projects"
    assert query["response_type"] == "code"


def test_the_challenge_is_the_verifiers_hash_and_the_verifier_stays_here() -> None:
    """RFC 7636, S256: 43 to 128 characters, hashed, in base64 without padding."""
    authorisation = begun()
    query = query_of(authorisation)
    digest = hashlib.sha256(authorisation.verifier.encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert query["code_challenge_method"] == "S256"
    assert 43 <= len(authorisation.verifier) <= 128
    assert authorisation.verifier not in authorisation.address(PUBLIC)
    assert authorisation.exchange("c")["code_verifier"] == authorisation.verifier


def test_an_app_with_a_secret_proves_itself_with_that() -> None:
    settings = Settings(client_id="mine", client_secret="s3cret")
    authorisation = begun(settings)
    assert "code_challenge" not in query_of(authorisation, settings)
    assert set(authorisation.exchange("c")) == {"grant_type", "code", "redirect_uri"}
    assert "s3cret" not in authorisation.address(settings) + repr(authorisation)


def test_each_attempt_has_proofs_of_its_own_and_shows_none() -> None:
    one, other = begun(), begun()
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert one.state not in repr(one)
    assert one.verifier not in repr(one)


@pytest.mark.parametrize("shape", ["{}", "  {}\n", '"{}"', "<{}>"])
def test_the_code_is_found_in_the_pasted_address(shape: str) -> None:
    authorisation = begun()
    assert authorisation.code_in(shape.format(back(authorisation, code="c0de"))) == "c0de"


def test_the_code_is_found_in_the_query_alone() -> None:
    authorisation = begun()
    assert authorisation.code_in(back(authorisation, code="c0de").partition("?")[2]) == "c0de"


def test_an_answer_to_another_attempt_is_refused() -> None:
    """Even if it brings an error: somebody else could have sent it."""
    authorisation = begun()
    for values in ({"code": "c", "state": "x"}, {"code": "c", "state": ""}, {"error": "access_denied", "state": "x"}):
        with pytest.raises(ForeignAnswerError, match="belongs to another sign-in"):
            authorisation.code_in(back(authorisation, **values))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("access_denied", "press Allow access"),
        ("invalid_scope", "ask for less with --schemas"),
        ("unauthorized_client", "Mobile or desktop app"),
        ("invalid_request", "redirect URI"),
        ("server_error", "try again"),
        ("something_new", r"\(something_new\)"),
        ("<b>\x1b[2J" + "x" * 100, r"\(b2Jx+\)"),
    ],
)
def test_each_refusal_says_what_to_do(code: str, words: str) -> None:
    authorisation = begun()
    with pytest.raises(AuthenticationError, match=words) as caught:
        authorisation.code_in(back(authorisation, error=code))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["", "hello", "http://localhost:9376/callback", "http://[", "?", "http://x/?a=1"])
def test_what_holds_no_code_is_asked_for_again(text: str) -> None:
    with pytest.raises(AuthenticationError, match="paste the whole address"):
        begun().code_in(text)


@given(st.text())
def test_whatever_is_pasted_gives_our_error(text: str) -> None:
    with pytest.raises(AuthenticationError):
        begun().code_in(text)
