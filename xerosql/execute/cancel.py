"""Ending a statement from another thread."""

from __future__ import annotations

from xerosql.api.stop import Stop


class Cancellation(Stop):
    """Set once the statement is to end; what it has under way is told then, or at once if it is set already.

    `writing` is set by the statement before it looks at the flag for the last time and begins to write, so whoever
    cancels and then finds it unset knows that nothing will be written.
    `within` is the statement around this one: cancelling that cancels this, closing this leaves that alone. A part that
    ends by itself leaves the reads that it has on their way to end by themselves, and their connections open.
    """

    def __init__(self, within: Cancellation | None = None) -> None:
        super().__init__(within)
        self.writing = False
