"""What a task is to send, as the queue keeps it: a JSON object of columns and values, amounts digit by digit."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from xerosql.errors import DataError
from xerosql.payload.coerce import coerced
from xerosql.payload.objects import parsed
from xerosql.payload.validate import Row
from xerosql.queue.model import TaskType, task_of

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encoded_parameters(values: Mapping[str, object]) -> str:
    """The values of a row as the queue keeps them: amounts digit by digit, days and times as ISO 8601 has them."""
    return _ENCODER.encode(dict(values)).decode()


def read_parameters(kind: TaskType, text: str, label: str) -> Row:
    """A task's parameters in their columns' types; DataError for what is no JSON, no column, or does not fit one.

    A column of ids may name a row that is yet to be created.
    """
    try:
        given = parsed(text.encode())
    except (ValueError, UnicodeEncodeError):
        given = None
    if given is None:
        raise DataError(f"Parameters must be a JSON object of columns and values ({label})", sqlstate="22023")
    row: Row = {}
    for name, value in given.items():
        column = kind.table.by_name.get(name.lower())
        if column is None or (column.name not in kind.write.columns and column.name not in kind.write.needs):
            raise DataError(f"{kind.name} takes no {name} ({label})", sqlstate="22023")
        keeps = kind.to_come({name: value})
        row[column.name] = value if keeps else coerced(column, value, label)
    return row


def referenced(kind: TaskType, row: Mapping[str, object]) -> set[int]:
    """The tasks that are to create rows which a task names."""
    return {task_of(value) for value in kind.to_come(row).values()}
