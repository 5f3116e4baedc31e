"""A Xero that lives in this process: the same requests and answers, with a function in the place of the network."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from xerosql.api.failure import Failure, Outcome
from xerosql.api.request import Headers, Request, Response

if TYPE_CHECKING:
    from xerosql.api.stop import Stop
    from xerosql.api.transport import Fields, Handler


class InProcess:
    """Calls `handler(method, url, headers, body)`, which answers (status, headers, body).

    An OSError or EOFError from it stands for a connection that broke after the request was sent, a
    ConnectionRefusedError for one that never came about. Everything else that it raises is its own bug and passes.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def send(self, request: Request, headers: Fields, base: str, stop: Stop | None = None) -> Outcome:
        """The handler's answer, unpacked as the network's would be. It is waited for: nothing breaks a function off."""
        try:
            status, fields, body = self._handler(
                request.method, base + request.target, dict(headers), request.body or b""
            )
        except ConnectionRefusedError as error:
            return Failure("could not connect to the in-process Xero", sent=False, cause=error)
        except (OSError, EOFError) as error:
            return Failure("the connection to the in-process Xero broke", sent=True, cause=error)
        answer = Headers(fields)
        unpacked = gzip.decompress(body) if answer.get("Content-Encoding") == "gzip" else body
        return Response(status, answer, unpacked)

    def close(self) -> None:
        """Nothing is open."""
