"""What every answer, and every failure to get one, comes to for each kind of write. A table, and its exceptions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.queue.kit import START, TENANT, uid
from xerosql import catalog
from xerosql.api.failure import Failure
from xerosql.api.request import Headers, Request, Response
from xerosql.queue.events import Happened
from xerosql.queue.model import Code, Reason, Status, Task, TaskType, TaskTypes
from xerosql.queue.verdict import Judge, Verdict

TYPES = TaskTypes(catalog.load())
KEYED = replace(TYPES["CreateProject"], write=replace(TYPES["CreateProject"].write, keyed_by="Name"))
KINDS = {"natural": TYPES["UpdateTask"], "delete": TYPES["DeleteTask"], "blind": TYPES["CreateTask"], "keyed": KEYED}
CREATIONS = ("blind", "keyed")
REQUEST = Request("POST", "/projects.xro/2.0/Projects", tenant=TENANT)
BODY = json.dumps({"projectId": uid(1), "taskId": uid(2), "name": "Roof"}).encode()


def judge(kind: TaskType, *, doubtful: bool = False, status: Status = Status.RUNNING, attempts: int = 0) -> Judge:
    task = Task(1, kind.name, TENANT, status, "{}", "queue:1", 1, attempts, 1, 6, sent_at=START)
    return Judge(replace(task, first_sent_at=START) if doubtful else task, kind, START)


def answer(status: int, body: bytes = b"", **headers: str) -> Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, Headers({"Xero-Correlation-Id": "c-1", **fields}), body)


def status_of(verdict: Verdict) -> Status:
    if verdict.created is not None:
        return Status.COMPLETED
    assert verdict.ending is not None
    return verdict.ending.status


# What Xero says no with needs a person, whatever the write was.
REFUSED = {
    400: Code.VALIDATION,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.UNEXPECTED,
    409: Code.CONFLICT,
    410: Code.NOT_FOUND,
    412: Code.CONFLICT,
    413: Code.UNEXPECTED,
    422: Code.UNEXPECTED,
    423: Code.CONFLICT,
    302: Code.UNEXPECTED,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "code"), REFUSED.items())
def test_a_refusal_fails(kind: str, status: int, code: Code) -> None:
    """The same request would be refused again; nothing was applied."""
    body = json.dumps({"modelState": {"model.name": ["is too long"]}}).encode()
    verdict = judge(KINDS[kind]).verdict(REQUEST, answer(status, body))
    ending = verdict.ending
    assert ending is not None
    assert (ending.status, ending.code, ending.what) == (Status.FAILED, code, Happened.FAILED)
    assert (ending.http_status, ending.correlation_id, ending.applied, ending.counted) == (status, "c-1", False, True)
    assert "name: is too long" in (ending.message or "")
    assert (ending.look_at, verdict.pause) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 501])
def test_a_server_that_fails(kind: str, status: int) -> None:
    """What can be repeated is; of a creation nobody knows. Statuses that Xero does not send need a person."""
    verdict = judge(KINDS[kind]).verdict(REQUEST, answer(status))
    ending = verdict.ending
    assert ending is not None
    if status == 501:
        assert (ending.status, ending.code) == (Status.FAILED, Code.UNEXPECTED)
    elif kind in CREATIONS:
        assert (ending.status, ending.code, ending.applied) == (Status.UNCERTAIN, Code.UNKNOWN, None)
        assert ending.look_at == START + timedelta(seconds=5)
    else:
        assert (ending.status, ending.code, ending.applied) == (Status.ERROR, Code.SERVER, None)
        assert ending.look_at == START + timedelta(seconds=5)
    assert (verdict.pause is not None) == (status == 503)


@pytest.mark.parametrize("kind", KINDS)
def test_an_organisation_that_is_offline_is_paused(kind: str) -> None:
    pause = judge(KINDS[kind]).verdict(REQUEST, answer(503)).pause
    assert pause is not None
    assert (pause.reason, pause.until) == (Reason.OFFLINE, START + timedelta(minutes=5))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sent", [True, False])
def test_no_answer(kind: str, sent: bool) -> None:
    """A creation that left is unknown; anything else is tried again, and a dead network is not the task's fault."""
    ending = judge(KINDS[kind]).verdict(REQUEST, Failure("the connection broke", sent=sent)).ending
    assert ending is not None
    unknown = sent and kind in CREATIONS
    assert ending.status is (Status.UNCERTAIN if unknown else Status.ERROR)
    assert ending.code is (Code.UNKNOWN if unknown else Code.CONNECTION)
    assert ending.applied is (None if sent else False)
    assert ending.message == "the connection broke"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X_Rate_Limit_Problem": "minute", "Retry_After": "13"}, 13),
        ({"X_Rate_Limit_Problem": "minute"}, 60),
        ({"X_Rate_Limit_Problem": "day", "Retry_After": "66975"}, 66975),
        ({"X_Rate_Limit_Problem": "day"}, 3600),
        ({}, 5),
        ({"X_Rate_Limit_Problem": "minute", "Retry_After": "0"}, 5),
    ],
)
def test_a_quota_pauses_the_organisation(kind: str, headers: dict[str, str], seconds: int) -> None:
    """The attempt is not counted, and nothing was done."""
    verdict = judge(KINDS[kind]).verdict(REQUEST, answer(429, **headers))
    ending, pause = verdict.ending, verdict.pause
    assert ending is not None
    assert pause is not None
    assert (ending.status, ending.what, ending.counted) == (Status.PENDING, Happened.DEFERRED, False)
    assert (ending.code, ending.applied, ending.look_at) == (None, False, None)
    assert (pause.reason, pause.until) == (Reason.RATE_LIMIT, START + timedelta(seconds=seconds))


@pytest.mark.parametrize("kind", KINDS)
def test_the_old_form_of_a_refusal_is_a_quota_too(kind: str) -> None:
    verdict = judge(KINDS[kind]).verdict(REQUEST, answer(503, X_Rate_Limit_Problem="minute"))
    assert verdict.pause is not None
    assert (status_of(verdict), verdict.pause.reason) == (Status.PENDING, Reason.RATE_LIMIT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_in_that_does_not_work_pauses_the_organisation(kind: str) -> None:
    """For a while, in case somebody mends it; the attempt is not counted."""
    verdict = judge(KINDS[kind]).verdict(REQUEST, answer(401))
    assert verdict.ending is not None
    assert verdict.pause is not None
    assert (verdict.ending.status, verdict.ending.counted) == (Status.PENDING, False)
    assert (verdict.pause.reason, verdict.pause.until) == (Reason.AUTHORISATION, START + timedelta(minutes=5))


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize("kind", ["natural", "delete"])
def test_a_change_that_worked(kind: str, status: int) -> None:
    """Xero answers with nothing at all, or with whatever it likes."""
    created = judge(KINDS[kind]).verdict(REQUEST, answer(status, b"<html>")).created
    assert created is not None
    assert (created.result_id, created.result, created.http_status, created.correlation_id) == (
        None,
        None,
        status,
        "c-1",
    )


def test_a_creation_that_worked_has_an_id_and_an_object() -> None:
    """Of a table with a composite Id both parts, as the Id of the table has them."""
    created = judge(KINDS["blind"]).verdict(REQUEST, answer(201, BODY)).created
    assert created is not None
    assert (created.result_id, json.loads(created.result or "")) == (f"{uid(1)}/{uid(2)}", json.loads(BODY))
    project = judge(KINDS["keyed"]).verdict(REQUEST, answer(200, BODY)).created
    assert project is not None
    assert project.result_id == uid(1)


def test_amounts_of_the_answer_are_kept_exactly() -> None:
    created = judge(KEYED).verdict(REQUEST, answer(201, BODY[:-1] + b', "total": 0.10000000000000000001}')).created
    assert created is not None
    assert '"total":0.10000000000000000001' in (created.result or "")


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"<html>", b"{}", b'{"projectId": null}', b'{"projectId": 5}', b"\xff", b'{"a":'],
)
@pytest.mark.parametrize("kind", CREATIONS)
def test_a_creation_whose_answer_cannot_be_read_is_unknown(kind: str, body: bytes) -> None:
    """It was very likely applied, but nobody knows as what."""
    ending = judge(KINDS[kind]).verdict(REQUEST, answer(201, body)).ending
    assert ending is not None
    assert (ending.status, ending.applied, ending.http_status) == (Status.UNCERTAIN, None, 201)
    assert ending.message == "Xero answered 201, but with a body that cannot be read"


# -- After an earlier request of which nobody knows --------------------------------------------------------------------


def test_a_row_that_is_gone_was_deleted_by_the_earlier_request() -> None:
    """Of a first request, nothing was there to delete."""
    created = judge(KINDS["delete"], doubtful=True).verdict(REQUEST, answer(404)).created
    assert created is not None
    assert (created.result_id, created.http_status) == (None, 404)


@pytest.mark.parametrize("kind", ["natural", "blind", "keyed"])
def test_a_row_that_is_gone_fails_every_other_write(kind: str) -> None:
    verdict = judge(KINDS[kind], doubtful=True).verdict(REQUEST, answer(404))
    assert status_of(verdict) is Status.FAILED


@pytest.mark.parametrize("outcome", [answer(400), answer(429), answer(401), Failure("no network", sent=False)])
@pytest.mark.parametrize("kind", KINDS)
def test_what_happens_now_says_nothing_of_the_earlier_request(kind: str, outcome: Response | Failure) -> None:
    """So it stays remembered."""
    ending = judge(KINDS[kind], doubtful=True).verdict(REQUEST, outcome).ending
    assert ending is not None
    assert ending.applied is None


@pytest.mark.parametrize("outcome", [answer(429), answer(401), Failure("no network", sent=False)])
@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_outcome_stays_unknown_until_it_is_known(kind: str, outcome: Response | Failure) -> None:
    """A repetition that was turned away does not make it ready to be sent anew."""
    ending = judge(KINDS[kind], doubtful=True, status=Status.UNCERTAIN).verdict(REQUEST, outcome).ending
    assert ending is not None
    assert (ending.status, ending.code, ending.counted) == (Status.UNCERTAIN, Code.UNKNOWN, False)
    assert ending.look_at is not None


# -- Times -------------------------------------------------------------------------------------------------------------


def test_trouble_waits_longer_each_time() -> None:
    endings = [judge(KINDS["natural"], attempts=n).verdict(REQUEST, answer(500)).ending for n in range(6)]
    waits = [(ending.look_at - START).total_seconds() for ending in endings if ending and ending.look_at]
    assert waits == [5, 30, 120, 600, 1800, 1800]


def test_jitter_spreads_what_comes_back() -> None:
    ending = replace(judge(KINDS["natural"]), jitter=1.0).verdict(REQUEST, answer(500)).ending
    assert ending is not None
    assert ending.look_at == START + timedelta(seconds=6.25)


def test_looking_waits_longer_each_time_too() -> None:
    endings = [judge(KINDS["blind"], attempts=n).verdict(REQUEST, answer(500)).ending for n in (0, 1, 10, 99)]
    waits = [(ending.look_at - START).total_seconds() for ending in endings if ending and ending.look_at]
    assert waits == [5, 10, 55, 55]


def test_a_known_quota_is_waited_for() -> None:
    """By the time that Xero gave, or a minute."""
    until = START + timedelta(hours=2)
    known, unknown = judge(KINDS["natural"]).limited(until).pause, judge(KINDS["natural"]).limited(None).pause
    assert known is not None
    assert unknown is not None
    assert (known.until, unknown.until) == (until, START + timedelta(minutes=1))


def test_a_doubt_is_for_a_person() -> None:
    """It has no time at which to look again."""
    ending = judge(KINDS["blind"], doubtful=True).doubt("two rows may be it")
    assert (ending.status, ending.look_at, ending.counted, ending.applied) == (Status.UNCERTAIN, None, False, None)


def test_no_body_enters_a_sentence() -> None:
    """What Xero says in words does; anything else may be somebody's bank account."""
    ending = judge(KINDS["natural"]).verdict(REQUEST, answer(400, b'{"name": "Jane Doe 12-3456"}')).ending
    assert ending is not None
    assert "Jane" not in (ending.message or "")


def test_the_quiet_begins_when_an_attempt_has_ended() -> None:
    """Until then the request may have been on its way, however long ago it was marked."""
    for outcome in (Failure("timed out", sent=True), answer(500)):
        ending = replace(judge(KINDS["blind"]), clock="here 9.0").verdict(REQUEST, outcome).ending
        assert ending is not None
        assert (ending.status, ending.restart) == (Status.UNCERTAIN, "here 9.0")
