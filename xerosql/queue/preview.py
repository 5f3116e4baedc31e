"""The requests that tasks would make, built as a worker builds them and not sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xerosql import catalog
from xerosql.api import Request, Response
from xerosql.errors import DataError, IntegrityError
from xerosql.plan.known import is_provisional
from xerosql.queue.build import Builder, CreatedRow
from xerosql.queue.model import FINISHED, Status, Task, provisional
from xerosql.queue.parameters import read_parameters, referenced
from xerosql.queue.store import Queue


@dataclass(frozen=True, slots=True)
class Preview:
    """What a task would send. `reads` are the calls that were made to know it, such as "GET /projects.xro/…".

    `problem` says why there is no request: the task is over, or it would fail as it stands. An id such as `queue:41`
    stands for that of a row that task 41 has yet to create.
    """

    task: int
    type: str
    status: str
    tenant: str
    method: str | None = None
    path: str | None = None
    body: str | None = None
    reads: tuple[str, ...] = ()
    problem: str | None = None


class Previewer:
    """Builds requests. `read` asks Xero, and is given nothing but GET."""

    def __init__(self, queue: Queue, read: Callable[[Request], Response | None]) -> None:
        self.queue = queue
        self._read = read
        self._known: dict[tuple[str, str], Response | None] = {}
        self._reads: list[str] = []

    def preview(self, task: Task) -> Preview:
        """What the task would send. Raises what reading raises."""
        kind = self.queue.types[task.type]
        head = (task.id, task.type, task.status.value, task.tenant)
        if task.status in FINISHED or task.status in (Status.RUNNING, Status.UNCERTAIN):
            return Preview(*head, problem=IN_NO_STATE[task.status])
        self._reads = []
        try:
            request = self.builder(task).request(task, kind)
        except (IntegrityError, DataError) as error:
            return Preview(*head, reads=tuple(self._reads), problem=error.message)
        body = request.body.decode() if request.body is not None else None
        path = request.path.replace("queue%3A", "queue:")
        return Preview(*head, request.method, path, body, tuple(self._reads))

    def builder(self, task: Task) -> Builder:
        """One for which the rows that are yet to be created are there, with nothing known of them but their names."""
        kind = self.queue.types[task.type]
        needed = referenced(kind, read_parameters(kind, task.parameters, f"task {task.id}"))
        unborn = {each: CreatedRow(provisional(each), "{}") for each in needed}
        return Builder(catalog.load(), self.read, unborn | self.queue.created(needed))

    def read(self, request: Request) -> Response | None:
        """What Xero has now, asked once for all previews."""
        if any(is_provisional(part.replace("%3A", ":")) for part in request.path.split("/")):
            raise IntegrityError("the row that it changes is yet to be created, and its request is built from that row")
        key = (request.tenant or "", request.path)
        if key not in self._known:
            self._known[key] = self._read(request)
            self._reads.append(f"{request.method} {request.path}")
        return self._known[key]


#: Why a task at such a status sends nothing.
IN_NO_STATE = {
    Status.COMPLETED: "it is completed: nothing more is sent",
    Status.CANCELLED: "it is cancelled: nothing is sent unless it is retried",
    Status.SKIPPED: "it is skipped: nothing is sent unless it is retried",
    Status.RUNNING: "it is on its way",
    Status.UNCERTAIN: "it was sent, and what became of it comes first",
}


def previews(
    queue: Queue, read: Callable[[Request], Response | None], tasks: Sequence[int] | None, limit: int
) -> list[Preview]:
    """What these tasks would send, or else those that are ready, in the order in which they would be taken."""
    previewer = Previewer(queue, read)
    wanted = queue.ready(limit) if tasks is None else [queue.task(number) for number in list(tasks)[:limit]]
    return [previewer.preview(task) for task in wanted if task is not None]
