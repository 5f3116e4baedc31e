"""A task's Parameters as a form: a field for each value, and JSON for who prefers that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from xerosql.web.queue import Row, the_queue

COLUMNS = (
    "SELECT column_name, unit, column_comment, is_read_only FROM information_schema.columns "
    "WHERE table_schema || '.' || table_name = ? ORDER BY ordinal_position"
)


@dataclass(frozen=True)
class Field:
    """One value: the column's name and meaning, and the text in the form."""

    name: str
    meaning: str
    unit: str
    value: str
    present: bool


class Form:
    """The values of a task, with what was entered instead where a form came back."""

    def __init__(self, task: Row, entered: Mapping[str, str] | None) -> None:
        self.task = task
        self.entered = entered

    @cached_property
    def tokens(self) -> dict[str, str]:
        """The values as they stand in the JSON, amounts digit by digit."""
        found = msgspec.json.decode(self.task["Parameters"], type=dict[str, msgspec.Raw])
        return {name: bytes(raw).decode() for name, raw in found.items()}

    @property
    def json(self) -> str:
        """All of it as text, as it was entered if it was."""
        return (self.entered or {}).get("json") or str(self.task["Parameters"])

    @property
    def as_json(self) -> bool:
        """Whether the JSON was entered, not the fields."""
        return "json" in (self.entered or {})

    @property
    def fields(self) -> list[Field]:
        return list(self._fields())

    def _fields(self) -> Iterator[Field]:
        """Those values that there are, then what could be added, where something can: an update names its columns."""
        columns = {row["column_name"]: row for row in the_queue().rows(COLUMNS, [self.task["TableName"]])}
        adding = [name for name, row in columns.items() if not row["is_read_only"] and name not in self.tokens]
        for name in (*self.tokens, *(adding if self.task["Operation"] != "DELETE" else ())):
            column = columns.get(name, {})
            meaning, unit = column.get("column_comment") or "", column.get("unit") or ""
            yield Field(name, meaning, unit, self.value(name), name in self.tokens)

    def value(self, name: str) -> str:
        if self.entered is not None and f"value-{name}" in self.entered:
            return self.entered[f"value-{name}"]
        return shown(self.tokens[name]) if name in self.tokens else ""

    def text(self) -> str:
        """The new Parameters."""
        if self.as_json:
            return self.json
        pairs = ((field.name, self.token(field)) for field in self._fields())
        return "{" + ", ".join(f"{quoted(name)}: {token}" for name, token in pairs if token is not None) + "}"

    def token(self, field: Field) -> str | None:
        """The value as JSON: as it was if nobody changed it, else text, which the queue reads as the column's type.

        An empty field leaves the value out, and in an update takes it away.
        """
        old = self.tokens.get(field.name)
        if old is not None and field.value == shown(old):
            return old
        if not field.value.strip():
            return "null" if old is not None and self.task["Operation"] == "UPDATE" else None
        return field.value if field.value in ("true", "false") else quoted(field.value)


def shown(token: str) -> str:
    """A value of the JSON in a field: text without its quotes, nothing for null."""
    value = msgspec.json.decode(token.encode()) if token.startswith('"') else token
    return "" if value == "null" else str(value)


def quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
