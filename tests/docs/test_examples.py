"""Every example of README.md and docs/ runs, and shows what the page says."""

from __future__ import annotations

import os
import re
from importlib.metadata import version
from pathlib import Path

import pytest

import xerosql
from tests.docs.examples import ROOT, Page, examples_of, matches, pages
from xerosql.connection import demo_simulator

LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#\s]+)[^)]*\)")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Page:
    """A fresh demo in an empty directory, with nothing configured."""
    for name in list(os.environ):
        if name.startswith("XEROSQL_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XEROSQL_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.chdir(tmp_path)
    demo_simulator.cache_clear()
    return Page(xerosql.connect("demo"))


#: Pages that need a library in a version that the oldest environment does not have, and why.
NEEDED = dict.fromkeys(
    ("pandas.md", "polars.md"), ("sqlalchemy", "2", "pandas 2.2 uses no SQLAlchemy before 2.0")
)


def skip_what_is_too_new(path: Path) -> None:
    library, least, why = NEEDED.get(path.name, ("pip", "0", ""))
    if int(version(library).split(".")[0]) < int(least):
        pytest.skip(why)


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_runs_and_shows_what_the_page_says(path: Path, page: Page) -> None:
    skip_what_is_too_new(path)
    for example in examples_of(path.read_text(encoding="utf-8")):
        where = f"{path.relative_to(ROOT)}, line {example.line}"
        try:
            found = page.run(example)
        except Exception as error:
            error.add_note(where)
            raise
        expected = example.code if example.language == "console" and example.shown is None else example.shown
        if expected is not None:
            assert matches(expected, found), f"{where} shows\n{found}"


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", text)
    assert named
    for name in named:
        assert (ROOT / "xerosql" / name).exists() or (ROOT / name).exists(), name
