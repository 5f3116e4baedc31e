"""One request and its answer, and the bodies in which Xero says no."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .rows import encode
from .state import Organisation, Project

JSON = "application/json; charset=utf-8"
GZIP_LEVEL = 1
GZIP_CONTAINER = 31  # zlib's word for a 32 KB window inside a gzip header


class Body:
    """Bytes that know their compressed form; it is made once, when first asked for."""

    __slots__ = ("_packed", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        if self._packed is None:
            squeeze = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_CONTAINER)
            self._packed = squeeze.compress(self.raw) + squeeze.flush()
        return self._packed


NOTHING = Body(b"")


class Request:
    """What came in. Header names are lower-case, `query` is still encoded, `correlation` names the exchange."""

    __slots__ = ("app", "body", "correlation", "headers", "method", "path", "query")

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        path, _, query = _without_host(target).partition("?")
        self.method = method
        self.path = unquote(path) if "%" in path else path
        self.query = query.partition("#")[0]
        self.headers = headers
        self.body = body
        self.correlation = ""
        self.app = ""

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


class Answer:
    """What goes out. `holder` is whose version tells how long the answer stays true; None means do not keep it."""

    __slots__ = ("body", "headers", "holder", "status")

    def __init__(
        self,
        status: int,
        body: Body = NOTHING,
        headers: dict[str, str] | None = None,
        holder: Organisation | Project | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers if headers is not None else {}
        self.holder = holder


class Refused(Exception):  # noqa: N818 - reads as what happened: raise Refused(answer)
    """Ends an operation with this answer instead of its own."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _without_host(target: str) -> str:
    """The path and query of a URL, absolute or not."""
    if target.startswith("/"):
        return target
    after = target.partition("://")[2]
    slash = after.find("/")
    return after[slash:] if slash >= 0 else "/"


def ok(content: Any, status: int = 200, holder: Organisation | Project | None = None) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, Body(encode(content)), {"Content-Type": JSON}, holder)


def empty(status: int = 204) -> Answer:
    return Answer(status)


def invalid(model_state: Mapping[str, list[str]]) -> Answer:
    """400 in the shape of the Projects API: complaints by field, as `model.Name`."""
    return ok({"message": "The request is invalid.", "modelState": dict(model_state)}, 400)


def problem(status: int, title: str, detail: str, request: Request, headers: dict[str, str] | None = None) -> Answer:
    """The gateway's error body; `Extensions` is always empty and `Type` always null, as on the wire."""
    content: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": request.correlation,
        "Extensions": {},
    }
    answer = ok(content, status)
    answer.headers.update(headers or {})
    return answer


def unauthorized(request: Request, detail: str = "AuthenticationUnsuccessful") -> Answer:
    return problem(401, "Unauthorized", detail, request)


def forbidden(request: Request) -> Answer:
    """Wrong or missing `Xero-Tenant-Id`, or an organisation that is no longer connected: all look the same."""
    return problem(403, "Forbidden", "AuthenticationUnsuccessful", request)


def not_found(request: Request, what: str = "resource") -> Answer:
    return problem(404, "Not Found", f"There is no such {what}", request)


def not_allowed(request: Request) -> Answer:
    return problem(405, "Method Not Allowed", f"{request.method} is not an operation of this address", request)
