"""People who look at the queue now and then, and do something with a task: wisely, or not."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

from tests.chaos.queue.tasks import CREATES, Draft
from tests.chaos.queue.world import IDS, MARKS, World
from xerosql.errors import IntegrityError
from xerosql.queue.control import Wish
from xerosql.queue.store import Queue
from xerosql.queue.tables import TASKS


class People:
    """Somebody at the queue of a schedule."""

    def __init__(self, queue: Queue, world: World, draft: Draft, chance: random.Random) -> None:
        self.queue = queue
        self.world = world
        self.draft = draft
        self.chance = chance

    def meddle(self) -> bool:
        """Do something with some task; whether it could be done. What is refused has changed nothing."""
        tasks = self.tasks()
        if not tasks:
            return False
        task = self.chance.choice(list(tasks.values()))
        wish = self.chance.choice([self.cancel, self.retry, self.skip, self.put_off, self.complete])(task, tasks)
        if wish is None:
            return False
        try:
            return bool(self.queue.control([Wish(task.id, wish)]))
        except IntegrityError:
            return False

    def tasks(self) -> dict[int, Any]:
        with self.queue.database.read() as connection:
            return {row.id: SimpleNamespace(**row._mapping) for row in connection.execute(TASKS.select())}

    def cancel(self, _task: Any, _tasks: dict[int, Any]) -> dict[str, object]:
        return {"XeroTaskStatus": "Cancelled"}

    def retry(self, _task: Any, _tasks: dict[int, Any]) -> dict[str, object]:
        return {"XeroTaskStatus": "Pending"}

    def skip(self, _task: Any, _tasks: dict[int, Any]) -> dict[str, object]:
        return {"XeroTaskStatus": "Skipped"}

    def put_off(self, _task: Any, _tasks: dict[int, Any]) -> dict[str, object]:
        return {"Priority": self.chance.randrange(3), "DelayDate": self.queue.now()}

    def complete(self, task: Any, tasks: dict[int, Any]) -> dict[str, object] | None:
        """It did happen: the row is there, under the name that the task gives it, and nobody else's."""
        new = next(each for each in self.draft.tasks if each.id == task.id)
        kind = CREATES.get(new.type.name)
        if kind is None or task.id in self.draft.twins:
            return None
        mark = new.parameters["Description" if kind == "time" else "Name"]
        rows = [row for row in self.world.documents[kind].values() if row.get(MARKS[kind]) == mark]
        if len(rows) != 1 or any(each.result_id for each in tasks.values() if each.id == task.id):
            return None
        row = rows[0]
        own = row[IDS[kind]]
        result = own if kind == "projects" else f"{row['projectId']}/{own}"
        return {"XeroTaskStatus": "Completed", "ResultId": result}
