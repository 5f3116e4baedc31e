"""One schedule: what a seed publishes, who works on it, what happens to them, and how all comes to rest at last."""

from __future__ import annotations

import random
from collections import Counter
from types import SimpleNamespace

import pytest

from tests.chaos.queue.lives import Life, Shaky, queue_over
from tests.chaos.queue.machines import Machine
from tests.chaos.queue.people import People
from tests.chaos.queue.tasks import Draft, Drawing
from tests.chaos.queue.timeline import Timeline
from tests.chaos.queue.world import STALE, World
from xerosql.errors import Error, IntegrityError
from xerosql.queue import machine, sender, store
from xerosql.queue.database import Database
from xerosql.queue.model import NewTask
from xerosql.queue.store import Queue

#: Steps until everything calms down, and rounds of work after which a schedule must have come to rest.
STORM, ROUNDS = 150, 300
DAY = 86_400.0


class Schedule:
    """Runs a seed over the store at `url`, which is empty; `check` of invariants.py looks at it afterwards."""

    def __init__(self, seed: int, url: str) -> None:
        self.seed = seed
        self.chance = chance = random.Random(seed)
        self.timeline = Timeline()
        self.url = url
        self.machines = [Machine(self.timeline, number) for number in range(1 if url.startswith("sqlite") else 2)]
        self.server = self.machines[0]  # whose clock the database goes by
        self.world = World(self.timeline, chance)
        self.recovery = chance.choice(["match", "match", "match", "ask"])
        self.workers = chance.choice([1, 2, 3])
        self.dread = chance.choice([0.0, 0.02, 0.08])  # how likely a process dies, or hangs, at each step
        self.shakiness = chance.choice([0.0, 0.0, 0.03])
        self.jumps = chance.choice([0.0, 0.0, 0.02])
        self.foreigners = chance.choice([0.0, 0.0, 0.03])
        self.meddling = chance.choice([0.0, 0.0, 0.0, 0.05])  # how likely a person does something with a task
        self.twinned: set[str] = set()  # names under which somebody else has created a row
        self.happened: Counter[str] = Counter()
        self.lives: list[Life] = []
        self.started = 0
        self.steps = 0
        self.queue = queue_over(Database(url, self.server))
        self.draft = self.drawn()
        self.timeline.pass_to(2 * STALE)  # lists show all that was there before
        self.batches = self.batched()

    def drawn(self) -> Draft:
        count = self.chance.randrange(4, 13)
        draft = Draft(self.queue.types, self.queue.reserve(40), f"s{self.seed}")
        Drawing(self.world, draft, self.chance).draw(count)
        return draft

    def batched(self) -> list[list[NewTask]]:
        """The tasks as they are committed: some at a time."""
        rest, batches = list(self.draft.tasks), []
        while rest:
            size = self.chance.randrange(1, len(rest) + 1)
            batches.append(rest[:size])
            rest = rest[size:]
        return batches

    # -- Running -------------------------------------------------------------------------------------------------------

    def run(self, patch: pytest.MonkeyPatch) -> None:
        """Trouble first, then none, until nothing is left that could happen by itself."""
        self.stand_in(patch)
        try:
            self.publish()
            self.world.unleash()
            while self.steps < STORM and not (self.all_published and self.is_at_rest()):
                self.start_workers()
                self.work()
            self.calm_down()
            self.come_to_rest()
        finally:
            for life in self.lives:
                life.kill()
            self.queue.close()

    def stand_in(self, patch: pytest.MonkeyPatch) -> None:
        """Machines and processes of the schedule in the place of the real ones."""
        patch.setattr(machine, "machine", self.here)
        patch.setattr(store, "machine", self.here)
        patch.setattr(sender, "machine", self.here)
        patch.setattr(store, "is_alive", lambda process: any(each.number == process for each in self.living()))
        patch.setattr(store, "os", SimpleNamespace(getpid=lambda: next(each.number for each in self.mine())))

    def mine(self) -> list[Life]:
        actor = self.timeline.current()
        return [each for each in self.lives if each.actor is actor]

    def here(self) -> str:
        """The name of the machine on which the caller runs."""
        return next((each.machine.name for each in self.mine()), self.server.name)

    def living(self) -> list[Life]:
        return [each for each in self.lives if not each.actor.ended]

    def work(self) -> None:
        """Let the workers take turns until they have ended, and disturb them."""
        while self.living():
            ready = self.timeline.ready()
            for life in self.living():
                life.beat()
            if ready:
                self.chance.choice(ready).resume()
            if not self.world.calm:
                self.disturb()
            for life in self.lives:
                if life.actor.error is not None:
                    raise life.actor.error

    def start_workers(self) -> None:
        for life in self.lives:
            if life.actor.ended:
                life.queue.close()
        self.lives = self.living()
        while len(self.lives) < self.workers:
            self.started += 1
            on = self.chance.choice(self.machines)
            rate = 0.0 if self.world.calm else self.shakiness
            database = Shaky(self.url, self.server, self.chance, rate, self.timeline)
            self.lives.append(Life(self.world, on, database, self.started, self.recovery))

    def publish(self) -> None:
        """Commit the next tasks, once more if that seems to have failed."""
        tasks = self.batches.pop(0)
        rate = 0.0 if self.world.calm else self.shakiness * 10
        queue = queue_over(Shaky(self.url, self.server, self.chance, rate, self.timeline))
        for _ in range(100):
            try:
                queue.publish(tasks)
            except IntegrityError:  # a person has cancelled what these tasks need
                assert self.happened["person"]
                self.draft.tasks = [each for each in self.draft.tasks if each not in tasks]
                break
            except Error as error:
                if not error.retryable:
                    raise
                self.happened["commit"] += 1
            else:
                break
        queue.close()

    @property
    def all_published(self) -> bool:
        return not self.batches

    # -- Trouble -------------------------------------------------------------------------------------------------------

    def disturb(self) -> None:
        """Whatever may happen between two steps."""
        self.steps += 1
        chance = self.chance.random
        if self.batches and chance() < 0.1:
            self.publish()
        if chance() < self.dread:
            self.strike()
        if chance() < self.jumps:
            self.happened["jump"] += 1
            self.chance.choice(self.machines).off += self.chance.choice([-DAY, -900, -60, 60, 400, 4000, DAY])
        if chance() < 0.02 and self.living():
            self.happened["renewal"] += 1
            self.chance.choice(self.living()).renews = True
            if self.world.shared_token and self.chance.random() < 0.2:
                self.world.shared_token = f"kept {self.steps}"  # for those that start from now on
        if chance() < self.foreigners:
            self.intrude()
        if chance() < self.meddling:
            self.happened["person"] += People(self.queue, self.world, self.draft, self.chance).meddle()
        if self.steps == STORM:
            self.calm_down()

    def strike(self) -> None:
        """A process dies or hangs, or a machine starts anew."""
        living = self.living()
        if not living:
            return
        what = self.chance.choices(["kill", "hang", "reboot"], [6, 3, 1])[0]
        victim = self.chance.choice(living)
        self.happened[what] += 1
        if what == "hang":
            victim.hang(self.chance.choice([200.0, 400.0, 2000.0]))
        elif what == "kill":
            victim.kill()
        else:
            for life in living:
                if life.machine is victim.machine:
                    life.kill()
            victim.machine.restart()

    def intrude(self) -> None:
        """Somebody else creates a row, perhaps just as one of the tasks will."""
        creates = [each for each in self.draft.tasks if each.type.name == "CreateTask"]
        alike = self.chance.random() < 0.3 and creates
        project, name = self.world.rows["projects"][0]["projectId"], f"foreign {self.steps}"
        if alike:
            task = self.chance.choice(creates)
            name = str(task.parameters["Name"])
            if str(task.parameters["ProjectId"]).startswith("queue:"):
                return
            project = str(task.parameters["ProjectId"])
            self.twinned.add(name.casefold())
        self.happened["foreign twin" if alike else "foreign"] += 1
        rate = {"currency": self.world.rows["projects"][0]["currencyCode"], "value": 12.5}
        fields = {"name": name, "chargeType": "TIME", "rate": rate}
        self.world.create_foreign("tasks", f"/Projects/{project}/Tasks", fields)

    def calm_down(self) -> None:
        self.world.calm_down()
        for life in self.living():
            life.queue.database.rate = 0.0
        while self.batches:
            self.publish()

    # -- Rest ----------------------------------------------------------------------------------------------------------

    def is_at_rest(self) -> bool:
        """Nobody works, and nothing will be ready by itself; else time goes on to when something is."""
        due = self.queue.next_due([self.world.tenant])
        if due is not None:
            self.timeline.pass_to(self.timeline.now + due + 0.01)
        return due is None

    def come_to_rest(self) -> None:
        for _ in range(ROUNDS):
            self.start_workers()
            self.work()
            if self.is_at_rest():
                self.timeline.pass_to(self.timeline.now + 3600.0)  # whatever is on its way still arrives
                self.start_workers()
                self.work()
                if self.is_at_rest():
                    return
        raise AssertionError(f"seed {self.seed} does not come to rest")


def run(seed: int, url: str, patch: pytest.MonkeyPatch) -> Schedule:
    """A schedule that has come to rest."""
    schedule = Schedule(seed, url)
    schedule.run(patch)
    return schedule


def all_of(queue: Queue) -> dict[str, list[SimpleNamespace]]:
    """The rows of the queue's tables."""
    from xerosql.queue.tables import DEPENDENCIES, EVENTS, TASKS

    with queue.database.read() as connection:
        return {
            table.name: [SimpleNamespace(**row._mapping) for row in connection.execute(table.select())]
            for table in (TASKS, DEPENDENCIES, EVENTS)
        }
