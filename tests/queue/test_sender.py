"""One task on its way to Xero: what is sent, what keeps it from being sent, and what each answer makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.queue.kit import START, uid
from tests.queue.office import Office
from xerosql.errors import OperationalError
from xerosql.queue.claims import LEASE
from xerosql.queue.model import Code, Status
from xerosql.queue.tables import EVENTS, TASKS

TOKEN = '{"access_token": "t2", "expires_in": 1800, "token_type": "Bearer"}'
MINUTE = 60


def test_a_task_is_sent_and_completed(office: Office) -> None:
    """With the id and the object that Xero gave, and with one mark before the request."""
    [number] = office.add(office.task(name="Fresh"))
    assert office.work() is Status.COMPLETED
    [made] = office.named("Fresh")
    row = office.books.row(number)
    assert row["result_id"] == f"{made['projectId']}/{made['taskId']}"
    assert json.loads(row["result"])["name"] == "Fresh"
    assert (row["status"], row["http_status"], row["error_code"]) == ("Completed", 201, None)
    assert [each[0] for each in office.books.events(number)] == ["added", "sent", "completed"]
    assert len(office.writes) == 1


def test_a_chain_is_sent_with_the_ids_of_the_rows_before(office: Office) -> None:
    """A project, its task and a time entry on it, none of which exists yet."""
    project = office.project("New")
    task = office.task(project, "First")
    user = office.rows("users")[0]["userId"]
    ids = {"ProjectId": project.own_id, "TaskId": task.own_id}
    entry = office.books.make(
        "CreateTimeEntry", tenant=office.tenant, UserId=user, Date="2026-03-30", Duration=60, **ids
    )
    office.add(project, task, entry)
    sender = office.sender()
    assert [office.work(sender) for _ in range(3)] == [Status.COMPLETED] * 3
    [made] = office.named("First")
    assert [each["duration"] for each in office.rows("time") if each["taskId"] == made["taskId"]] == [60]
    assert len([each for each in office.reads if "/Tasks" in each.path]) == 0


def test_an_update_is_merged_with_what_xero_has_when_it_is_sent(office: Office) -> None:
    """Not with what it had when the statement ran."""
    update = office.update(Name="Renamed")
    office.add(update)
    ids = dict(update.parameters)
    office.sim.handle(
        "PUT",
        f"/projects.xro/2.0/Projects/{ids['ProjectId']}/Tasks/{ids['TaskId']}",
        {"Authorization": "Bearer x", "xero-tenant-id": office.tenant, "Content-Type": "application/json"},
        json.dumps({"name": "Other", "rate": {"value": 77, "currency": "USD"}, "chargeType": "TIME"}).encode(),
    )
    assert office.work() is Status.COMPLETED
    [row] = office.named("Renamed")
    assert row["rate"]["value"] == Decimal(77)


def test_a_deletion_is_sent_without_reading(office: Office) -> None:
    delete = office.delete()
    office.add(delete)
    assert office.work() is Status.COMPLETED
    assert delete.own_id not in {row["taskId"] for row in office.rows("tasks")}
    assert office.reads == []


# -- What keeps it from being sent -------------------------------------------------------------------------------------


def test_a_task_that_no_statement_could_have_fails_unsent(office: Office) -> None:
    [number] = office.add(office.update(Name="x"))
    office.books.set(number, parameters='{"Name": "' + "x" * 101 + '"}')
    assert office.work() is Status.FAILED
    row = office.books.row(number)
    assert (row["error_code"], row["sent_at"]) == (Code.INVALID, None)
    assert row["error_message"] == f"Name takes at most 100 characters; this has 101 (task {number})"
    assert office.writes == []


def test_a_row_that_is_gone_fails_its_update_unsent(office: Office) -> None:
    [number] = office.add(office.books.make("UpdateTask", uid(9), tenant=office.tenant, ProjectId=uid(8), Name="x"))
    assert office.work() is Status.FAILED
    assert (office.books.row(number)["error_code"], office.writes) == (Code.NOT_FOUND, [])


def test_a_network_that_is_down_is_waited_for(office: Office) -> None:
    """It was not sent, so it is ready to be sent."""
    [number] = office.add(office.project())
    for _ in range(40):
        office.answers.append(("", ConnectionRefusedError()))
    assert office.work() is Status.ERROR
    row = office.books.row(number)
    assert (row["error_code"], row["first_sent_at"]) == (Code.CONNECTION, None)
    assert row["not_before"] == office.queue.now() + timedelta(seconds=5)


def test_a_network_that_is_down_for_days_uses_up_no_task(office: Office) -> None:
    """However often it was tried, and whatever goes wrong once it is up again."""
    [number] = office.add(office.books.close_project(office.rows("projects")[0]["projectId"], tenant=office.tenant))
    sender = office.sender()
    for _ in range(12):
        office.answers.append(("^PATCH", ConnectionRefusedError()))
        assert office.work(sender) is Status.ERROR
        office.clock.advance(3600)
    office.fault("500", "^PATCH")
    assert office.work(sender) is Status.ERROR
    assert (office.books.row(number)["attempts"], office.books.row(number)["unreached"]) == (1, 0)
    office.clock.advance(3600)
    assert office.work(sender) is Status.COMPLETED


def test_a_network_that_is_down_is_asked_less_and_less(office: Office) -> None:
    """Though no attempt is counted."""
    [number] = office.add(office.books.close_project(office.rows("projects")[0]["projectId"], tenant=office.tenant))
    waits = []
    for _ in range(6):
        office.answers.append(("^PATCH", ConnectionRefusedError()))
        assert office.work() is Status.ERROR
        waits.append((office.books.row(number)["not_before"] - office.queue.now()).total_seconds())
        office.clock.advance(waits[-1])
    assert waits == [5, 30, 120, 600, 1800, 1800]


def test_a_list_that_cannot_be_read_is_waited_for(office: Office) -> None:
    """Nothing is created before it is known what is there already; and the worker goes on."""
    [number] = office.add(office.project())
    office.instead("^GET .*Projects", 200, b"<html>Maintenance</html>")
    assert office.work() is Status.ERROR
    assert (office.books.row(number)["error_message"], office.writes) == ("Xero sent a list that cannot be read", [])


def test_a_task_that_was_cancelled_before_it_left_is_not_sent(office: Office) -> None:
    [number] = office.add(office.project())
    office.answers.append(("^GET .*Projects", lambda: office.books.set(number, cancel_requested=True)))
    assert office.work() is None
    assert (office.books.status(number), office.writes) == ("Cancelled", [])


def test_a_task_whose_lease_ended_before_it_left_is_not_sent(office: Office) -> None:
    """Reading took too long: somebody else may have it."""
    [number] = office.add(office.project())
    office.answers.append(("^GET .*Projects", lambda: office.clock.advance(LEASE.total_seconds())))
    assert office.work() is None
    assert (office.books.status(number), office.writes) == ("Running", [])


def test_a_task_whose_mark_cannot_be_kept_is_not_sent(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full, and the next request would be one that nobody remembers."""
    [number] = office.add(office.project())

    def full(*_: object) -> None:
        raise OperationalError("the disk of the queue is full; nothing was changed", retryable=True)

    monkeypatch.setattr(office.queue, "mark_sent", full)
    assert office.work() is Status.ERROR
    assert (office.writes, office.books.row(number)["sent_at"]) == ([], None)


def test_a_stopped_worker_lets_its_task_go(office: Office) -> None:
    """It waited for the minute's quota when it was stopped."""
    [number] = office.add(office.project())
    sender = office.sender()

    def stop() -> None:
        sender.stop.set()
        raise ConnectionRefusedError

    office.answers += [("", stop)] * 9
    assert office.work(sender) is Status.PENDING
    row = office.books.row(number)
    assert (row["error_message"], row["attempts"], row["not_before"]) == ("the worker was stopped", 0, None)


# -- Answers -----------------------------------------------------------------------------------------------------------


def test_xeros_own_words_are_kept(office: Office) -> None:
    [number] = office.add(office.project())
    office.instead("^POST", 400, {"modelState": {"model.name": ["Name is taken"]}}, Xero_Correlation_Id="c-9")
    assert office.work() is Status.FAILED
    row = office.books.row(number)
    assert (row["error_code"], row["http_status"], row["correlation_id"]) == (Code.VALIDATION, 400, "c-9")
    assert row["error_message"] == "Xero refused the change: name: Name is taken"


def test_a_quota_pauses_the_organisation_and_counts_nothing(office: Office) -> None:
    """Of a first sending nothing is left in doubt."""
    [number] = office.add(office.project())
    office.fault("429-day", retry_after=40_000)
    assert office.work() is Status.PENDING
    row, tenant = office.books.row(number), office.books.tenant(office.tenant)
    assert (row["attempts"], row["first_sent_at"], row["not_before"]) == (0, None, None)
    assert (tenant["reason"], tenant["paused_until"]) == ("rate limit", office.queue.now() + timedelta(seconds=40_000))
    assert office.idle()


def test_what_is_left_of_the_day_is_noted(office: Office) -> None:
    office.add(office.project())
    office.instead("^POST", 400, {}, X_DayLimit_Remaining="17")
    office.work()
    assert office.books.tenant(office.tenant)["day_remaining"] == 17


def test_a_reserve_of_the_day_is_left_alone(office: Office) -> None:
    """For people's own reads: what was done counts, and nothing more is sent for an hour."""
    sender = office.sender(client=office.client(access_token="t1", calls_per_day=1000), day_reserve=0.1)
    office.add(office.project(), office.project("Wall"))
    office.instead("^GET .*Projects", 200, {"items": [], "pagination": {"pageCount": 1}}, X_DayLimit_Remaining="101")
    office.instead("^POST", 201, {"projectId": uid(1)}, X_DayLimit_Remaining="100")
    assert office.work(sender) is Status.COMPLETED
    tenant = office.books.tenant(office.tenant)
    assert (tenant["reason"], tenant["paused_until"]) == ("rate limit", START + timedelta(hours=1))


def test_an_organisation_that_is_offline_is_paused(office: Office) -> None:
    [number] = office.add(office.update(Name="x"))
    office.fault("503", "^PUT")
    assert office.work() is Status.ERROR
    tenant = office.books.tenant(office.tenant)
    assert (tenant["reason"], tenant["paused_until"]) == ("offline", START + timedelta(minutes=5))
    assert office.idle()
    office.clock.advance(5 * MINUTE)
    assert office.work() is Status.COMPLETED
    assert office.books.status(number) == "Completed"


def test_an_expired_token_is_renewed_once(office: Office) -> None:
    """The request that was turned away is marked and sent again under the new one."""
    client = office.client(access_token="t1", refresh_token="r1", client_id="i", client_secret="s")
    [number] = office.add(office.books.close_project(office.rows("projects")[0]["projectId"], tenant=office.tenant))
    office.instead("^PATCH", 401, {"Detail": "TokenExpired: yesterday"})
    office.instead("connect/token", 200, TOKEN.encode())
    assert office.work(office.sender(client=client)) is Status.COMPLETED
    assert [each[0] for each in office.books.events(number)] == ["added", "sent", "sent", "completed"]


def test_a_token_that_cannot_be_renewed_pauses_the_organisation(office: Office) -> None:
    """Nothing was applied, and the attempt is not counted."""
    [number] = office.add(office.update(Name="x"))
    office.instead("^PUT", 401, {"Detail": "TokenExpired: yesterday"})
    office.instead("^PUT", 401, {"Detail": "TokenExpired: yesterday"})
    assert office.work() is Status.PENDING
    tenant, row = office.books.tenant(office.tenant), office.books.row(number)
    assert (tenant["reason"], row["attempts"], row["first_sent_at"]) == ("authorisation", 0, None)


def test_an_organisation_that_is_not_connected_is_paused(office: Office) -> None:
    """Its tasks go on when it is connected again."""
    [number] = office.add(office.update(Name="x"))
    office.instead("^PUT", 403, {"Detail": "no"})
    office.instead("connections", 200, [])
    assert office.work() is Status.PENDING
    assert office.books.tenant(office.tenant)["reason"] == "authorisation"
    assert office.books.row(number)["error_message"] == "the organisation is not connected any more"


def test_a_role_that_is_missing_fails_the_task(office: Office) -> None:
    """The organisation is connected, so waiting would not help."""
    [number] = office.add(office.update(Name="x"))
    office.instead("^PUT", 403, {"Detail": "no"})
    assert office.work() is Status.FAILED
    assert (office.books.row(number)["error_code"], office.books.row(number)["http_status"]) == (Code.FORBIDDEN, 403)


def test_a_role_that_is_missing_for_the_read_before_a_write_fails_the_task_too(office: Office) -> None:
    """The organisation is not paused for it again and again."""
    [number] = office.add(office.update(Name="x"))
    office.instead("^GET .*Tasks", 403, {"Detail": "no"})
    assert office.work() is Status.FAILED
    assert office.books.row(number)["error_code"] == Code.FORBIDDEN
    assert office.books.tenant(office.tenant)["paused_until"] is None


@pytest.mark.parametrize("kind", ["500", "502", "reset-before", "reset-after", "truncated"])
def test_an_update_is_repeated_until_it_is_answered(office: Office, kind: str) -> None:
    """Setting values twice is setting them once."""
    [number] = office.add(office.update(Name="Again"))
    office.fault(kind, "^PUT")
    assert office.work() is Status.ERROR
    assert office.books.row(number)["first_sent_at"] == START
    assert office.idle()
    office.clock.advance(5)
    assert office.work() is Status.COMPLETED
    assert len(office.named("Again")) == 1


def test_an_update_that_fails_for_ever_is_given_up(office: Office) -> None:
    [number] = office.add(office.update(Name="Again"))
    office.fault("500", "^PUT", times=-1)
    sender = office.sender()
    for _ in range(5):
        assert office.work(sender) is Status.ERROR
        office.clock.advance(3600)
    assert office.work(sender) is Status.FAILED
    assert (office.books.row(number)["error_message"] or "").startswith("given up after 6 attempts: ")


def test_a_deletion_whose_answer_was_lost_worked(office: Office) -> None:
    """The repetition finds nothing: that is what was wanted."""
    delete = office.delete()
    [number] = office.add(delete)
    office.fault("reset-after", "^DELETE")
    assert office.work() is Status.ERROR
    office.clock.advance(5)
    assert office.work() is Status.COMPLETED
    assert (office.books.row(number)["http_status"], office.books.row(number)["error_code"]) == (404, None)


def test_a_deletion_of_nothing_fails(office: Office) -> None:
    """Where no earlier request can have done it."""
    office.add(office.books.make("DeleteTask", uid(9), tenant=office.tenant, ProjectId=uid(8)))
    assert office.work() is Status.FAILED


# -- Writing down ------------------------------------------------------------------------------------------------------


def test_an_answer_is_not_given_up_because_the_disk_is_full(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Xero has said is written down as soon as it can be."""
    [number] = office.add(office.update(Name="x"))
    real, troubles = office.queue.record, [OperationalError("full", retryable=True) for _ in range(4)]

    def record(*arguments: object) -> object:
        if troubles:
            raise troubles.pop()
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(office.queue, "record", record)
    assert office.work() is Status.COMPLETED
    assert [each for each in office.clock.slept if each] == [0.2, 1.0, 3.0, 10.0]
    assert office.books.status(number) == "Completed"


def test_an_answer_that_can_never_be_written_down_is_an_error(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays Running and sent, so that somebody finds out what became of it."""
    [number] = office.add(office.update(Name="x"))

    def broken(*_: object) -> None:
        raise OperationalError("damaged", sqlstate="XX001")

    monkeypatch.setattr(office.queue, "record", broken)
    with pytest.raises(OperationalError, match="damaged"):
        office.work()
    row = office.books.row(number)
    assert (row["status"], row["sent_at"] is None) == ("Running", False)


def test_each_step_can_be_watched(office: Office) -> None:
    """So that a test can end the process there."""
    steps: list[str] = []
    office.add(office.project())
    office.work(office.sender(probe=lambda step, task: steps.append(step)))
    assert steps == ["claimed", "built", "marked", "answered", "recorded"]


def test_secrets_and_bodies_are_in_no_event(office: Office) -> None:
    """The audit has a hash of what was sent, and the task itself a fingerprint of the token."""
    [number] = office.add(office.project("Secret name"))
    office.fault("reset-after")
    office.work(office.sender(client=office.client(access_token="hush")))

    stored = str(office.books.query(sa.select(EVENTS))) + str(office.books.query(sa.select(TASKS.c.token)))
    assert "Secret" not in stored
    assert "hush" not in stored
    assert len(office.books.row(number)["token"]) == 64


def test_a_task_of_an_older_claim_is_nobodys(office: Office) -> None:
    office.add(office.project())
    sender = office.sender()
    task = office.queue.claim("w1", [office.tenant], 5)
    assert task is not None
    assert sender.handle(replace(task, claim=task.claim - 1)) is None
    assert office.writes == []
