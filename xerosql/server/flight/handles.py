"""What a client has on the server and names by handles that nobody can guess."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock
from typing import Generic, Protocol, TypeVar

from xerosql.server.failures import StatementError

#: Bytes of a handle.
LENGTH = 16


class Closable(Protocol):
    def close(self) -> None:
        """Let go of what it holds."""


T = TypeVar("T", bound=Closable)


class Handles(Generic[T]):
    """At most so many things of a kind. One more is refused, or with `forgets` takes the place of the oldest."""

    def __init__(self, what: str, most: int, *, forgets: bool = False) -> None:
        self.what = what
        self.most = most
        self.forgets = forgets
        self._known: OrderedDict[bytes, T] = OrderedDict()
        self._lock = Lock()

    def add(self, thing: T) -> bytes:
        """Keep it, and return its handle; StatementError (53400) if there are too many."""
        handle, forgotten = secrets.token_bytes(LENGTH), None
        with self._lock:
            if len(self._known) >= self.most:
                if not self.forgets:
                    raise StatementError(f"a connection can have {self.most} {self.what}s", sqlstate="53400")
                _, forgotten = self._known.popitem(last=False)
            self._known[handle] = thing
        if forgotten is not None:
            forgotten.close()
        return handle

    def __getitem__(self, handle: bytes) -> T:
        found = self._known.get(handle)
        if found is None:
            raise self.unknown()
        return found

    def take(self, handle: bytes) -> T:
        """The thing, which the handle no longer names; StatementError (26000) if it names none."""
        found = self.discard(handle)
        if found is None:
            raise self.unknown()
        return found

    def discard(self, handle: bytes) -> T | None:
        with self._lock:
            return self._known.pop(handle, None)

    def unknown(self) -> StatementError:
        return StatementError(f"there is no such {self.what} of yours, or no longer", sqlstate="26000")

    def close(self) -> None:
        with self._lock:
            things = list(self._known.values())
            self._known.clear()
        for each in things:
            each.close()

    def first(self) -> bytes:
        """The oldest handle, empty if there is none."""
        return next(iter(list(self._known)), b"")

    def __contains__(self, handle: bytes) -> bool:
        return handle in self._known

    def __len__(self) -> int:
        return len(self._known)
