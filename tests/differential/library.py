"""The hand-written queries: one file for each topic, one entry for each query.

An entry is `-- name: what_it_shows`, options, and the SQL; `-- plain:` begins the same query as DuckDB says it, where a
transpilation of the user's is not meant. Options are `-- ordered` (the ORDER BY leaves no choice), `-- params: JSON`
("date:…" and "decimal:…" are such values) and `-- calls: N` (the most API calls it may cost with pushdown).
`{project}` stands for the id that `world.names_of` gives that name: quoted in the SQL, bare in the parameters.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from .world import Question

FOLDER = Path(__file__).parent / "queries"
NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Entry:
    """One hand-written query, its names not filled in yet."""

    topic: str
    name: str
    sql: str
    plain: str = ""
    params: str = ""
    ordered: bool = False
    calls: int | None = None

    @property
    def id(self) -> str:
        return f"{self.topic}-{self.name}"

    def question(self, names: Mapping[str, str]) -> Question:
        sql, plain = (NAMED.sub(lambda mark: f"'{names[mark[1]]}'", text) for text in (self.sql, self.plain))
        bare = NAMED.sub(lambda mark: names[mark[1]] if mark[1] in names else mark[0], self.params)
        parameters = valued(json.loads(bare)) if bare else None
        return Question(sql, plain=plain, parameters=parameters, ordered=self.ordered)


def valued(value: Any) -> Any:
    """The JSON value with its tagged strings as what they say they are."""
    match value:
        case str() if value.startswith("date:"):
            return dt.date.fromisoformat(value.removeprefix("date:"))
        case str() if value.startswith("decimal:"):
            return Decimal(value.removeprefix("decimal:"))
        case list():
            return [valued(each) for each in value]
        case dict():
            return {key: valued(each) for key, each in value.items()}
    return value


def entries() -> list[Entry]:
    return [entry for file in sorted(FOLDER.glob("*.sql")) for entry in entries_of(file)]


def entries_of(file: Path) -> Iterator[Entry]:
    for block in re.split(r"^-- name: ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        text, _, plain = rest.partition("-- plain:\n")
        options = dict(re.findall(r"^-- (ordered|params|calls)(?:: (.*))?$", text, flags=re.MULTILINE))
        sql = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
        calls = int(options["calls"]) if "calls" in options else None
        yield Entry(file.stem, name.strip(), sql, plain.strip(), options.get("params", ""), "ordered" in options, calls)
