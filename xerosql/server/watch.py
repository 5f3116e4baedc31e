"""One thread that looks after all clients: statements and sign-ins that take too long, clients that have gone."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic

#: Seconds between two looks.
TICK = 0.1
TIMEOUT, GONE = "statement timeout", "connection loss"


class Watched:
    """What is known of one client. `stop` ends what it has running, and is told why; `present` tells if it is there."""

    def __init__(self, stop: Callable[[str], None], present: Callable[[], bool]) -> None:
        self.stop = stop
        self.present = present
        self.working = False
        self.deadline: float | None = None

    def work(self, seconds: float | None) -> None:
        """Something begins that may take so long; None for any time."""
        self.deadline = None if seconds is None else monotonic() + seconds
        self.working = True

    def rest(self) -> None:
        self.working, self.deadline = False, None

    def look(self, now: float) -> None:
        deadline = self.deadline
        if not self.working:
            return
        if deadline is not None and now >= deadline:
            self.stop(TIMEOUT)
        elif not self.present():
            self.stop(GONE)


class Watcher:
    """The thread, and those it looks after."""

    def __init__(self) -> None:
        self._watched: set[Watched] = set()
        self._lock = Lock()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="xerosql-serve-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, watched: Watched) -> None:
        with self._lock:
            self._watched.add(watched)

    def remove(self, watched: Watched) -> None:
        with self._lock:
            self._watched.discard(watched)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                watched = list(self._watched)
            now = monotonic()
            for each in watched:
                each.look(now)
