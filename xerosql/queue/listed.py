"""The lists in which rows are created, as Xero shows them: read before a creation, and kept for a short while."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from xerosql.api import FIRST_PAGE, Request, Response, next_page, path_of
from xerosql.api.clock import Clock
from xerosql.catalog import Catalog
from xerosql.errors import OperationalError
from xerosql.payload.objects import Object, parsed
from xerosql.queue.model import TaskType, own_part
from xerosql.queue.outcomes import Created
from xerosql.queue.recover import list_request

#: Seconds for which a list that was read counts as what is there now.
FRESH = 60.0

#: Organisation, path, and the query; None stands for a whole list.
Key = tuple[str, str, object]


class Listed:
    """The lists that one worker has read lately, with what it has created itself since. Safe for threads."""

    def __init__(self, read: Callable[[Request], Response | None], clock: Clock, catalog: Catalog) -> None:
        self._read = read
        self._clock = clock
        self._catalog = catalog
        self._lock = Lock()
        self._lists: dict[Key, tuple[float, list[Object]]] = {}

    def objects(self, kind: TaskType, request: Request) -> list[Object]:
        """The objects of the list to which a creation adds one; read anew unless that has been done within a minute."""
        with self._lock:
            for key in (self.key_of(kind, request), (request.tenant, request.path, None)):
                found = self._lists.get(key)
                if found is not None and self._clock.monotonic() - found[0] < FRESH:
                    return list(found[1])
        return self.fresh(kind, request)

    def fresh(self, kind: TaskType, request: Request) -> list[Object]:
        """The same, read now. Raises what reading raises."""
        found: list[Object] = []
        began, page = self._clock.monotonic(), next_page(0, FIRST_PAGE)
        while page is not None:
            response = self._read(list_request(kind, request, page))
            objects, pages = page_of(response)
            found += objects
            page = next_page(page, pages)
        with self._lock:
            self.forget_old()
            self._lists[self.key_of(kind, request)] = began, found
        return list(found)

    def key_of(self, kind: TaskType, request: Request) -> Key:
        return request.tenant, request.path, list_request(kind, request, FIRST_PAGE).query

    def note(self, kind: TaskType, request: Request, created: Created) -> None:
        """A row has been created: it is in its list, and the lists below it are empty."""
        if created.result is None or created.result_id is None:
            return
        found, now = parsed(created.result.encode()), self._clock.monotonic()
        with self._lock:
            for (tenant, path, _), (_, objects) in self._lists.items():
                if (tenant, path) == (request.tenant, request.path):
                    objects.append(found)
            for table in self._catalog:
                if table.parent is not None and table.parent.table == kind.table.full_name:
                    path = path_of(table.list_path.url, **{table.parent.column: own_part(created.result_id)})
                    self._lists[request.tenant, path, None] = now, []

    def forget_old(self) -> None:
        now = self._clock.monotonic()
        self._lists = {key: found for key, found in self._lists.items() if now - found[0] < FRESH}


def page_of(response: Response | None) -> tuple[list[Object], int]:
    """The objects of a page and the number of pages; OperationalError for what is no list.

    A list that cannot be read is not an empty one: a row that is missing from it would be created a second time.
    """
    if response is None:
        return [], 0
    try:
        document = parsed(response.body)
    except ValueError:
        document = {}
    items, pagination = document.get("items"), document.get("pagination")
    pages = pagination.get("pageCount", 1) if isinstance(pagination, dict) else None
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items) or not isinstance(pages, int):
        raise OperationalError("Xero sent a list that cannot be read", http_status=response.status, retryable=True)
    return items, pages
