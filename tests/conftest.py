"""What all tests have in common: the user's own files, sign-ins and keyring are left alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xerosql.api import limits_file

if TYPE_CHECKING:
    from tests.signin.memory import Memory


def pytest_collection_finish() -> None:
    """Let the garbage collector forget the tests themselves: each of its rounds would look through thousands again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Directories that are not there yet. pytest's own `mktemp` would look through all that it has made so far."""
    parent = tmp_path_factory.mktemp("homes")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def no_sign_in_kept(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> None:
    """An empty place to keep sign-ins, also for settings that are read from a made-up environment."""
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("XEROSQL_HOME", str(home / "xerosql"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def memory() -> Iterator[Memory]:
    """A keyring that works, until the test ends."""
    import keyring

    from tests.signin.memory import Memory

    before, backend = keyring.get_keyring(), Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture(scope="session", autouse=True)
def state_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The limits that processes share stand in a directory of this test run, for the commands it starts too."""
    directory = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(directory))
        patch.setenv("XEROSQL_LIMITS_FILE", str(directory / "limits.sqlite"))
        patch.setattr(limits_file, "default_path", lambda: directory / "limits.sqlite")
        yield
