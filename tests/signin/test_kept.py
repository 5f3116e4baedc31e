"""Renewing what is kept: who asks Xero, with which refresh token, and what survives when an answer does not come."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs

import pytest
from filelock import FileLock, Timeout

from xerosql.api.oauth import tokens_for
from xerosql.api.retry import Policy
from xerosql.api.signin.store import SignIn, Store
from xerosql.api.tokens import Token, Tokens
from xerosql.api.transport import Transport
from xerosql.config import Settings
from xerosql.errors import AuthenticationError, OperationalError

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OPTIONS = {"client_id": "mine", "identity_url": "https://identity.xero.com"}
Grant = tuple[int, dict[str, object]]


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        self.time += timedelta(seconds=seconds)


class Xero:
    """Takes the refresh tokens in `good`, and answers with the next pair or loses the answer."""

    def __init__(self) -> None:
        self.good = {"r0"}
        self.lost = 0
        self.asked: list[dict[str, str]] = []
        self.hosts: list[str] = []
        self.while_asked: Callable[[], None] = lambda: None

    def handle(self, method: str, url: str, headers: dict[str, str], body: bytes) -> object:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.asked.append(form)
        self.hosts.append(url)
        self.while_asked()
        if self.lost:
            self.lost -= 1
            raise ConnectionResetError
        if form["grant_type"] == "refresh_token" and form["refresh_token"] not in self.good:
            return 400, {}, b'{"error": "invalid_grant"}'
        number = len(self.asked)
        answer: dict[str, object] = {"access_token": f"a{number}", "expires_in": 1800}
        if form["grant_type"] == "refresh_token":
            self.good.add(f"r{number}")
            answer["refresh_token"] = f"r{number}"
        return 200, {}, json.dumps(answer).encode()

    @property
    def used(self) -> list[str]:
        return [form["refresh_token"] for form in self.asked]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def xero() -> Xero:
    return Xero()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "default.json")
    store.save(SignIn(OPTIONS, Token("a0", START + timedelta(minutes=30), "r0")))
    return store


@pytest.fixture
def program(store: Store, xero: Xero, clock: Clock) -> Callable[[], Tokens]:
    """Makes the tokens of one program; several share the store as several processes would."""

    def start(**options: str) -> Tokens:
        settings = Settings(token_file=str(store.path), **OPTIONS | options)
        transport = Transport(settings, xero.handle)
        return tokens_for(settings, transport, clock, Policy(jitter=lambda: 1.0))

    return start


def test_what_is_kept_is_used_while_it_is_fresh(program: Callable[[], Tokens], xero: Xero) -> None:
    assert program().access_token() == "a0"
    assert xero.asked == []


def test_one_program_renews_and_the_others_take_what_it_kept(
    program: Callable[[], Tokens], xero: Xero, clock: Clock
) -> None:
    one, other = program(), program()
    assert (one.access_token(), other.access_token()) == ("a0", "a0")
    clock.sleep(1800)
    assert (one.access_token(), other.access_token(), program().access_token()) == ("a1", "a1", "a1")
    assert xero.used == ["r0"]


def test_a_token_that_xero_calls_expired_is_renewed_unless_somebody_has(
    program: Callable[[], Tokens], xero: Xero
) -> None:
    """Both have the old one and are told so; the second finds the fresher one in the store."""
    one, other = program(), program()
    for tokens in (one, other):
        tokens.expire(tokens.access_token())
    assert (one.access_token(), other.access_token()) == ("a1", "a1")
    assert xero.used == ["r0"]


def test_the_new_pair_is_kept_before_it_is_used(
    program: Callable[[], Tokens], store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it cannot be kept it is not used either, and the old one is still good for the grace."""
    clock.sleep(1800)
    tokens = program()
    with monkeypatch.context() as broken:
        broken.setattr(Store, "save", lambda *_: (_ for _ in ()).throw(OperationalError("disk full")))
        with pytest.raises(OperationalError, match="disk full"):
            tokens.access_token()
    assert tokens.access_token() == store.load().token.access_token == "a2"


def test_only_who_holds_the_lock_asks(program: Callable[[], Tokens], store: Store, xero: Xero, clock: Clock) -> None:
    clock.sleep(1800)
    seen: list[bool] = []

    def is_locked() -> None:
        lock = FileLock(f"{store.path}.lock", timeout=0)
        with pytest.raises(Timeout):
            lock.acquire()
        seen.append(True)

    xero.while_asked = is_locked
    program().access_token()
    assert seen == [True]


def test_a_lost_answer_is_asked_for_again_with_the_same_refresh_token(
    program: Callable[[], Tokens], xero: Xero, store: Store, clock: Clock
) -> None:
    xero.lost = 1
    clock.sleep(1800)
    assert program().access_token() == "a2"
    assert xero.used == ["r0", "r0"]
    assert store.load().refresh_tokens(clock.now()) == ("r2", "r0")


def test_a_program_that_dies_before_it_kept_the_answer_signs_nobody_out(
    program: Callable[[], Tokens], xero: Xero, clock: Clock
) -> None:
    """The next one asks with the refresh token that is still kept."""
    clock.sleep(1800)

    def die() -> None:
        raise KeyboardInterrupt

    xero.while_asked = die
    with pytest.raises(KeyboardInterrupt):
        program().access_token()
    xero.while_asked = lambda: None
    assert program().access_token() == "a2"


def test_a_refused_refresh_token_falls_back_on_the_one_before_in_its_grace(
    program: Callable[[], Tokens], xero: Xero, store: Store, clock: Clock
) -> None:
    """As when two machines without a common lock have renewed at once, and Xero dropped the one that is kept."""
    clock.sleep(1800)
    tokens = program()
    tokens.access_token()
    xero.good = {"r0"}
    tokens.expire("a1")
    assert tokens.access_token() == "a3"
    assert xero.used == ["r0", "r1", "r0"]


def test_after_its_grace_the_one_before_is_not_tried(program: Callable[[], Tokens], xero: Xero, clock: Clock) -> None:
    clock.sleep(1800)
    tokens = program()
    tokens.access_token()
    xero.good = set()
    clock.sleep(1801)
    with pytest.raises(AuthenticationError, match=r"invalid_grant.*sign in again \(xerosql login\)"):
        tokens.access_token()
    assert xero.used == ["r0", "r1"]


def test_a_refusal_is_remembered_until_somebody_signs_in_again(
    program: Callable[[], Tokens], xero: Xero, store: Store, clock: Clock
) -> None:
    """A server that runs on finds the new sign-in by itself."""
    xero.good = set()
    clock.sleep(1800)
    tokens = program()
    for _ in range(3):
        with pytest.raises(AuthenticationError, match="invalid_grant"):
            tokens.access_token()
    assert xero.used == ["r0"]
    store.save(SignIn(OPTIONS, Token("anew", clock.now() + timedelta(minutes=30), "r9")))
    assert tokens.access_token() == "anew"


def test_trouble_at_xero_is_not_remembered(program: Callable[[], Tokens], xero: Xero, clock: Clock) -> None:
    xero.lost = 5
    clock.sleep(1800)
    tokens = program()
    with pytest.raises(OperationalError) as caught:
        tokens.access_token()
    assert not isinstance(caught.value, AuthenticationError)
    assert tokens.access_token() == "a6"


def test_a_custom_connection_is_renewed_with_its_secret(
    program: Callable[[], Tokens], xero: Xero, store: Store, clock: Clock
) -> None:
    """And its access token is shared like any other."""
    store.save(SignIn(OPTIONS, Token("a0", START), custom=True, client_secret="s3cret"))
    assert (program().access_token(), program().access_token()) == ("a1", "a1")
    assert [form["grant_type"] for form in xero.asked] == ["client_credentials"]


def test_without_a_refresh_token_the_end_is_the_end(
    program: Callable[[], Tokens], xero: Xero, store: Store, clock: Clock
) -> None:
    store.save(SignIn(OPTIONS, Token("a0", START)))
    with pytest.raises(AuthenticationError, match="gave no refresh token with it; run xerosql login again"):
        program().access_token()
    assert xero.asked == []


def test_a_refresh_token_is_shown_to_the_server_that_gave_it_only(
    program: Callable[..., Tokens], xero: Xero, clock: Clock
) -> None:
    """Settings that point elsewhere, as for a simulator, do not send it there."""
    clock.sleep(1800)
    program(identity_url="http://127.0.0.1:8400", client_id="other").access_token()
    assert xero.hosts == ["https://identity.xero.com/connect/token"]
    assert xero.asked[0]["client_id"] == "mine"


def test_a_sign_in_that_is_gone_says_to_sign_in(program: Callable[[], Tokens], store: Store) -> None:
    store.forget()
    with pytest.raises(AuthenticationError, match=r"there is no sign-in in .*; run xerosql login"):
        program().access_token()
