"""`?shared=true`: the connections of a process that are made with the same options are siblings.

Whoever makes an engine for each query, as Superset does, would otherwise sign in, look for the organisation and open a
database for each, and forget at its end what was in scratch.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import replace
from threading import Lock
from typing import Any

import xerosql
from xerosql.config import Settings

#: Sets of options whose first connection is kept.
KEPT = 16


class Families:
    """The first connection of each set of options. It is never handed out, and stays open."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._first: OrderedDict[int, tuple[Any, xerosql.Connection]] = OrderedDict()
        self._before: list[object] = []
        self._count = 0

    def connect(self, profile: str | None = None, **options: Any) -> xerosql.Connection:
        """A sibling of those that were made with these options; which schemas are searched may differ."""
        fresh = xerosql.connect(profile, **options)  # which asks nobody anything, and reads the options anew
        with self._lock:
            first = self._of((profile, options.get("handler"), alike(fresh.settings)), fresh)
        return first.sibling(search_path=fresh.settings.search_path)

    def _of(self, kind: Any, fresh: xerosql.Connection) -> xerosql.Connection:
        for number, (other, first) in self._first.items():
            if other == kind:  # they hold what cannot be hashed
                self._first.move_to_end(number)
                return first
        self._count += 1
        self._first[self._count] = kind, fresh
        while len(self._first) > KEPT:
            self._first.popitem(last=False)  # its siblings keep it for as long as they need it
        return fresh

    def begin_afresh(self) -> None:
        """In a process that was forked: it cannot use what the one before it had open.

        Nor can it close that, which would wait for threads that did not come along; so it is kept, and left alone.
        """
        self._lock = Lock()
        self._before.append(self._first)
        self._first = OrderedDict()


def alike(settings: Settings) -> Settings:
    """The settings in which siblings do not differ."""
    return replace(settings, search_path=("projects",))


FAMILIES = Families()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=FAMILIES.begin_afresh)
