"""What all tests have in common: the user's own files are left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xerosql.api import limits_file


@pytest.fixture(scope="session", autouse=True)
def state_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The limits that processes share stand in a directory of this test run, for the commands it starts too."""
    directory = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(directory))
        patch.setenv("XEROSQL_LIMITS_FILE", str(directory / "limits.sqlite"))
        patch.setattr(limits_file, "default_path", lambda: directory / "limits.sqlite")
        yield
