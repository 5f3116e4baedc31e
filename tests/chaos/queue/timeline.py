"""Time in which several workers run step by step: one at a time, in an order and at moments that a seed decides.

Each actor is a thread that holds the baton until it pauses. Nothing else lets time pass, so hours take no time, and the
same seed gives the same schedule.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

#: Real seconds after which an actor that does not pause has locked itself up.
STUCK = 60.0


class Killed(BaseException):
    """The process ends here: nothing that it would have done next is done."""


class Actor:
    """A thread of the timeline. `doomed` kills it where it pauses now, or else where it pauses next."""

    def __init__(self, timeline: Timeline, name: str, run: Callable[[], None]) -> None:
        self.timeline = timeline
        self.name = name
        self.wakes = timeline.now
        self.doomed = False
        self.ended = False
        self.error: BaseException | None = None
        self._run = run
        self._turn = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Let it run until it pauses or ends."""
        self._turn.release()
        if not self.timeline.baton.acquire(timeout=STUCK):
            raise AssertionError(f"{self.name} does not pause")
        if self.ended:
            self._thread.join()

    def pause(self, seconds: float) -> None:
        """From its own thread: let time pass, and others run."""
        if not self.doomed:
            self.wakes = self.timeline.now + max(0.0, seconds)
            self.timeline.baton.release()
            self._turn.acquire()
        if self.doomed:
            raise Killed

    def _live(self) -> None:
        self._turn.acquire()
        try:
            if not self.doomed:
                self._run()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - told by whoever looks at the actor
            self.error = error
        finally:
            self.ended = True
            self.timeline.baton.release()


class Timeline:
    """True time in seconds, the actors, and what is to happen at some moment."""

    def __init__(self) -> None:
        self.now = 0.0
        self.baton = threading.Semaphore(0)
        self.actors: list[Actor] = []
        self._coming: list[tuple[float, Callable[[], None]]] = []

    def spawn(self, name: str, run: Callable[[], None]) -> Actor:
        self.actors.append(Actor(self, name, run))
        return self.actors[-1]

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        """Let something happen at a moment, in the main thread."""
        self._coming.append((moment, happen))

    def current(self) -> Actor | None:
        mine = threading.current_thread()
        return next((each for each in self.actors if each._thread is mine), None)

    def pause(self, seconds: float = 0.0) -> None:
        """Let time pass for who calls; what the main thread does takes none."""
        actor = self.current()
        if actor is not None:
            actor.pause(seconds)

    def ready(self) -> list[Actor]:
        """Those whose time has come; if there are none, time goes on to the next moment at which there is anything."""
        self.actors = [each for each in self.actors if not each.ended]
        if self.actors and not any(each.wakes <= self.now for each in self.actors):
            self.now = min([*(each.wakes for each in self.actors), *(moment for moment, _ in self._coming)])
        self.happen()
        return [each for each in self.actors if each.wakes <= self.now]

    def happen(self) -> None:
        """What was to happen by now."""
        due = sorted((each for each in self._coming if each[0] <= self.now), key=lambda each: each[0])
        self._coming = [each for each in self._coming if each[0] > self.now]
        for _, happen in due:
            happen()

    def pass_to(self, moment: float) -> None:
        """While nobody runs: go on to a moment, and let happen what is to happen until then."""
        while self._coming and (first := min(moment for moment, _ in self._coming)) <= moment:
            self.now = max(self.now, first)
            self.happen()
        self.now = max(self.now, moment)
