"""One request, one answer, no decisions. With `adapter` the only module that imports requests, when it is needed.

`requests` is used below its `Session.request`, whose work on environment, cookies and redirects would be repeated for
each call and costs more than the call: the environment is read once, a request is prepared once per method and
headers, and copies of it go straight to the mounted adapter. Proxies, CA bundles, client certificates and whatever
replaces `HTTPAdapter.send` in tests work as usual. Redirects are not followed: Xero sends none, and a token must not
follow one to another host.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from http.client import HTTPException
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from xerosql.api.body import read_body
from xerosql.api.failure import Failure, Outcome
from xerosql.api.inprocess import InProcess
from xerosql.api.request import Headers, Request, Response
from xerosql.api.stop import Stop
from xerosql.config import Settings

if TYPE_CHECKING:
    import requests

Fields = tuple[tuple[str, str], ...]
Handler = Callable[[str, str, dict[str, str], bytes], tuple[int, Mapping[str, str], bytes]]

BROKEN_OFF = Failure("the statement was cancelled", sent=True)
_POOL_SIZE = 10
_TEMPLATES_KEPT = 64


class Wire(Protocol):
    """What carries a request: the network, or an in-process stand-in."""

    def send(self, request: Request, headers: Fields, base: str, stop: Stop | None = None) -> Outcome: ...

    def close(self) -> None: ...


class Transport:
    """Sends requests to `settings.base_url`, or to another base. Safe for threads. Never raises for the network."""

    def __init__(self, settings: Settings, handler: Handler | None = None) -> None:
        self._base_url = settings.base_url
        self._common = (
            ("User-Agent", f"xerosql/{version('xerosql')}"),
            ("Accept", "application/json"),
            ("Accept-Encoding", "gzip"),
        )
        self._wire: Wire = Network(settings) if handler is None else InProcess(handler)

    def send(
        self, request: Request, headers: Fields = (), *, base: str | None = None, stop: Stop | None = None
    ) -> Outcome:
        """The answer, whatever its status, or the reason why there is none; a `stop` that is set breaks it off."""
        return self._wire.send(request, self._common + headers + _own_headers(request), base or self._base_url, stop)

    def close(self) -> None:
        """Close the pooled connections."""
        self._wire.close()


def _own_headers(request: Request) -> Fields:
    fields: Fields = ()
    if request.tenant:
        fields += (("Xero-Tenant-Id", request.tenant),)
    if request.idempotency_key:
        fields += (("Idempotency-Key", request.idempotency_key),)
    if request.body is not None:
        fields += (("Content-Type", request.content_type),)
    return fields


class Network:
    """A `requests` session, used through its adapters."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        self._session = _new_session()
        self._routes: dict[str, tuple[requests.adapters.BaseAdapter, dict[str, Any]]] = {}
        self._templates: dict[tuple[str, str, Fields], requests.PreparedRequest] = {}

    def send(self, request: Request, headers: Fields, base: str, stop: Stop | None = None) -> Outcome:
        """The answer read to its end, or what went wrong."""
        try:
            if stop is None:
                return self._exchange(request, headers, base)
            return self._exchange_unless(stop, request, headers, base)
        except _mishaps() as error:
            mishap = error
        if "request" in vars(mishap):
            vars(mishap)["request"] = None  # requests' exceptions carry it, with the token among its headers
        return failure_of(mishap, urlsplit(base).netloc)

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _exchange_unless(self, stop: Stop, request: Request, headers: Fields, base: str) -> Outcome:
        """The same, broken off on `stop`. A body without a known length would then look as if it were whole."""
        from xerosql.api.breakable import breakable

        with breakable(stop):
            outcome = self._exchange(request, headers, base)
        return BROKEN_OFF if stop.is_set() else outcome

    def _exchange(self, request: Request, headers: Fields, base: str) -> Outcome:
        adapter, options = self._route(base)
        answer = adapter.send(self.prepare(request, headers, base), timeout=self._timeout, **options)
        try:
            return self._read(answer)
        finally:
            answer.close()  # back to the pool when read to the end, closed when not

    def _read(self, answer: requests.Response) -> Outcome:
        most = self._settings.max_body_bytes
        body = read_body(answer.raw, most)
        if len(body) > most:
            return too_big(most)
        return Response(answer.status_code, Headers(answer.headers), body)

    def prepare(self, request: Request, headers: Fields, base: str) -> requests.PreparedRequest:
        """What `Session.request` would make of it, from a template where only the URL differs from call to call."""
        if request.body is not None or request.idempotency_key is not None:
            return self._prepare(request.method, base + request.target, headers, request.body)
        key = (request.method, base, headers)
        template = self._templates.get(key)
        if template is None:
            template = self._keep(key, self._prepare(request.method, base, headers, None))
        prepared = copy(template)
        prepared.url = base + request.target
        return prepared

    def _keep(self, key: tuple[str, str, Fields], template: requests.PreparedRequest) -> requests.PreparedRequest:
        if len(self._templates) >= _TEMPLATES_KEPT:  # each new access token brings new headers
            self._templates.clear()
        self._templates[key] = template
        return template

    def _prepare(self, method: str, url: str, headers: Fields, body: bytes | None) -> requests.PreparedRequest:
        import requests

        return self._session.prepare_request(
            requests.Request(method, url, headers=dict(headers), data=body, auth=_no_netrc)
        )

    def _route(self, base: str) -> tuple[requests.adapters.BaseAdapter, dict[str, Any]]:
        if base not in self._routes:
            wanted = dict(self._settings.proxies), False, self._settings.verify, self._settings.cert
            options = dict(self._session.merge_environment_settings(base, *wanted))
            self._routes[base] = self._session.get_adapter(base), options
        return self._routes[base]


def _new_session() -> requests.Session:
    import requests

    from xerosql.api.adapter import Adapter

    session = requests.Session()
    session.headers.clear()
    adapter = Adapter(_POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _no_netrc(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without some kind of auth, requests would put a .netrc entry in the place of our Authorization header."""
    return prepared


# -- What can go wrong -----------------------------------------------------------------------------------------------


def _mishaps() -> tuple[type[Exception], ...]:
    import urllib3

    # RequestException is an OSError; UnicodeError, for a header that is not Latin-1, is a ValueError.
    return (OSError, ValueError, HTTPException, urllib3.exceptions.HTTPError)


def failure_of(error: BaseException, host: str) -> Failure:
    """The one place that knows the exceptions of requests, urllib3, http.client and ssl."""
    reasons = tuple(_reasons(error))
    if _any(reasons, ssl.SSLCertVerificationError):
        return Failure(f"the certificate of {host} is not trusted", sent=False, permanent=True, cause=error)
    if isinstance(error, ValueError) or _names_no_file(error):
        return Failure(_MISUSE.format(host=host, kind=type(error).__name__), sent=False, permanent=True, misuse=True)
    if _any(reasons, *_unsent()):
        return Failure(f"could not connect to {host}", sent=False, cause=error)
    if _any(reasons, *_timeouts()):
        return Failure(f"{host} did not answer in time", sent=True, cause=error)
    return Failure(f"the connection to {host} broke before the whole answer was there", sent=True, cause=error)


def _names_no_file(error: BaseException) -> bool:
    """How requests says that `verify` or `cert` points nowhere: an OSError that never was a system call's."""
    return type(error) is OSError and error.errno is None


_MISUSE = "the request to {host} could not be made up ({kind}): check base_url, proxies, verify, cert and the token"


def too_big(most: int) -> Failure:
    """An answer that is refused for its size; asking again would bring the same."""
    return Failure(f"Xero's answer is larger than max_body_bytes ({most})", sent=True, permanent=True)


def _unsent() -> tuple[type[BaseException], ...]:
    import requests
    import urllib3.exceptions as lower

    return (
        requests.ConnectTimeout,
        requests.exceptions.ProxyError,
        lower.NewConnectionError,
        lower.ConnectTimeoutError,
        lower.ProxyError,
        lower.ClosedPoolError,
    )


def _timeouts() -> tuple[type[BaseException], ...]:
    import requests
    import urllib3.exceptions as lower

    return (requests.Timeout, lower.TimeoutError, TimeoutError)


def _any(reasons: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(reason, kinds) for reason in reasons)


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that it wraps, which requests and urllib3 do by argument, by `reason` and by cause."""
    yield error
    inner = [*error.args, getattr(error, "reason", None), error.__cause__]
    for reason in inner:
        if isinstance(reason, BaseException):
            yield from _reasons(reason)
