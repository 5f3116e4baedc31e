"""Stopping a query from another process: Superset writes down that it was stopped, and whoever runs it looks there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock, Thread
from time import sleep
from weakref import WeakSet, ref

from xerosql.cursor import Cursor

_log = logging.getLogger("xerosql.superset")
#: Seconds between two looks.
EVERY = 1.0
#: What Superset calls a query that may still be stopped, and one that was.
GOING = ("pending", "scheduled", "running", "fetching")
STOPPED = "stopped"


class Watch:
    """One thread for each cursor that runs a query, for as long as Superset says that the query runs."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._lock = Lock()
        self._watched: WeakSet[Cursor] = WeakSet()

    def begin(self, cursor: Cursor, status: Callable[[], str | None]) -> None:
        """Cancel the cursor once `status` is "stopped". A cursor that is watched already needs no second look."""
        with self._lock:
            if cursor in self._watched:
                return
            self._watched.add(cursor)
        Thread(target=self._look, args=(ref(cursor), status), name="xerosql-superset-stop", daemon=True).start()

    def _look(self, watched: ref[Cursor], status: Callable[[], str | None]) -> None:
        """Until the query has ended, was stopped, or nobody holds its cursor."""
        going = True
        while going and watched() is not None:
            sleep(self._every)
            going = self._goes_on(watched(), status)
        if (cursor := watched()) is not None:
            with self._lock:
                self._watched.discard(cursor)

    def _goes_on(self, cursor: Cursor | None, status: Callable[[], str | None]) -> bool:
        try:
            found = status()
        except Exception:  # noqa: BLE001 - of the database of Superset, which may be busy just now
            _log.debug("the status of a query cannot be read just now", exc_info=True)
            return True
        if found == STOPPED and cursor is not None:
            cursor.cancel()
        return found in GOING
