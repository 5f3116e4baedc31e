"""Ten tasks that went wrong in ten ways, as a billing clerk meets them: found on the page, mended, sent again, done."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.conftest import TOKEN, Office
from xerosql.queue import verdict
from xerosql.simulator import Fault
from xerosql.web import Server

NOBODY = "00000000-0000-4000-8000-000000000000"
TASK = "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, ?, 'TIME', 1)"
TIME = "INSERT INTO \"Time\" (ProjectId, TaskId, UserId, Date, Duration) VALUES (?, ?, ?, '2026-10-01', 30)"


class Clerk:
    """At the page of one task."""

    def __init__(self, browser: Browser, office: Office) -> None:
        self.browser = browser
        self.office = office

    def edits(self, column: str, value: str) -> None:
        """Enters another value, saves, and answers the question."""
        self.browser.press_text("Edit what is sent")
        self.browser.fill(column, value)
        self.browser.press_text("Save")
        self.browser.press_text("Send again")

    def sends_again(self) -> None:
        self.browser.press_text("Send again")
        self.browser.press_text("Send again")


class Breakage:
    """Something that goes wrong: what is queued, what happens before it is sent, what the page says, what mends it."""

    said: str

    def __init__(self, office: Office) -> None:
        self.office = office
        self.task = 0

    def project(self, place: int) -> Any:
        """An open project with work in it, another for each breakage that needs one of its own."""
        active = [
            each
            for each in self.office.organisation.projects.values()
            if each.status == "INPROGRESS" and sum(task.status == "ACTIVE" for task in each.tasks.values()) > 3
        ]
        return active[place]

    def tasks(self, place: int) -> list[Any]:
        """Its tasks that can be changed, those without time on them first."""
        project = self.project(place)
        timed = {entry.task_id for entry in project.time.values()}
        found = [task for task in project.tasks.values() if task.status == "ACTIVE"]
        return sorted(found, key=lambda task: task.task_id in timed)

    def user(self, place: int) -> str:
        return str(self.office.organisation.users[place].user_id)

    def queue(self) -> None:
        """Queue the write."""

    def happens(self) -> None:
        """What happens at Xero before it is sent."""

    def mend(self, clerk: Clerk) -> None:
        clerk.sends_again()


class ArchivedContact(Breakage):
    said = "is archived"

    def queue(self) -> None:
        first, other = self.office.organisation.contacts[:2]
        self.contact, self.other = first.contact_id, other.contact_id
        self.task = self.office.add("INSERT INTO Projects (ContactId, Name) VALUES (?, 'Archived')", self.contact)

    def happens(self) -> None:
        self.office.simulator.archive_contact(self.contact)

    def mend(self, clerk: Clerk) -> None:
        clerk.edits("ContactId", self.other)


class MissingProject(Breakage):
    said = "What it is about is not there"

    def queue(self) -> None:
        self.right = self.project(0).project_id
        self.task = self.office.add(TASK, self.right, "Mistyped")
        parameters = self.office.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = ?", self.task)
        mistyped = parameters.replace(self.right, NOBODY)
        self.office.connection.execute(
            "UPDATE queue.XeroTasks SET Parameters = ? WHERE XeroTaskId = ?", [mistyped, self.task]
        )

    def mend(self, clerk: Clerk) -> None:
        clerk.edits("ProjectId", self.right)


class WrongCurrency(Breakage):
    said = "must be in the project's currency, NZD"

    def queue(self) -> None:
        self.task = self.office.add_wrong(self.office.add_project("For the wrong currency"))

    def mend(self, clerk: Clerk) -> None:
        clerk.edits("RateCurrency", "NZD")


class UserWhoLeft(Breakage):
    said = "names no user of the organisation"

    def queue(self) -> None:
        self.gone, self.left = self.user(1), self.user(0)
        task = self.tasks(0)[-1]
        self.task = self.office.add(TIME, self.project(0).project_id, task.task_id, self.gone)

    def happens(self) -> None:
        users = self.office.organisation.users
        users[:] = [each for each in users if each.user_id != self.gone]

    def mend(self, clerk: Clerk) -> None:
        clerk.edits("UserId", self.left)


class LockedTask(Breakage):
    said = "takes no time"

    def queue(self) -> None:
        self.locked, self.other = self.tasks(1)[-1], self.tasks(1)[-2].task_id
        self.task = self.office.add(TIME, self.project(1).project_id, self.locked.task_id, self.user(0))

    def happens(self) -> None:
        self.locked.status = "LOCKED"

    def mend(self, clerk: Clerk) -> None:
        clerk.edits("TaskId", self.other)


class TaskWithTime(Breakage):
    said = "has time logged on it"

    def queue(self) -> None:
        self.where, timed = self.project(2), self.tasks(2)
        timed_ids = {entry.task_id for entry in self.where.time.values()}
        self.doomed = next(task for task in timed if task.task_id not in timed_ids)
        name = f"{self.where.project_id}/{self.doomed.task_id}"
        self.task = self.office.add("DELETE FROM Tasks WHERE Id = ?", name)

    def happens(self) -> None:
        with self.office.connect() as direct:
            direct.execute(TIME, [self.where.project_id, self.doomed.task_id, self.user(0)])

    def mend(self, clerk: Clerk) -> None:
        mine = {key for key, entry in self.where.time.items() if entry.task_id == self.doomed.task_id}
        for key in mine:
            del self.where.time[key]
        self.office.organisation.version += 1
        self.where.version += 1
        clerk.sends_again()


class InvoicedTask(Breakage):
    said = "is INVOICED and cannot be updated"

    def queue(self) -> None:
        self.invoiced = self.tasks(3)[0]
        name = f"{self.project(3).project_id}/{self.invoiced.task_id}"
        self.task = self.office.add("UPDATE Tasks SET RateValue = ? WHERE Id = ?", Decimal("99.95"), name)

    def happens(self) -> None:
        self.invoiced.status = "INVOICED"

    def mend(self, clerk: Clerk) -> None:
        self.invoiced.status = "ACTIVE"
        clerk.sends_again()


class DeletedAlready(Breakage):
    said = "What it is about is not there"

    def queue(self) -> None:
        self.where, self.doomed = self.project(4), self.tasks(4)[0]
        timed = [key for key, entry in self.where.time.items() if entry.task_id == self.doomed.task_id]
        for key in timed:
            del self.where.time[key]
        self.task = self.office.add("DELETE FROM Tasks WHERE Id = ?", f"{self.where.project_id}/{self.doomed.task_id}")

    def happens(self) -> None:
        with self.office.connect() as direct:
            direct.execute("DELETE FROM Tasks WHERE Id = ?", [f"{self.where.project_id}/{self.doomed.task_id}"])

    def mend(self, clerk: Clerk) -> None:
        clerk.browser.press_text("It did happen")
        clerk.browser.press_text("It did happen")


class LostAnswer(Breakage):
    said = "Nobody knows whether Xero has it"
    kind, place, name = "reset-after", 5, "Whose answer was lost"

    def queue(self) -> None:
        self.where = self.project(self.place).project_id
        self.task = self.office.add(TASK, self.where, self.name)

    def happens(self) -> None:
        self.office.simulator.add_fault(Fault(self.kind, match=f"POST .*{self.where}/Tasks", times=2))

    def at_xero(self) -> list[dict[str, Any]]:
        tasks = self.office.simulator.rows(self.office.options["tenant"])["tasks"]
        return [each for each in tasks if each["name"] == self.name]

    def mend(self, clerk: Clerk) -> None:
        (row,) = self.at_xero()
        clerk.browser.press_text("It did happen")
        clerk.browser.fill("Id of its row at Xero", f"{row['projectId']}/{row['taskId']}")
        clerk.browser.press_text("It did happen")


class NeverArrived(LostAnswer):
    kind, place, name = "reset-before", 6, "Which never arrived"

    def mend(self, clerk: Clerk) -> None:
        assert self.at_xero() == []
        clerk.browser.press_text("It is not at Xero: send again")
        clerk.browser.press_text("Send again")


BREAKAGES = (
    ArchivedContact, MissingProject, WrongCurrency, UserWhoLeft, LockedTask, TaskWithTime, InvoicedTask, DeletedAlready,
    LostAnswer, NeverArrived,
)  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lost answer's second chance."""
    monkeypatch.setattr(verdict, "SOON", timedelta(0))


@pytest.mark.usefixtures("quick")
def test_ten_broken_tasks_are_mended_on_the_page(browser: Browser, office: Office) -> None:
    """Each is among those that need somebody, says why, and is completed once it is mended."""
    office.options["recovery"] = "ask"
    office.connection.close()
    office.connection = office.connect(write_mode="queued", autocommit=True)
    broken = [kind(office) for kind in BREAKAGES]
    for each in broken:
        each.queue()
    for each in broken:
        each.happens()
    office.work()
    office.work()
    assert {office.status(each.task) for each in broken} == {"Failed", "Uncertain"}
    with Server(office.connection, TOKEN, "127.0.0.1", 0) as server:
        browser.visit(f"{server.url}sign-in?token={TOKEN.replace(' ', '+')}")
        for left in range(len(broken), 0, -1):
            each = broken[len(broken) - left]
            browser.go(server.url)
            browser.press_text(f"Need you {left}")
            browser.press_text(str(each.task))
            assert browser.has(each.said), browser.text()
            each.mend(Clerk(browser, office))
            assert office.status(each.task) in ("Pending", "Completed"), browser.text()
            office.work()
            browser.go(f"{server.url}tasks/{each.task}")
            assert browser.has("Xero has it."), browser.text()
            assert office.status(each.task) == "Completed"
        browser.go(server.url)
        assert browser.has("Need you 0")
