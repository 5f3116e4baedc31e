"""No test sees the sign-ins of whoever runs the tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_sign_in_kept(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty place to keep sign-ins, also for settings that are read from a made-up environment."""
    home: Path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XEROSQL_HOME", str(home / "xerosql"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
