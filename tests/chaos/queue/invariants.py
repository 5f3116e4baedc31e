"""What must hold when a schedule has come to rest: the queue's own tables, compared with every document of its Xero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.chaos.queue.schedule import Schedule, all_of
from tests.chaos.queue.tasks import CREATES
from tests.chaos.queue.world import IDS, MARKS
from xerosql.queue.model import NewTask
from xerosql.queue.publish import own_part

FINISHED = {"Completed", "Cancelled", "Skipped"}
#: What a task may have failed of although nobody made a mistake: its attempts are used up, or its workers died of it.
HARD_LUCK = {"WORKER_DIED", "XERO_SERVER"}


class Check:
    """One schedule, looked through."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.world = schedule.world
        found = all_of(schedule.queue)
        self.tasks = {each.id: each for each in found["xero_task"]}
        self.needs = found["xero_task_dependency"]
        self.events: dict[int, list[Any]] = defaultdict(list)
        for event in sorted(found["xero_task_event"], key=lambda each: each.id):
            self.events[event.task_id].append(event)

    def all(self) -> None:
        self.nothing_is_lost()
        self.nobody_is_at_work()
        self.events_tell_what_happened()
        self.dependencies_are_counted()
        self.what_comes_first_came_first()
        self.no_document_is_doubled()
        self.completed_means_that_it_is_there()
        self.no_evidence_is_refused()
        self.updates_are_in_order()
        self.nothing_is_adopted_unasked()
        self.all_is_done_where_nothing_is_ambiguous()

    def nothing_is_lost(self) -> None:
        assert set(self.tasks) == {each.id for each in self.schedule.draft.tasks}
        assert len(self.tasks) == len(self.schedule.draft.tasks)

    def nobody_is_at_work(self) -> None:
        assert [each.id for each in self.tasks.values() if each.status == "Running"] == []

    def events_tell_what_happened(self) -> None:
        """Each event begins where the one before has ended. That a worker took a task is no event."""
        for task in self.tasks.values():
            at = None
            for event in self.events[task.id]:
                taken = at in ("Pending", "Error") and event.from_status == "Running"
                assert event.from_status == at or taken, f"task {task.id}: {self.told(task.id)}"
                at = event.to_status
            assert at == task.status, f"task {task.id} is {task.status}: {self.told(task.id)}"

    def told(self, task: int) -> list[str]:
        return [f"{each.at} {each.event} {each.from_status}->{each.to_status}" for each in self.events[task]]

    def dependencies_are_counted(self) -> None:
        open_ = defaultdict(int)
        for need in self.needs:
            parent = self.tasks[need.needs_id]
            over = parent.status == "Completed" or (need.kind == "order" and parent.status in FINISHED)
            open_[need.task_id] += not over
            ends = {"Completed"} if need.kind == "reference" else FINISHED  # once is enough, whatever came after it
            ever = any(event.to_status in ends for event in self.events[parent.id])
            assert need.satisfied == over or ever, f"task {need.task_id} waits for {need.needs_id}"
        for task in self.tasks.values():
            mine = [need for need in self.needs if need.task_id == task.id and not need.satisfied]
            assert task.open_dependencies == len(mine), f"task {task.id}"

    def what_comes_first_came_first(self) -> None:
        for need in self.needs:
            sent = [each.id for each in self.events[need.task_id] if each.event == "sent"]
            over = [each.id for each in self.events[need.needs_id] if each.to_status in FINISHED]
            assert not sent or (over and over[0] < sent[0]), f"{need.task_id} was sent before {need.needs_id} had ended"

    # -- Documents -----------------------------------------------------------------------------------------------------

    def groups(self) -> Iterable[tuple[str, str, list[NewTask]]]:
        """The creations that make the same document: its kind, its mark, and the tasks."""
        found: dict[tuple[str, str], list[NewTask]] = defaultdict(list)
        for task in self.schedule.draft.tasks:
            kind = CREATES.get(task.type.name)
            if kind:
                found[kind, str(task.parameters["Description" if kind == "time" else "Name"])].append(task)
        return [(*key, tasks) for key, tasks in found.items()]

    def documents(self, kind: str, mark: str) -> dict[str, dict[str, Any]]:
        """Every document that has ever had this mark, by id, without those that somebody else created."""
        rows = self.world.documents[kind]
        return {key: row for key, row in rows.items() if row.get(MARKS[kind]) == mark and key not in self.world.foreign}

    def no_document_is_doubled(self) -> None:
        for kind, mark, tasks in self.groups():
            ids = list(self.documents(kind, mark))
            told = [(task.id, self.tasks[task.id].status, self.told(task.id)) for task in tasks]
            assert len(ids) <= len(tasks), f"{mark} is there {len(ids)} times: {ids}, {told}"

    def completed_means_that_it_is_there(self) -> None:
        for kind, mark, tasks in self.groups():
            rows = [self.tasks[each.id] for each in tasks if self.tasks[each.id].status == "Completed"]
            ids = [own_part(each.result_id) for each in rows]
            assert len(set(ids)) == len(ids), f"{mark}: two tasks have the same row, {ids}"
            known = self.world.documents[kind]
            for row, key in zip(rows, ids, strict=True):
                assert known[key][MARKS[kind]] == mark, f"task {row.id} has the row {known[key]}: {self.told(row.id)}"
            if mark.casefold() not in self.schedule.twinned:
                assert set(ids) <= set(self.documents(kind, mark))

    def no_evidence_is_refused(self) -> None:
        """Whatever id a worker has been told, and however late, a task has it or the audit names it."""
        known = {part for each in self.tasks.values() if each.result_id for part in each.result_id.split("/")}
        said = " ".join(event.message or "" for events in self.events.values() for event in events)
        assert [each for each in self.world.told if each not in known and each not in said] == []

    def updates_are_in_order(self) -> None:
        """A row has what the last update of each column said. Those that wait for each other end in their order."""
        wanted: dict[str, dict[str, Any]] = defaultdict(dict)
        for task in sorted(self.schedule.draft.tasks, key=lambda each: self.events[each.id][-1].id):
            if task.type.name == "UpdateTask" and self.tasks[task.id].status == "Completed":
                wanted[own_part(self.tasks[task.id].own_id)] |= task.parameters
        unclear = {self.tasks[task.id].own_id for task in self.schedule.draft.tasks if self.is_unclear(task)}
        now = {row[IDS["tasks"]]: row for row in self.world.sim.rows(self.world.tenant)["tasks"]}
        for own, values in wanted.items():
            row = now.get(own)
            if row is None or own in unclear:
                continue
            has = {"EstimateMinutes": row.get("estimateMinutes"), "RateValue": row["rate"]["value"]}
            said = {column: values[column] for column in has if column in values}
            history = [self.told(each.id) for each in self.tasks.values() if each.own_id == own]
            assert {column: Decimal(has[column] or 0) for column in said} == said, f"{own}: {row}, {history}"

    def is_unclear(self, task: NewTask) -> bool:
        """An update that was given up may have been applied, at any time."""
        return task.type.name == "UpdateTask" and self.tasks[task.id].status != "Completed"

    def nothing_is_adopted_unasked(self) -> None:
        if self.schedule.recovery == "ask":
            assert [each for events in self.events.values() for each in events if each.event == "adopted"] == []

    def all_is_done_where_nothing_is_ambiguous(self) -> None:
        if self.schedule.recovery == "ask" or self.schedule.twinned or self.schedule.happened["person"]:
            return
        left = [each for each in self.tasks.values() if each.status != "Completed"]
        told = [(each.id, each.type, each.status, each.error_message, self.told(each.id)) for each in left]
        if any(each.error_code in HARD_LUCK for each in left):
            return
        assert left == [], told


def check(schedule: Schedule) -> None:
    try:
        Check(schedule).all()
    finally:
        schedule.queue.close()
