import json
from datetime import UTC, datetime

import pytest

from xerosql.api.answers import error_of, sentences_of
from xerosql.api.request import Headers, Request, Response
from xerosql.errors import (
    AuthenticationError,
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    RateLimitError,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GET = Request("GET", "/projects.xro/2.0/Projects")
POST = Request("POST", "/projects.xro/2.0/Projects", body=b"{}", idempotency_key="k")
INVALID = {
    "message": "The request is invalid.",
    "modelState": {
        "model.Name": ["The Project Name cannot be empty"],
        "model.ContactId": ["The ContactId cannot be null or empty", "The ContactId is not known"],
    },
}


def answer(status: int, document: object = None, **headers: str) -> Response:
    body = b"" if document is None else json.dumps(document).encode()
    return Response(status, Headers({"Xero-Correlation-Id": "c-1"} | headers), body)


@pytest.mark.parametrize(
    ("request_", "response", "kind", "words"),
    [
        (
            POST,
            answer(400, INVALID),
            IntegrityError,
            "Name: The Project Name cannot be empty; ContactId: The ContactId",
        ),
        (GET, answer(400, INVALID), DataError, "Name: The Project Name"),
        (GET, answer(400, {"Type": "QueryParseException", "Message": "No property"}), InternalError, "No property"),
        (POST, answer(400), IntegrityError, "refused the change"),
        (GET, answer(401, {"Detail": "TokenExpired: x"}), AuthenticationError, "expired; sign in again"),
        (GET, answer(401, {"Detail": "AuthorizationUnsuccessful"}), AuthenticationError, "projects or projects.read"),
        (POST, answer(401, {"Detail": "AuthorizationUnsuccessful"}), AuthenticationError, "probably projects;"),
        (GET, answer(401), AuthenticationError, "does not use Xero Projects"),
        (Request("GET", "/api.xro/2.0/Invoices"), answer(401), AuthenticationError, "not valid; sign in again"),
        (
            GET,
            answer(403, {"Detail": "AuthenticationUnsuccessful"}),
            AuthenticationError,
            "no access to the organisation",
        ),
        (GET, answer(404), IntegrityError, "nothing at GET /projects.xro/2.0/Projects"),
        (POST, answer(409), IntegrityError, "changed or is in use"),
        (POST, answer(412), IntegrityError, "changed or is in use"),
        (POST, answer(413), DataError, "too large"),
        (GET, answer(429), RateLimitError, "too many calls at a time"),
        (GET, answer(500), OperationalError, "failed (500)"),
        (GET, answer(503), OperationalError, "maintenance"),
        (GET, answer(408), OperationalError, "failed (408)"),
        (GET, answer(302), InternalError, "not expected (302)"),
        (GET, answer(418), InternalError, "not expected (418)"),
    ],
)
def test_a_status_is_its_error(request_: Request, response: Response, kind: type[Exception], words: str) -> None:
    """The class says whose fault it is, the message what to do."""
    error = error_of(request_, response, NOW)
    assert type(error) is kind
    assert words in str(error)
    assert error.http_status == response.status


def test_an_error_carries_xeros_sentences_and_its_correlation_id() -> None:
    """What Xero's support asks for."""
    error = error_of(POST, answer(400, INVALID), NOW)
    assert error.details[0] == "Name: The Project Name cannot be empty"
    assert error.correlation_id == "c-1"
    assert error.sqlstate == "23000"
    assert not error.retryable


def test_nothing_found_has_its_own_sqlstate() -> None:
    """02000, no data."""
    assert error_of(GET, answer(404), NOW).sqlstate == "02000"


def test_server_trouble_may_be_tried_again() -> None:
    """By whoever called, later."""
    assert error_of(GET, answer(502), NOW).retryable


def test_a_used_up_day_has_its_end() -> None:
    """Counted from now."""
    response = answer(429, **{"X-Rate-Limit-Problem": "day", "Retry-After": "3600"})
    error = error_of(GET, response, NOW)
    assert isinstance(error, RateLimitError)
    assert error.reset_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert "day's quota" in str(error)


def test_the_accounting_apis_sentences_are_found_on_its_elements() -> None:
    """Under Message, or Description as one page has it; each once."""
    document = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [
            {"ValidationErrors": [{"Message": "A is missing"}, {"Description": "B is wrong"}], "BankAccount": "1234"},
            {"ValidationErrors": [{"Message": "A is missing"}]},
        ],
    }
    error = error_of(POST, answer(400, document), NOW)
    assert error.details == ("A is missing", "B is wrong")
    assert "1234" not in str(error)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad gateway: secret</html>", b"[1, 2]", b'"secret"', b"\xff\xfe", b"null", b'{"modelState": 3}',
     b'{"modelState": {"a": null}, "Elements": {"x": 1}}', b'{"Elements": [1, {"ValidationErrors": "x"}]}'],
)  # fmt: skip
def test_bodies_of_any_shape_are_survived_and_not_shown(body: bytes) -> None:
    """Gateways answer with pages of their own."""
    error = error_of(POST, Response(400, Headers(), body), NOW)
    assert isinstance(error, IntegrityError)
    assert "secret" not in str(error)


def test_sentences_are_few_and_short() -> None:
    """A batch of 50 bad invoices makes no screenful."""
    document = {"modelState": {"model.Name": [f"{number} " + "x" * 1000 for number in range(100)]}}
    sentences = sentences_of(answer(400, document))
    assert len(sentences) == 20
    assert all(len(sentence) <= 300 for sentence in sentences)
