"""Errors of xerosql as those that Harlequin shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harlequin.exception import HarlequinQueryError

from xerosql.errors import Error


def title_of(error: Error) -> str:
    """What stands above the message: the kind of error, and the code by which docs/errors.md has it."""
    return f"{type(error).__name__} ({error.sqlstate})"


@contextmanager
def shown() -> Iterator[None]:
    """HarlequinQueryError, with our message, for an error of ours."""
    try:
        yield
    except Error as error:
        raise HarlequinQueryError(msg=str(error), title=title_of(error)) from error
