"""What docs/connect/superset.md says to type can be typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.docs.examples import ROOT
from xerosql.config import load_settings
from xerosql.sqlalchemy import XeroDialect
from xerosql.superset.grains import grains

PAGE = (ROOT / "docs" / "connect" / "superset.md").read_text(encoding="utf-8")
#: Most that a picture may weigh, in bytes.
LIMIT = 150_000


@pytest.mark.parametrize("uri", sorted(set(re.findall(r"`(xerosql://[^`…]*)`", PAGE))))
def test_its_uris_are_understood(uri: str, tmp_path: Path) -> None:
    """Each option exists and takes its value; profiles are whatever the reader has."""
    _, options = XeroDialect().create_connect_args(make_url(uri))
    nobody = {"XEROSQL_CONFIG": str(tmp_path / "none"), "XEROSQL_HOME": str(tmp_path)}
    settings = load_settings(None, options, nobody)
    assert settings.read_only is ("read_only=true" in uri)
    assert settings.max_age == (900 if "max_age" in uri else 0)


def test_its_numbers_are_right() -> None:
    assert f"all {len(grains()) - 1} |" in PAGE
    assert len(set(re.findall(r"`(xerosql://[^`…]*)`", PAGE))) > 5


@pytest.mark.parametrize("picture", re.findall(r"\((superset-[\w-]+\.png)\)", PAGE))
def test_its_pictures_are_small(picture: str) -> None:
    assert (ROOT / "docs" / "connect" / picture).stat().st_size < LIMIT
