"""Xero's answers as PEP 249 errors.

A message holds the status, Xero's own sentences about what is wrong, and what to do; never a body, which may be
somebody's bank account, and never a header.
Source: https://developer.xero.com/documentation/api/projects/response-codes
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from xerosql.api.refusal import Quota, Refusal, refusal_of
from xerosql.api.request import Request, Response
from xerosql.api.signin.scopes import scope_for
from xerosql.errors import (
    AuthenticationError,
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    RateLimitError,
)

_MOST_SENTENCES = 20
_LONGEST_SENTENCE = 300


def error_of(request: Request, response: Response, now: datetime) -> DatabaseError:
    """The error that an answer other than 2xx stands for. `now` is what a Retry-After counts from."""
    refusal = refusal_of(response, now)
    if refusal is not None:
        return _rate_limit(refusal, response, now)
    if response.status == 401:
        return _unauthorised(request, response)
    kind, sentence = _meaning(request, response)
    return _made(kind, sentence, response)


def says_token_expired(response: Response) -> bool:
    """Whether a new access token would help. Xero puts the word at the head of `Detail`."""
    return response.status == 401 and _detail(response).startswith("TokenExpired")


def sentences_of(response: Response) -> tuple[str, ...]:
    """Xero's sentences about what is wrong with a request, each with the field's name where Xero gives one.

    The Projects API sends `modelState`, the Accounting API `ValidationErrors`, at the top or on each element.
    """
    document = _document(response)
    found = [*_from_model_state(document.get("modelState")), *_from_elements(document)]
    return tuple(dict.fromkeys(found))[:_MOST_SENTENCES] or tuple(_from_the_top(document))


# -- By status -------------------------------------------------------------------------------------------------------


def _meaning(request: Request, response: Response) -> tuple[type[DatabaseError], str]:
    where = f"{request.method} {request.path}"
    match response.status:
        case 400 if _type_of(response) == "QueryParseException":
            return InternalError, "Xero could not read the filter that xerosql made"
        case 400 if request.writes:
            return IntegrityError, "Xero refused the change"
        case 400:
            return DataError, "Xero refused the request"
        case 403:
            return (
                AuthenticationError,
                _NO_ACCESS,
            )
        case 404 | 410:
            return IntegrityError, f"Xero has nothing at {where}"
        case 409 | 412 | 423:
            return IntegrityError, "Xero refused the change because the object has changed or is in use"
        case 413:
            return DataError, "the request is too large for Xero"
        case status if status >= 500 or status == 408:
            return OperationalError, _SERVER_TROUBLE.get(status, f"Xero failed ({status})")
        case status:
            return InternalError, f"Xero's answer to {where} was not expected ({status})"


_NO_ACCESS = (
    "this sign-in has no access to the organisation: another one is meant, it is not connected any more, "
    "or the user lacks the role"
)
_SERVER_TROUBLE = {
    503: "Xero is offline for maintenance, or the organisation is (503); try again in some minutes",
    504: "Xero took too long (504)",
}


def _made(kind: type[DatabaseError], sentence: str, response: Response) -> DatabaseError:
    details = sentences_of(response)
    return kind(
        ": ".join([sentence, "; ".join(details)]) if details else sentence,
        sqlstate="02000" if response.status in {404, 410} else None,
        http_status=response.status,
        details=details,
        correlation_id=response.correlation_id,
        retryable=kind is OperationalError,
    )


def _rate_limit(refusal: Refusal, response: Response, now: datetime) -> RateLimitError:
    reset_at = None if refusal.seconds is None else now + timedelta(seconds=refusal.seconds)
    until = f" until {reset_at:%Y-%m-%d %H:%M:%S} UTC" if reset_at else ""
    sentence = {
        Quota.DAY: "the day's quota of API calls for this organisation is used up",
        Quota.MINUTE: "the minute's quota of API calls is used up",
        Quota.CONCURRENT: "Xero goes on saying that there are too many calls at a time",
    }[refusal.quota]
    correlation_id = response.correlation_id
    return RateLimitError(
        sentence + until, reset_at=reset_at, http_status=response.status, correlation_id=correlation_id
    )


def _unauthorised(request: Request, response: Response) -> DatabaseError:
    detail = _detail(response)
    if detail.startswith("TokenExpired"):
        sentence = "the access token has expired; sign in again, or configure a way to renew it"
    elif detail.startswith("AuthorizationUnsuccessful"):
        sentence = f"the sign-in lacks a scope, probably {_scope(request)}; add it and sign in again (xerosql login)"
    elif request.path.startswith("/projects.xro"):
        sentence = "the access token is not valid, or the organisation does not use Xero Projects"
    else:
        sentence = "the access token is not valid; sign in again"
    correlation_id = response.correlation_id
    return AuthenticationError(f"{sentence} (401)", http_status=401, correlation_id=correlation_id)


def _scope(request: Request) -> str:
    known = scope_for(request.path, writes=request.writes)
    return " or ".join(known[::-1]) or "the one for /" + request.path.strip("/").partition("/")[0]


# -- Reading bodies --------------------------------------------------------------------------------------------------


def _document(response: Response) -> dict[str, Any]:
    """The body as a JSON object; empty for anything else, such as a gateway's HTML page."""
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _detail(response: Response) -> str:
    return str(_document(response).get("Detail") or "")


def _type_of(response: Response) -> str:
    return str(_document(response).get("Type") or "")


def _from_model_state(state: object) -> Iterator[str]:
    if not isinstance(state, dict):
        return
    for field, sentences in state.items():
        name = field.removeprefix("model.")
        for sentence in sentences if isinstance(sentences, list) else [sentences]:
            yield _shortened(f"{name}: {sentence}" if name and name != "model" else str(sentence))


def _from_elements(document: dict[str, Any]) -> Iterator[str]:
    elements = document.get("Elements")
    for holder in [document, *(elements if isinstance(elements, list) else [])]:
        errors = holder.get("ValidationErrors") if isinstance(holder, dict) else None
        for error in errors if isinstance(errors, list) else []:
            if isinstance(error, dict) and (sentence := error.get("Message") or error.get("Description")):
                yield _shortened(str(sentence))


def _from_the_top(document: dict[str, Any]) -> Iterator[str]:
    for name in ("message", "Message", "Detail", "Title"):
        if isinstance(sentence := document.get(name), str) and sentence:
            yield _shortened(sentence)
            return


def _shortened(sentence: str) -> str:
    """In one line and of a length to be read; what could steer a terminal or end a line of a log is left out."""
    sentence = " ".join(
        "".join(each if each.isprintable() else " " for each in sentence[: 4 * _LONGEST_SENTENCE]).split()
    )
    return sentence if len(sentence) <= _LONGEST_SENTENCE else sentence[: _LONGEST_SENTENCE - 1] + "…"
