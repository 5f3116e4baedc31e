import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from xerosql.api.tokens import FixedToken, RenewedTokens, Token
from xerosql.errors import AuthenticationError, OperationalError


def test_many_threads_fetch_one_token(clock) -> None:
    """The others wait for the one that fetches, and take its token."""
    fetched, lock = [], threading.Lock()

    def fetch(before: Token | None) -> Token:
        time.sleep(0.01)
        with lock:
            fetched.append(before)
        return Token(f"token-{len(fetched)}", clock.now() + timedelta(minutes=30))

    tokens = RenewedTokens(fetch, clock)
    with ThreadPoolExecutor(8) as pool:
        seen = {future.result() for future in [pool.submit(tokens.access_token) for _ in range(8)]}
    assert seen == {"token-1"}
    assert fetched == [None]


def test_a_token_is_renewed_a_minute_before_it_ends(clock) -> None:
    """So that it does not end on the way."""
    count = iter(range(10))
    tokens = RenewedTokens(lambda _: Token(f"t{next(count)}", clock.now() + timedelta(minutes=30)), clock)
    assert tokens.access_token() == "t0"
    clock.advance(29 * 60 - 1)
    assert tokens.access_token() == "t0"
    clock.advance(1)
    assert tokens.access_token() == "t1"


def test_an_expired_token_is_renewed_once_for_all_who_saw_it_fail(clock) -> None:
    """The second thread's complaint is about a token that is gone already."""
    count = iter(range(10))
    tokens = RenewedTokens(lambda _: Token(f"t{next(count)}"), clock)
    assert tokens.access_token() == "t0"
    tokens.expire("t0")
    assert tokens.access_token() == "t1"
    tokens.expire("t0")
    assert tokens.access_token() == "t1"


def test_every_new_token_is_handed_over_to_be_kept(clock) -> None:
    """Refresh tokens work once, so the new one must not get lost."""
    kept = []

    def fetch(before: Token | None) -> Token:
        assert before is not None
        return Token("new", clock.now() + timedelta(minutes=30), f"{before.refresh_token}+")

    tokens = RenewedTokens(fetch, clock, Token("", None, "r"), kept.append)
    tokens.access_token()
    tokens.expire("new")
    tokens.access_token()
    assert [token.refresh_token for token in kept] == ["r+", "r++"]


def test_a_refused_sign_in_is_not_tried_again_and_trouble_is(clock) -> None:
    """A hundred pages must not mean a hundred refusals."""
    answers = [OperationalError("network"), AuthenticationError("revoked")]

    def fetch(_: Token | None) -> Token:
        raise answers.pop(0)

    tokens = RenewedTokens(fetch, clock)
    for kind in (OperationalError, AuthenticationError, AuthenticationError):
        with pytest.raises(kind):
            tokens.access_token()
    assert answers == []


def test_a_fixed_token_is_used_until_its_end(clock) -> None:
    """And then the error says so, before a call is made."""
    tokens = FixedToken(Token("t", clock.now() + timedelta(seconds=5)), clock)
    tokens.expire("t")
    assert tokens.access_token() == "t"
    assert not tokens.renewable
    clock.advance(5)
    with pytest.raises(AuthenticationError, match="ended at 2026-11-21 12:00:05 UTC"):
        tokens.access_token()


def test_a_token_shows_no_secret() -> None:
    """In its repr."""
    assert "s3" not in repr(Token("s3cret", None, "s3cret-too"))
