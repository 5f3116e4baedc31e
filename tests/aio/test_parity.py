"""The async classes have what the sync ones have, with the same parameters."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import xerosql
from xerosql import aio
from xerosql.aio.workers import Workers

#: Inner workings of a Connection, which its cursors need and users do not; and what other shells share it by.
INNER = {"session", "sibling", "describe", "search_path"}
#: What a property's setter is where setting has to wait.
ASYNC_ONLY = {"set_autocommit"}
#: Methods that have nothing to wait for.
AT_ONCE = {"cursor", "check_open", "cancel"}
SYNC = xerosql.connect("demo")
ASYNC = aio.AsyncConnection(SYNC, Workers())
PAIRS = [
    pytest.param(SYNC, ASYNC, id="connection"),
    pytest.param(SYNC.cursor(), ASYNC.cursor(), id="cursor"),
]
ASYNC_NAMES = {"__aenter__": "__enter__", "__aexit__": "__exit__", "__aiter__": "__iter__"}


def names(each: object) -> set[str]:
    """The public attributes of an object."""
    return {name for name in dir(each) if not name.startswith("_")}


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    """Name, kind and default of each."""
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


METHODS = [
    pytest.param(*pair.values, name, id=f"{pair.id}.{name}")
    for pair in PAIRS
    for name in sorted(names(pair.values[0]) - INNER)
    if inspect.ismethod(getattr(pair.values[0], name))
]


@pytest.mark.parametrize(("sync", "own"), PAIRS)
def test_the_async_class_has_the_attributes_of_the_sync_one_and_no_others(sync: object, own: object) -> None:
    """A method that is added to one side only is noticed here."""
    assert names(own) - ASYNC_ONLY == names(sync) - INNER


@pytest.mark.parametrize(("sync", "own", "name"), METHODS)
def test_a_method_takes_the_same_parameters_and_is_awaited(sync: object, own: object, name: str) -> None:
    """What works with the sync method works with `await` before it; those with nothing to wait for have no await."""
    theirs, ours = getattr(sync, name), getattr(own, name)
    assert parameters(ours) == parameters(theirs)
    assert inspect.iscoroutinefunction(ours) == (name not in AT_ONCE)
    assert inspect.getdoc(ours)


@pytest.mark.parametrize(("sync", "own"), PAIRS)
def test_each_protocol_of_the_sync_class_has_its_async_one(sync: object, own: object) -> None:
    """`with` and `for` become `async with` and `async for`."""
    assert {ours for ours, theirs in ASYNC_NAMES.items() if hasattr(sync, theirs)} == {
        ours for ours in ASYNC_NAMES if hasattr(own, ours)
    }


@pytest.mark.parametrize(("sync", "own"), PAIRS)
def test_what_is_read_without_a_call_is_the_same_on_both_sides(sync: object, own: object) -> None:
    """Properties and attributes show what those of the sync object inside show."""
    for name in names(sync) - INNER - {"connection", "cursor_class"}:
        if not callable(getattr(sync, name)):
            assert getattr(own, name) == getattr(sync, name), name


def test_connect_takes_what_the_sync_one_takes() -> None:
    """The same profile, handler and options."""
    assert parameters(aio.connect) == parameters(xerosql.connect)


def test_everything_exported_exists_and_is_documented() -> None:
    """Help on each name of the package shows what it is for."""
    for name in aio.__all__:
        assert inspect.getdoc(getattr(aio, name))
