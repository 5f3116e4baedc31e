"""The adapter that requests go through: requests' own, without what it would work out anew for each call.

`send` is inherited, so whatever replaces `HTTPAdapter.send` in tests sees our calls too. Importing this module imports
requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from xerosql.api.breakable import make_breakable

if TYPE_CHECKING:
    import urllib3
    from urllib3.connectionpool import ConnectionPool

_SCHEME = len("https://")  # and a letter of the host for http, which cannot be a slash either


class Adapter(HTTPAdapter):
    """Finds a host's pool by one look-up, and makes of an answer no more than is read from it.

    That leaves out cookies, a guess at the encoding and headers that can be changed. Its connections can be broken off.
    """

    def __init__(self, pool_size: int) -> None:
        # Weakly, so that a pool which urllib3 lets go of, as close() makes it, is not used or kept open from here.
        self._pools: WeakValueDictionary[tuple[object, ...], ConnectionPool] = WeakValueDictionary()
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> ConnectionPool:
        """The pool of the request's host, with its certificates looked for on the disk when it is made only."""
        url = request.url or ""
        key = (url[: _path_begins(url)], verify, cert, *(proxies or {}).items())
        pool = self._pools.get(key)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            super().cert_verify(pool, url, verify, cert)  # type: ignore[no-untyped-call]  # the stubs give no types
            make_breakable(pool)
            self._pools[key] = pool  # not before its certificates are known to be there
        return pool

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """Nothing: done when the pool was made."""

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Path and query; under a proxy, what that wants to hear."""
        url = request.url or ""
        target = url[_path_begins(url) :]
        return super().request_url(request, proxies) if proxies or not target else target

    def build_response(self, req: PreparedRequest, resp: urllib3.BaseHTTPResponse) -> Response:
        """Status, headers and the body to be read; and what libraries that stand in for the network look at."""
        answer = Response()
        answer.status_code, answer.raw = resp.status, resp
        headers: Any = resp.headers  # in any case too, but of urllib3's class
        answer.headers = headers
        answer.request, answer.url = req, req.url or ""
        return answer


def _path_begins(url: str) -> int:
    """Where scheme and host end."""
    slash = url.find("/", _SCHEME)
    return len(url) if slash < 0 else slash
