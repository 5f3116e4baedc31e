"""What the package offers by name."""

from __future__ import annotations

import inspect

import pytest

import xerosql
from xerosql import errors

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]


@pytest.mark.parametrize("name", xerosql.__all__)
def test_every_exported_name_exists(name: str) -> None:
    """Nothing stands in __all__ that the module does not have."""
    assert getattr(xerosql, name) is not None


def test_exports_are_sorted_and_named_once() -> None:
    """__all__ holds each name once, constants first, as ruff sorts it."""
    assert len(set(xerosql.__all__)) == len(xerosql.__all__)


def test_everything_public_is_exported() -> None:
    """A public class or function of the package's face stands in __all__."""
    public = {name for name, value in vars(xerosql).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert public == set(xerosql.__all__)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error_is_exported_and_in_the_tree(error: type[Exception]) -> None:
    """Every class in errors.py is a PEP 249 Error, or the Warning, is exported, and says in a docstring what it is."""
    assert issubclass(error, xerosql.Error) or error is xerosql.Warning
    assert getattr(xerosql, error.__name__) is error
    assert error.__doc__


@pytest.mark.parametrize("error", [each for each in CLASSES if each is not xerosql.Warning], ids=lambda e: e.__name__)
def test_every_error_has_a_sqlstate_and_keeps_its_message(error: type[xerosql.Error]) -> None:
    """An error carries its message and PostgreSQL's five characters, and can be made from a message alone."""
    made = error("what happened")
    assert str(made) == made.message == "what happened"
    assert len(made.sqlstate) == 5
    assert made.details == ()
    assert made.correlation_id is None


@pytest.mark.parametrize("name", sorted(name for name in xerosql.__all__ if name != "__version__"))
def test_every_exported_class_and_function_is_documented(name: str) -> None:
    """Help on anything callable that is exported shows what it is for."""
    value = getattr(xerosql, name)
    assert not callable(value) or inspect.getdoc(value)


def test_the_version_is_three_numbers() -> None:
    """The version can be compared."""
    assert len([int(part) for part in xerosql.__version__.split(".")]) == 3
