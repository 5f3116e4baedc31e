"""Where a sign-in is kept: the file, the keyring, and what happens when either fails."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import pytest

from tests.signin.memory import Memory
from xerosql.api.signin import ring
from xerosql.api.signin.store import GRACE, SignIn, Store, entry_name
from xerosql.api.tokens import Token
from xerosql.errors import AuthenticationError, OperationalError

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TOKEN = Token("access-s3cret", NOW + timedelta(minutes=30), "refresh-s3cret")
SIGN_IN = SignIn({"client_id": "mine", "tenant": "Books"}, TOKEN, client_secret="app-s3cret")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "signins" / "default.json")


def test_what_is_saved_is_found_again(store: Store) -> None:
    sign_in = replace(SIGN_IN, previous="before", previous_until=NOW, custom=True)
    store.save(sign_in)
    assert store.load() == store.load(complete=True) == sign_in


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_only_the_owner_can_read_the_file(store: Store) -> None:
    """Whatever the umask says, and after each replacement."""
    before = os.umask(0)
    try:
        for _ in range(2):
            store.save(SIGN_IN)
            with store.lock():
                pass
    finally:
        os.umask(before)
    for path in store.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_save_that_fails_leaves_the_old_sign_in(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves no half file and no litter; the error names the file and no secret."""
    store.save(SIGN_IN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OperationalError, match="No space left on device") as caught:
        store.save(replace(SIGN_IN, token=Token("new-s3cret", NOW, "newer-s3cret")))
    assert "s3cret" not in str(caught.value)
    assert store.load() == SIGN_IN
    assert [path.name for path in store.path.parent.iterdir()] == ["default.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"access_token": 1}', '{"options": [], "custom": 0}', "\0"])
def test_a_file_that_is_something_else_is_told(store: Store, text: str) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_text(text)
    with pytest.raises(AuthenticationError, match="not what xerosql login writes"):
        store.load()


def test_without_a_file_there_is_no_sign_in(store: Store) -> None:
    with pytest.raises(AuthenticationError, match="run xerosql login"):
        store.load()
    store.forget()


def test_no_secret_is_in_the_repr() -> None:
    assert "s3cret" not in repr(replace(SIGN_IN, previous="old-s3cret"))


def test_a_lock_that_cannot_be_had_is_told(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Because another holds it for too long, or because there is no place for it."""
    monkeypatch.setattr("xerosql.api.signin.store.LOCK_PATIENCE", 0.05)
    with store.lock(), pytest.raises(OperationalError, match="another process") as caught, Store(store.path).lock():
        pass
    assert caught.value.retryable
    (tmp_path / "file").write_text("")
    with pytest.raises(OperationalError, match="cannot be locked"), Store(tmp_path / "file" / "x.json").lock():
        pass


# -- The grace of the refresh token before ---------------------------------------------------------------------------


def test_the_refresh_token_before_is_kept_for_its_grace() -> None:
    renewed = SIGN_IN.renewed(Token("a2", None, "r2"), "refresh-s3cret", NOW)
    assert renewed.refresh_tokens(NOW) == ("r2", "refresh-s3cret")
    assert renewed.refresh_tokens(NOW + GRACE) == ("r2",)


def test_a_pair_bought_with_the_one_before_does_not_stretch_its_grace() -> None:
    renewed = SIGN_IN.renewed(Token("a2", None, "r2"), "refresh-s3cret", NOW)
    again = renewed.renewed(Token("a3", None, "r3"), "refresh-s3cret", NOW + GRACE / 2)
    assert again.refresh_tokens(NOW + GRACE / 2) == ("r3", "refresh-s3cret")
    assert again.refresh_tokens(NOW + GRACE) == ("r3",)


def test_a_refresh_token_that_stays_has_none_before_it() -> None:
    same = SIGN_IN.renewed(Token("a2", None, "refresh-s3cret"), "refresh-s3cret", NOW)
    assert same.refresh_tokens(NOW) == ("refresh-s3cret",)


# -- The keyring -----------------------------------------------------------------------------------------------------


def test_the_secrets_that_last_stand_in_the_keyring_alone(store: Store, memory: Memory) -> None:
    """The file has the access token, which is read often and dies soon."""
    sign_in = replace(SIGN_IN, keyring=entry_name("default"), previous="old-s3cret")
    store.save(sign_in)
    text = store.path.read_text()
    assert "access-s3cret" in text
    assert not any(secret in text for secret in ("refresh-s3cret", "app-s3cret", "old-s3cret"))
    assert store.load(complete=True) == sign_in
    assert store.load().token.refresh_token is None


def test_an_entry_is_small_enough_for_windows(store: Store, memory: Memory) -> None:
    """Which takes 2560 bytes of UTF-16; Xero's refresh tokens have 43 characters, its secrets 48."""
    token = Token("a" * 2000, NOW, "r" * 100)
    store.save(SignIn(SIGN_IN.options, token, client_secret="s" * 100, previous="p" * 100, keyring="k"))
    assert all(len(text) < 1000 for text in memory.entries.values())


def test_reading_the_access_token_does_not_open_the_keyring(store: Store, memory: Memory) -> None:
    store.save(replace(SIGN_IN, keyring="entry"))
    memory.locked = True
    assert store.load().token.access_token == "access-s3cret"
    with pytest.raises(AuthenticationError, match=r"cannot be opened from here \(KeyringLocked\); .*--no-keyring"):
        store.load(complete=True)


def test_saving_without_having_read_the_keyring_leaves_it(store: Store, memory: Memory) -> None:
    store.save(replace(SIGN_IN, keyring="entry"))
    store.save(store.load())
    assert store.load(complete=True).token.refresh_token == "refresh-s3cret"


def test_an_entry_that_is_gone_or_broken_is_told(store: Store, memory: Memory) -> None:
    store.save(replace(SIGN_IN, keyring="entry"))
    for text in ("", "not JSON", "[]"):
        memory.entries["xerosql", "entry"] = text
        with pytest.raises(AuthenticationError, match="does not hold this sign-in any more"):
            store.load(complete=True)


def test_another_sign_in_takes_the_entry_of_the_one_before_with_it(store: Store, memory: Memory) -> None:
    store.save(replace(SIGN_IN, keyring="first"))
    store.replace(replace(SIGN_IN, keyring="second"))
    assert [name for _, name in memory.entries] == ["second"]
    store.forget()
    assert memory.entries == {}
    assert not store.path.exists()


def test_a_keyring_is_used_if_it_gives_back_what_it_got(memory: Memory) -> None:
    """The probe leaves nothing behind; a locked one, or the stand-in of machines without one, is none."""
    assert ring.is_usable()
    assert memory.entries == {}
    memory.locked = True
    assert not ring.is_usable()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert not ring.is_usable()


def test_without_the_library_there_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a sign-in that was kept in one says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert not ring.is_usable()
    with pytest.raises(AuthenticationError, match=r"pip install 'xerosql\[keyring\]'"):
        ring.read("entry")


def test_the_file_is_json_that_others_can_read(store: Store) -> None:
    """Configuration reads its options without the rest."""
    store.save(SIGN_IN)
    assert json.loads(store.path.read_text())["options"] == {"client_id": "mine", "tenant": "Books"}
