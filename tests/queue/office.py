"""A queue, a simulated Xero on the same clock, and a worker between them that tests can lead step by step."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.queue.kit import Books, Clock
from xerosql import catalog
from xerosql.api import Client
from xerosql.config import Settings
from xerosql.queue.model import NewTask, Status
from xerosql.queue.sender import Sender
from xerosql.queue.worker import Worker
from xerosql.simulator import Fault, Simulator

Answer = tuple[int, Mapping[str, str], bytes]


class SimulatorClock:
    """The clock of the test, as the simulator asks for the time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


class Office:
    """A `Books` whose tasks go to a simulator. `answers` are given instead of it, each once, where a line matches."""

    def __init__(self, books: Books, **options: Any) -> None:
        self.books, self.clock, self.queue = books, books.clock, books.queue
        self.sim = Simulator(limits=False, clock=SimulatorClock(books.clock))
        self.tenant = self.sim.tenants[2][0]
        self.answers: list[tuple[str, Answer | Exception | Callable[[], None]]] = []
        self.options = options

    # -- Workers -------------------------------------------------------------------------------------------------------

    def sender(self, who: str = "w1", client: Client | None = None, **more: Any) -> Sender:
        """A worker's, with a client of its own; it sends without jitter."""
        client = client or self.client(access_token="t1")
        options = {"jitter": lambda: 0.0, **self.options, **more}
        return Sender(self.queue, client, catalog.load(), who, **options)

    def client(self, **settings: Any) -> Client:
        return Client(Settings(**settings), handler=self.handle, clock=self.clock)

    def worker(self, threads: int = 1, **more: Any) -> Worker:
        """A whole worker; with one thread, what it does has one order."""
        return Worker(self.sender(**more), threads=threads)

    def work(self, sender: Sender | None = None) -> Status | None:
        """One task claimed and handled; what it is at then."""
        sender = sender or self.sender()
        task = self.queue.claim(sender.who, [self.tenant], 5)
        assert task is not None, "nothing to do"
        return sender.handle(task)

    def idle(self) -> bool:
        return self.queue.claim("w9", [self.tenant], 5) is None

    # -- Tasks ---------------------------------------------------------------------------------------------------------

    def project(self, name: str = "Roof") -> NewTask:
        contact = self.rows("contacts")[0]["contactId"]
        return self.books.make("CreateProject", tenant=self.tenant, customer=contact, ContactId=contact, Name=name)

    def task(self, project: NewTask | str | None = None, name: str = "Tiles") -> NewTask:
        """A task to be created, in a project that is there already unless one is given."""
        parent = self.rows("projects")[0]["projectId"] if project is None else project
        own = parent if isinstance(parent, str) else parent.own_id
        values = {"Name": name, "RateValue": 10, "ChargeType": "TIME"}
        return self.books.make("CreateTask", tenant=self.tenant, ProjectId=own, **values)

    def update(self, **values: object) -> NewTask:
        """A change of a task that is there."""
        row = next(each for each in self.rows("tasks") if each["status"] == "ACTIVE")
        ids = {"ProjectId": row["projectId"], "TaskId": row["taskId"]}
        return self.books.make("UpdateTask", tenant=self.tenant, **ids, **values)

    def delete(self) -> NewTask:
        """The deletion of a task that Xero would delete."""
        busy = {row["taskId"] for row in self.rows("time")}
        row = next(each for each in self.rows("tasks") if each["status"] == "ACTIVE" and each["taskId"] not in busy)
        ids = {"ProjectId": row["projectId"], "TaskId": row["taskId"]}
        return self.books.make("DeleteTask", tenant=self.tenant, **ids)

    def add(self, *tasks: NewTask) -> list[int]:
        return self.books.add(*tasks)

    # -- Xero ----------------------------------------------------------------------------------------------------------

    def handle(self, method: str, url: str, headers: Any, body: bytes) -> Answer:
        line = f"{method} {url}"
        for place, (pattern, answer) in enumerate(self.answers):
            if re.search(pattern, line):
                del self.answers[place]
                if callable(answer):
                    answer()
                    break
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return self.sim.handle(method, url, headers, body)

    def instead(self, pattern: str, status: int, document: object = None, **headers: str) -> None:
        """Answer the next request of that form by hand; the simulator does not see it."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((pattern, (status, fields, body)))

    def fault(self, kind: str, match: str = "^POST", **more: Any) -> None:
        self.sim.add_fault(Fault(kind, match=match, **more))

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return self.sim.rows(self.tenant)[kind]

    def named(self, name: str, kind: str = "tasks") -> list[dict[str, Any]]:
        return [row for row in self.rows(kind) if row["name"] == name]

    @property
    def writes(self) -> list[Any]:
        return [each for each in self.sim.requests if each.method != "GET"]

    @property
    def reads(self) -> list[Any]:
        return [each for each in self.sim.requests if each.method == "GET"]
