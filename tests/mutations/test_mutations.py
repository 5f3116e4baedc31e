"""The mutations of `make mutations` still apply to the code as it is; running them takes minutes."""

from __future__ import annotations

import ast

import pytest

from .mutations import MUTATIONS, ROOT, Mutation, source


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_each_mutation_has_its_place_in_the_code(mutation: Mutation) -> None:
    """Its text is there once, and what it makes of the module is still Python."""
    _, text = source(mutation, ROOT / "xerosql")
    ast.parse(text.replace(mutation.old, mutation.new))
