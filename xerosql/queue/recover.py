"""Finding out what became of a creation whose answer never came. Pure decisions over what Xero lists.

A row is ours if it has every value that was sent, was not there before, and is no other task's. What Xero may have
changed on the way, such as spaces around a name, does not count: taking a row for another is mended by a look, and
sending a second one is not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from xerosql.api import PAGE_SIZE, Request
from xerosql.catalog.model import TEXT, Column, Table
from xerosql.payload.coerce import READERS
from xerosql.payload.objects import Object, parsed, value_at
from xerosql.plan.access import always
from xerosql.queue.model import Replay, TaskType

#: Seconds in which a list may not show what was written; the longest that was seen is 108.
QUIET = 180.0
#: Seconds in which Xero gives the same answer to the same Idempotency-Key; it says six minutes, and one is a margin.
KEY_WINDOW = 300.0


@dataclass(frozen=True, slots=True)
class Finding:
    """The rows that may be a task's: one is, none means that it was not created, and several cannot be told apart.

    With `rivals`, other tasks that may have created some of them, as many rows as tasks are one for each.
    """

    candidates: tuple[str, ...]
    rivals: int = 0

    @property
    def is_absent(self) -> bool:
        return not self.candidates

    @property
    def the_one(self) -> str | None:
        return self.candidates[0] if 1 <= len(self.candidates) <= 1 + self.rivals else None


def judge(
    there: Sequence[str],
    before: Collection[str] | None,
    others: Collection[str],
    twins: Sequence[Collection[str] | None] = (),
) -> Finding:
    """Of the equal rows that are `there`, those that were not `before` (None: nobody looked) and are no other task's.

    Where nobody looked, a single row may have been there all the time, so it counts as several. `twins` has what was
    there before each task that may have created such a row too; those that the twins cannot have made come first.
    """
    left = [each for each in there if each not in others and each not in (before or ())]
    if before is None:
        return Finding((*left, *left[:1]))
    left.sort(key=lambda row: -sum(row in (each or ()) for each in twins))
    return Finding(tuple(left), len(twins))


def may_be_mistaken(kind: TaskType, mine: Request, other: Request) -> bool:
    """Whether the row of another creation would look like the row of mine."""
    theirs = parsed(other.body or b"{}")
    return mine.path == other.path and has(theirs, wanted_of(kind, mine), kind, lambda column: column.write_path)


def alike(kind: TaskType, creation: Request, objects: Iterable[Object]) -> tuple[str, ...]:
    """The Ids of the objects that have every value that was sent, or the value that no two rows share."""
    wanted = wanted_of(kind, creation)
    there = (each for each in objects if has(each, wanted, kind, lambda column: column.json))
    return tuple(id_of(kind.table, each) for each in there)


def wanted_of(kind: TaskType, creation: Request) -> dict[Column, object]:
    """The values by which the row of a creation is known, as they are compared."""
    sent, keyed = parsed(creation.body or b"{}"), kind.replay is Replay.KEYED
    columns = [kind.table[name] for name in ((kind.write.keyed_by,) if keyed else kind.write.columns)]
    return {column: plain(column, value_at(sent, column.write_path), keyed) for column in columns}


def has(source: Object, wanted: Mapping[Column, object], kind: TaskType, place: Callable[[Column], str]) -> bool:
    """Whether an object has these values, where they are not NULL, at the places that its columns have in it."""
    keyed = kind.replay is Replay.KEYED
    return all(
        value is None or plain(column, value_at(source, place(column)), keyed) == value
        for column, value in wanted.items()
    )


def plain(column: Column, value: object, keyed: bool = False) -> object:
    """A value as it is compared: of the column's type, texts without the spaces that Xero may have taken away.

    Letters count as they are, but not in ids, nor in a value that no two rows share.
    """
    if value is None:
        return None
    try:
        found = READERS[column.type](value)
    except (ValueError, TypeError, ArithmeticError):
        found = value
    if not isinstance(found, str):
        return found
    found = " ".join(found.split())
    return found if column.type is TEXT and not keyed else found.casefold()


def id_of(table: Table, source: Object) -> str:
    return "/".join(str(value_at(source, table[name].json)) for name in table.identity or table.key)


def list_request(kind: TaskType, creation: Request, page: int) -> Request:
    """The read of a page of the list to which a creation adds its row, as short as Xero can make it."""
    path, sent = kind.table.list_path, parsed(creation.body or b"{}")
    filters = [
        (taken.parameter, str(value))
        for taken in path.takes
        if taken.kind == "is" and (value := value_at(sent, kind.table[taken.column].write_path)) is not None
    ]
    query = (*filters, *always(path), ("page", str(page)), ("pageSize", str(PAGE_SIZE)))
    return Request("GET", creation.path, query, tenant=creation.tenant)
