"""The generated pages are what the generator writes today."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.examples import ROOT
from xerosql import catalog
from xerosql.connection import demo_simulator


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(generator: ModuleType) -> dict[Path, str]:
    demo_simulator.cache_clear()
    found: dict[Path, str] = generator.pages()
    return found


def test_the_pages_are_up_to_date(pages: dict[Path, str]) -> None:
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run `make docs`"


def test_every_table_has_its_page(pages: dict[Path, str]) -> None:
    names = {path.stem for path in pages}
    assert {table.name for table in catalog.load() if table.schema not in ("information_schema", "sys")} <= names


def test_no_page_is_left_over(pages: dict[Path, str]) -> None:
    assert set((ROOT / "docs" / "tables").glob("*.md")) <= set(pages)
