"""What a worker would send, told without sending it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from xerosql.api import Request, Response, Tally
from xerosql.execute.queue_rows import require
from xerosql.execute.session import Session

if TYPE_CHECKING:
    from xerosql.queue.preview import Preview

NOT_FOUND = 404


def preview(session: Session, tasks: Sequence[int] | None, limit: int) -> list[Preview]:
    """The requests of these tasks, or of those that would be sent next; `limit` at most."""
    from xerosql.queue.preview import previews

    require(session, "xero_tasks", session.catalog.table("queue.XeroTasks"))
    tally, never = Tally(), Event()

    def read(request: Request) -> Response | None:
        response = session.send(request, tally, never, allow=frozenset((NOT_FOUND,)))
        return None if response.status == NOT_FOUND else response

    return previews(session.queue, read, tasks, limit)
