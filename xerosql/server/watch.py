"""One thread that looks after all clients: statements and sign-ins that take too long, clients that have gone."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, RLock, Thread
from time import monotonic

#: Seconds between two looks.
TICK = 0.1
TIMEOUT, GONE = "statement timeout", "connection loss"


class Watched:
    """What is known of one client. `stop` ends what it has running, and is told why; `present` tells if it is there.

    What is to end is told so at every look until it has ended, since it may not have begun when it was told first.
    """

    def __init__(self, stop: Callable[[str], None], present: Callable[[], bool]) -> None:
        self.stop = stop
        self.present = present
        self.working = False
        self.deadline: float | None = None
        self.stopping: str | None = None
        self.lock = RLock()  # so that what is begun next is not ended in the place of what has just ended

    def work(self, seconds: float | None) -> None:
        """Something begins that may take so long; None for any time."""
        with self.lock:
            self.deadline = None if seconds is None else monotonic() + seconds
            self.working = True

    def rest(self) -> None:
        with self.lock:
            self.working, self.deadline, self.stopping = False, None, None

    def cancel(self, why: str) -> None:
        """End what is running, if something is."""
        with self.lock:
            if self.working:
                self.stopping = self.stopping or why
                self.stop(self.stopping)

    def look(self, now: float) -> None:
        with self.lock:
            if not self.working:
                return
            if self.stopping is not None:
                self.cancel(self.stopping)
            elif self.deadline is not None and now >= self.deadline:
                self.cancel(TIMEOUT)
            elif not self.present():
                self.cancel(GONE)


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
