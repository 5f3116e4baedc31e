"""Finding out what became of a creation whose answer never came: never a second row, and never a wrong "it worked"."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.queue.kit import START
from tests.queue.office import Office
from xerosql.queue.claims import LEASE
from xerosql.queue.model import Code, Status
from xerosql.queue.recover import KEY_WINDOW, QUIET
from xerosql.queue.sender import ASK, Sender

TOKEN = b'{"access_token": "t2", "expires_in": 1800, "token_type": "Bearer"}'


def lose(office: Office, kind: str = "reset-after", sender: Sender | None = None) -> int:
    """A creation that was sent, and of which nobody knows what became."""
    [number] = office.add(office.task(name="Fresh"))
    office.fault(kind)
    assert office.work(sender) is Status.UNCERTAIN
    office.clock.advance(5)
    return number


def another(office: Office) -> Sender:
    """A worker that was started since, with another token."""
    return office.sender("w2", client=office.client(access_token="t2"))


def events(office: Office, number: int) -> list[str]:
    return [each[0] for each in office.books.events(number)]


def test_an_unknown_outcome_is_looked_into_soon(office: Office) -> None:
    number = lose(office)
    row = office.books.row(number)
    assert (row["error_code"], row["not_before"]) == (Code.UNKNOWN, START + timedelta(seconds=5))
    assert (row["attempts"], row["idempotency_key"] is None) == (1, False)


@pytest.mark.parametrize("kind", ["reset-after", "reset-before", "truncated"])
def test_the_same_request_is_repeated_while_xero_knows_its_key(office: Office, kind: str) -> None:
    """The same bytes under the same key: one row, whether the first one arrived or not."""
    sender = office.sender()
    number = lose(office, kind, sender)
    assert office.work(sender) is Status.COMPLETED
    assert len(office.named("Fresh")) == 1
    first, second = office.writes
    assert (first.body, first.idempotency_key) == (second.body, second.idempotency_key)
    assert events(office, number) == ["added", "sent", "unknown", "sent", "replayed"]


def test_the_row_is_looked_for_once_the_key_may_be_forgotten(office: Office) -> None:
    """And taken for the task's own: it is the only new one."""
    number = lose(office)
    office.clock.advance(KEY_WINDOW)
    assert office.work() is Status.COMPLETED
    [made] = office.named("Fresh")
    assert office.books.row(number)["result_id"].endswith(made["taskId"])
    assert events(office, number)[-1] == "adopted"
    assert len(office.writes) == 1


def test_the_row_is_looked_for_under_another_token(office: Office) -> None:
    """Xero may know the key under the first token only."""
    number = lose(office)
    assert office.work(another(office)) is Status.COMPLETED
    assert (events(office, number)[-1], len(office.writes)) == ("adopted", 1)


def test_the_row_is_looked_for_after_a_restart_of_the_machine(office: Office) -> None:
    """Nobody knows how long it was off."""
    number = lose(office)
    office.books.set(number, first_clock="another-boot 5.0")
    assert office.work() is Status.COMPLETED
    assert (events(office, number)[-1], len(office.writes)) == ("adopted", 1)


@pytest.mark.parametrize(("jump", "wait"), [(3600, 0), (-3600, 3600)])
def test_the_row_is_looked_for_if_the_clock_was_set(office: Office, jump: int, wait: int) -> None:
    """The two clocks do not agree on how old the key is, and the older one is believed."""
    number = lose(office)
    office.clock.jumped = jump
    office.clock.advance(wait)
    assert office.work() is Status.COMPLETED
    assert (events(office, number)[-1], len(office.writes)) == ("adopted", 1)


def test_a_row_that_is_not_there_is_waited_for(office: Office) -> None:
    """Xero's lists may be late: only after a while of quiet is it certain that it will not come."""
    number = lose(office, "reset-before")
    assert office.work(another(office)) is Status.UNCERTAIN
    row = office.books.row(number)
    assert row["error_message"] == "the answer never came, and Xero does not show the row yet"
    assert row["not_before"] == START + timedelta(seconds=QUIET)
    assert office.idle()


def test_a_row_that_is_still_not_there_is_created_anew(office: Office) -> None:
    """With a new key, and as one more attempt."""
    number = lose(office, "reset-before")
    office.clock.advance(QUIET)
    assert office.work(another(office)) is Status.PENDING
    assert (office.books.row(number)["first_sent_at"], office.books.row(number)["idempotency_key"]) == (None, None)
    assert office.work(another(office)) is Status.COMPLETED
    assert len(office.named("Fresh")) == 1
    assert len({each.idempotency_key for each in office.writes}) == 2
    assert events(office, number) == ["added", "sent", "unknown", "absent", "sent", "completed"]


def test_a_creation_that_always_fails_is_given_up(office: Office) -> None:
    """Not sent anew for ever, and with nothing in doubt."""
    [number] = office.add(office.task(name="Fresh"))
    office.fault("500", times=-1)
    steps = 0
    while office.books.status(number) not in ("Failed", "Completed"):
        office.clock.advance(1)
        due = office.queue.next_due([office.tenant])
        office.clock.advance(due or 0)
        office.work()
        steps += 1
        assert steps < 100
    row = office.books.row(number)
    assert row["error_message"] == "given up after 6 attempts: Xero never created the row"
    assert (row["first_sent_at"], office.named("Fresh")) == (None, [])


def test_a_cached_error_is_not_believed(office: Office) -> None:
    """Xero repeats its answer to a key, even a wrong one; the row is there all the same."""
    sender = office.sender()
    number = lose(office, sender=sender)
    office.fault("500")
    assert office.work(sender) is Status.COMPLETED
    assert events(office, number)[-1] == "adopted"


def test_a_refusal_of_the_repetition_is_the_answer(office: Office) -> None:
    """The first one was refused as well: one key has one answer."""
    sender = office.sender()
    number = lose(office, "reset-before", sender)
    office.instead("^POST", 400, {"modelState": {"model.name": ["taken"]}})
    assert office.work(sender) is Status.FAILED
    assert office.books.row(number)["error_code"] == Code.VALIDATION


def test_a_token_that_has_expired_is_not_renewed_for_a_repetition(office: Office) -> None:
    """The key might not be known under the new one: the row is looked for instead."""
    client = office.client(access_token="t1", refresh_token="r1", client_id="i", client_secret="s")
    sender = office.sender(client=client)
    number = lose(office, sender=sender)
    office.instead("^POST .*Tasks", 401, {"Detail": "TokenExpired: just now"})
    office.instead("connect/token", 200, TOKEN)
    assert office.work(sender) is Status.COMPLETED
    assert (events(office, number)[-1], len(office.writes)) == ("adopted", 1)


# -- Which row it is ---------------------------------------------------------------------------------------------------


def test_rows_that_were_there_before_are_not_taken(office: Office) -> None:
    """They look the same, and were not made by the task."""
    office.add(office.task(name="Fresh"))
    assert office.work() is Status.COMPLETED
    [before] = office.named("Fresh")
    office.clock.advance(600)
    number = lose(office)
    office.clock.advance(KEY_WINDOW)
    assert office.work() is Status.COMPLETED
    [made] = [each for each in office.named("Fresh") if each["taskId"] != before["taskId"]]
    assert office.books.row(number)["result_id"].endswith(made["taskId"])


def test_two_rows_that_may_be_it_need_a_person(office: Office) -> None:
    """Somebody has made another one by hand. The sentence names both, and nothing is sent."""
    number = lose(office)
    task = office.task(name="Fresh")
    office.sim.handle(
        "POST",
        f"/projects.xro/2.0/Projects/{task.parameters['ProjectId']}/Tasks",
        {"Authorization": "Bearer x", "xero-tenant-id": office.tenant, "Content-Type": "application/json"},
        b'{"name": "Fresh", "rate": {"value": 10, "currency": "USD"}, "chargeType": "TIME"}',
    )
    office.sim.reset_counters()
    assert len(office.named("Fresh")) == 2
    office.clock.advance(KEY_WINDOW)
    assert office.work() is Status.UNCERTAIN
    row = office.books.row(number)
    assert row["not_before"] is None
    assert all(each["taskId"] in row["error_message"] for each in office.named("Fresh"))
    assert (office.idle(), office.writes) == (True, [])


def test_two_tasks_of_one_look_get_a_row_each(office: Office) -> None:
    """Both answers were lost."""
    sender = office.sender()
    first, second = office.add(office.task(name="Fresh"), office.task(name="Fresh"))
    office.fault("reset-after", times=2)
    assert [office.work(sender), office.work(sender)] == [Status.UNCERTAIN] * 2
    office.clock.advance(KEY_WINDOW)
    for _ in range(20):
        due = office.queue.next_due([office.tenant])
        if due is None:
            break
        office.clock.advance(due)
        office.work(sender)
    results = [office.books.row(each)["result_id"] for each in (first, second)]
    statuses = [office.books.status(each) for each in (first, second)]
    rows = {f"{each['projectId']}/{each['taskId']}" for each in office.named("Fresh")}
    completed = [result for result, status in zip(results, statuses, strict=True) if status == "Completed"]
    assert len(set(completed)) == len(completed)
    assert set(completed) <= rows
    assert len(rows) == 2
    assert set(statuses) <= {"Completed", "Uncertain"}


def test_nobody_looked_before_so_a_person_must(office: Office) -> None:
    """Recovery was off when it was sent, and is on now: the row may have been there all the time."""
    number = lose(office, sender=office.sender(recovery=ASK))
    assert office.books.row(number)["look_alikes"] is None
    office.clock.advance(KEY_WINDOW)
    assert office.work() is Status.UNCERTAIN
    assert office.books.row(number)["not_before"] is None


def test_recovery_by_people_only(office: Office) -> None:
    """Nothing is looked at before, and nothing is taken after; only the same request is repeated."""
    sender = office.sender(recovery=ASK)
    number = lose(office, sender=sender)
    assert [each for each in office.reads if each.path.endswith("/Tasks")] == []
    office.clock.advance(KEY_WINDOW)
    assert office.work(sender) is Status.UNCERTAIN
    row = office.books.row(number)
    assert row["error_message"] == "the answer never came; look for the row at Xero"
    assert (row["not_before"], office.idle(), len(office.writes)) == (None, True, 1)


def test_a_creation_whose_request_is_not_known_needs_a_person(office: Office) -> None:
    number = lose(office)
    office.books.set(number, method=None)
    assert office.work() is Status.UNCERTAIN
    sentence = "what was sent is not known; look for the row at Xero"
    assert office.books.row(number)["error_message"] == sentence


def test_a_twin_on_its_way_is_waited_for(office: Office) -> None:
    """The row that was found may be that one's."""
    number = lose(office)
    office.add(office.task(name="Fresh"))
    office.clock.advance(KEY_WINDOW)
    other = another(office)
    twin = office.queue.claim("w2", [office.tenant], 5)
    assert twin is not None

    def look_meanwhile() -> None:
        office.answers.clear()
        office.queue.enter("w3", {})
        assert office.work(office.sender("w3")) is Status.UNCERTAIN
        assert office.books.row(number)["error_message"] == "a task like this one is on its way"

    office.answers.append(("^POST", look_meanwhile))
    assert other.handle(twin) is Status.COMPLETED
    office.clock.advance(60)
    assert office.work() is Status.COMPLETED
    assert len({office.books.row(each)["result_id"] for each in (number, twin.id)}) == 2


# -- Looking that does not work ----------------------------------------------------------------------------------------


def test_a_quota_is_waited_for_before_looking_again(office: Office) -> None:
    number = lose(office)
    office.clock.advance(KEY_WINDOW)
    office.fault("429-day", "^GET", times=-1, retry_after=4000)
    assert office.work() is Status.UNCERTAIN
    assert office.books.tenant(office.tenant)["reason"] == "rate limit"
    office.sim.clear_faults()
    office.clock.advance(4000)
    assert office.work(another(office)) is Status.COMPLETED
    assert office.books.row(number)["attempts"] == 1


@pytest.mark.parametrize("kind", ["500", "reset-before", "truncated"])
def test_a_list_that_does_not_come_is_asked_for_again(office: Office, kind: str) -> None:
    """What is unknown stays so meanwhile."""
    number = lose(office)
    office.clock.advance(KEY_WINDOW)
    office.fault(kind, "^GET", times=30)
    assert office.work() is Status.UNCERTAIN
    assert office.books.row(number)["not_before"] > office.queue.now()
    office.sim.clear_faults()
    office.clock.advance(60)
    assert office.work() is Status.COMPLETED


def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(office: Office) -> None:
    """Or there would be a second row."""
    number = lose(office)
    office.clock.advance(KEY_WINDOW)
    for body in ({}, {"items": None}):
        office.instead("^GET .*Tasks", 200, body)
        assert office.work() is Status.UNCERTAIN
        office.clock.advance(60)
    assert office.work() is Status.COMPLETED
    assert (events(office, number)[-1], len(office.named("Fresh"))) == ("adopted", 1)


# -- Workers that die --------------------------------------------------------------------------------------------------


class Died(Exception):  # noqa: N818 - it is what happens
    """The process ends here."""


def kill(office: Office, step: str) -> None:
    def probe(at: str, task: object) -> None:
        if at == step:
            raise Died

    with pytest.raises(Died):
        office.work(office.sender(probe=probe))
    office.clock.advance(LEASE.total_seconds())


@pytest.mark.parametrize("step", ["claimed", "built"])
def test_a_worker_that_dies_before_sending_leaves_it_to_another(office: Office, step: str) -> None:
    [number] = office.add(office.task(name="Fresh"))
    kill(office, step)
    assert office.work(another(office)) is Status.COMPLETED
    assert (len(office.named("Fresh")), office.books.row(number)["crashes"]) == (1, 1)


@pytest.mark.parametrize("step", ["marked", "answered"])
def test_a_worker_that_dies_after_the_mark_leaves_an_unknown_outcome(office: Office, step: str) -> None:
    """Sent or not: one row in the end."""
    [number] = office.add(office.task(name="Fresh"))
    kill(office, step)
    for _ in range(6):
        office.work(another(office))
        if office.books.status(number) == "Completed":
            break
        office.clock.advance(QUIET)
    assert (office.books.status(number), len(office.named("Fresh"))) == ("Completed", 1)


@pytest.mark.parametrize("step", ["marked", "answered"])
def test_an_update_of_a_worker_that_died_is_sent_again(office: Office, step: str) -> None:
    """As it is now: nothing is wrong with saying it twice."""
    [number] = office.add(office.update(Name="Again"))
    kill(office, step)
    assert office.work(another(office)) is Status.PENDING
    assert office.work(another(office)) is Status.COMPLETED
    assert (len(office.named("Again")), office.books.row(number)["attempts"]) == (1, 1)


def test_a_deletion_of_a_worker_that_died_worked(office: Office) -> None:
    [number] = office.add(office.delete())
    kill(office, "answered")
    assert office.work(another(office)) is Status.PENDING
    assert office.work(another(office)) is Status.COMPLETED
    assert office.books.row(number)["http_status"] == 404


def test_an_unknown_outcome_that_somebody_cancels_is_not_repeated(office: Office) -> None:
    """They were told that it may have been applied."""
    sender = office.sender()
    number = lose(office, sender=sender)
    office.books.set(number, cancel_requested=True)
    assert office.work(sender) is None
    assert (office.books.status(number), len(office.writes)) == ("Cancelled", 1)
    assert office.books.row(number)["first_sent_at"] is not None
