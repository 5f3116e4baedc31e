"""How many requests to have under way at once. Decided from how long answers take; nothing is sent from here.

Threads are what fills a slow line and a cost on a fast one, so the number goes down to one while answers come quickly.
"""

from __future__ import annotations

from xerosql.execute.crew import WIDEST

#: Below this many seconds an answer, a second thread costs more than it saves.
SLOW = 0.01


class Pace:
    """The width of one run of requests: how many of them are under way at a time.

    An `eager` run, which will be read to its end, starts at the widest; any other at one request, and widens.
    """

    def __init__(self, *, eager: bool) -> None:
        self.eager = eager
        self.width = WIDEST if eager else 1
        self.last: float | None = None
        self.slow = False

    @property
    def begun(self) -> int:
        """How many requests may have been begun whose answers have not been used.

        More than the width in an eager run on a slow line: behind one late answer the threads go on with the next.
        """
        return 2 * self.width if self.eager and self.slow else self.width

    def learn(self, seconds: float) -> None:
        """An answer took so long. Two slow ones in a row widen, two quick ones narrow.

        One alone may be a big page or a new connection.
        """
        last, self.last = self.last, seconds
        if last is None:
            return
        if min(last, seconds) > SLOW:
            self.slow = True
            self.width = min(self.width * 2, WIDEST)
        elif max(last, seconds) < SLOW / 2:
            self.slow = False
            self.width = 1
