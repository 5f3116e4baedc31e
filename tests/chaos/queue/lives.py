"""The lives of workers: a process begins, takes tasks step by step, and ends, by itself or killed in the middle."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.engine import Connection, Engine

from tests.chaos.queue.machines import Machine
from tests.chaos.queue.timeline import Actor, Killed, Timeline
from tests.chaos.queue.world import IDS, LATE, World
from xerosql import catalog
from xerosql.api import Client
from xerosql.api.clock import Clock
from xerosql.api.retry import Policy
from xerosql.config import Settings
from xerosql.errors import Error, OperationalError
from xerosql.queue.database import Database
from xerosql.queue.model import Task
from xerosql.queue.sender import Sender
from xerosql.queue.store import Queue
from xerosql.queue.worker import Worker

CATALOG = catalog.load()
COMPILED: dict[str, Any] = {}
HEARTBEAT = 30.0
#: Seconds for which a worker waits for something to do before it ends.
PATIENCE = 20.0


class Shaky(Database):
    """A database whose disk is full, that is locked by others, or that breaks off, each now and then.

    A change that breaks off may have been kept or not, the process may be killed at that very moment, and it may take
    minutes to hear that a change has been made.
    """

    def __init__(self, url: str, clock: Clock, chance: random.Random, rate: float, timeline: Timeline) -> None:
        super().__init__(url, clock, patience=1.0)
        compile_once(self.engine)
        self.chance = chance
        self.rate = rate
        self.timeline = timeline

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Connection]:
        trouble = self.chance.choice(("locked", "full", "broken", "slow")) if self.chance.random() < self.rate else None
        if trouble == "locked":
            raise OperationalError("another program holds the queue for too long", sqlstate="55P03", retryable=True)
        with super().transaction(writes=writes) as connection:
            yield connection
            if trouble == "full":
                self.fail("53100")
        if trouble == "broken":
            self.fail("08006")
        if trouble == "slow" and writes:
            self.timeline.pause(self.chance.choice([5.0, 40.0, 400.0]))

    def fail(self, state: str) -> None:
        """The error, or the end of the process."""
        actor = self.timeline.current()
        if actor is not None and self.chance.random() < 0.3:
            actor.doomed = True
            raise Killed
        raise OperationalError("the queue cannot be used just now", sqlstate=state, retryable=True)


def compile_once(engine: Engine) -> None:
    """Let all databases of this process share their compiled statements, which would take half of a schedule's time."""
    engine.dialect, engine._compiled_cache = COMPILED.setdefault(
        engine.dialect.name, (engine.dialect, engine._compiled_cache)
    )


class Life:
    """One process with a worker, from its start to its end."""

    def __init__(self, world: World, machine: Machine, database: Database, number: int, recovery: str) -> None:
        self.world = world
        self.timeline = world.timeline
        self.machine = machine
        self.number = number  # of the process
        self.renews = False
        self.heard: set[str] = set()
        self.leaving = False
        self.hung_until = 0.0
        self.beats = self.timeline.now + HEARTBEAT
        own: dict[str, Any] = {"client_id": "demo", "client_secret": "demo-secret"}
        given = {"access_token": world.shared_token} if world.shared_token else own
        settings = Settings(**given, tenant=world.tenant)
        policy = Policy(jitter=world.chance.random)
        self.client = Client(settings, handler=self.wire, clock=machine, policy=policy)
        self.queue = queue_over(database)
        sender = Sender(
            self.queue,
            self.client,
            CATALOG,
            f"worker-{number}",
            recovery,
            probe=self.probe,
            jitter=world.chance.random,
        )
        self.worker = Worker(sender, threads=1)
        self.entered = False
        self.actor: Actor = self.timeline.spawn(f"worker-{number}", self.run)

    def wire(self, method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """To Xero; with another access token the next time if it is to be renewed."""
        self.leaving = True
        answer = self.world.handle(method, url, headers, body, self.has_left)
        if method == "POST" and answer[0] in (200, 201) and "/connect/" not in url:
            self.heard.add(json.loads(answer[2])[IDS[url.rpartition("/")[2].lower()]])
        if self.renews and "/connect/" not in url:
            self.renews = False
            self.client.tokens.expire(self.client.tokens.access_token())
        return answer

    def probe(self, step: str, _task: Task) -> None:
        if step == "claimed":
            self.heard = set()
        if step == "recorded":
            self.world.told |= self.heard
        self.timeline.pause(self.world.chance.choice([0.0, 0.0, 0.2, 3.0]))

    def has_left(self) -> None:
        """The request has arrived at Xero."""
        self.leaving = False

    def run(self) -> None:
        """As Worker.run with `drain`, but in one thread and with the signs of life given from outside."""
        try:
            self.worker.tenants = {each.tenant_id: each.name for each in self.client.connections(fresh=True)}
            self.queue.enter(self.worker.name, self.worker.tenants)
            self.entered = True
            self.work()
            self.queue.leave(self.worker.name)
        except Error as error:
            if not (error.retryable or self.world.sim._service.faults._rate or not self.world.calm):
                raise
        finally:
            self.entered = False

    def work(self) -> None:
        while True:
            if not self.worker.step():
                due = self.queue.next_due(self.worker.tenants)
                if due is None or due > PATIENCE:
                    return
                self.timeline.pause(max(due, 0.5))

    def beat(self) -> None:
        """A sign of life, unless the process hangs."""
        if self.entered and self.timeline.now >= max(self.beats, self.hung_until):
            self.beats = self.timeline.now + HEARTBEAT
            with suppress(Error):  # as the worker's own thread does, that gives another one later
                self.worker.give_sign()

    def hang(self, seconds: float) -> None:
        """The process stands still for a while, its signs of life too.

        Not for long just as a request leaves: nothing can keep one from Xero that is sent hours after it was marked.
        """
        self.hung_until = self.actor.wakes = self.timeline.now + (min(seconds, LATE / 2) if self.leaving else seconds)

    def kill(self) -> None:
        """kill -9, wherever it is."""
        self.actor.doomed = True
        if not self.actor.ended:
            self.actor.resume()
        self.queue.close()


def queue_over(database: Database) -> Queue:
    """A queue that uses this database object."""
    queue = Queue(database.url.render_as_string(hide_password=False), who="chaos")
    queue.database = database
    return queue
