"""Finds the examples of a page and runs each as a reader would.

* ```` ```sql ```` runs on the demo, in the order of the page, on one connection.
* ```` ```python ```` runs in one namespace for the page.
* ```` ```console ```` runs each line that starts with `$ xerosql`.
* A ```` ```text ```` block behind one of these is what it shows; `...` stands for anything.
* `raises=Name` behind the language says that the example ends with that error, whose message the text is.

Other languages, such as `toml` and `sh`, are not run.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import xerosql

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
RUNNABLE = ("sql", "python", "console")
COMMAND = "$ xerosql "


@dataclass(frozen=True)
class Example:
    """One block: its language, the error it ends with, its text, and what it shows (None if that is not printed)."""

    line: int
    language: str
    raises: str | None
    code: str
    shown: str | None


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples_of(text: str) -> Iterator[Example]:
    blocks = list(BLOCK.finditer(text))
    for place, block in enumerate(blocks):
        language, _, options = block["info"].strip().partition(" ")
        if language not in RUNNABLE:
            continue
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        between = text[block.end() : following.start()] if following else ""
        shown = following["body"] if following and following["info"].strip() == "text" and not between.strip() else None
        raises = options.partition("raises=")[2] or None
        yield Example(text[: block.start()].count("\n") + 1, language, raises, block["body"], shown)


@dataclass
class Page:
    """The state that a page's examples share."""

    connection: xerosql.Connection
    namespace: dict[str, Any] = field(default_factory=dict)

    def run(self, example: Example) -> str:
        """What the example shows; for one that fails as it should, the error's class and message."""
        run = {"sql": self.run_sql, "python": self.run_python, "console": self.run_console}[example.language]
        if example.raises is None:
            return run(example)
        with pytest.raises(getattr(xerosql, example.raises)) as caught:
            run(example)
        return f"{caught.value}\n"

    def run_sql(self, example: Example) -> str:
        from xerosql.cli.statements import is_blank, split
        from xerosql.cli.table import show

        shown = io.StringIO()
        statements, rest = split(example.code)
        for statement in [*statements, *([] if is_blank(rest) else [rest])]:
            cursor = self.connection.execute(statement)
            if cursor.description is not None:
                show([column[0] for column in cursor.description], cursor.fetchall(), shown)
        return shown.getvalue()

    def run_python(self, example: Example) -> str:
        shown = io.StringIO()
        code = compile("\n" * example.line + example.code, "<page>", "exec")
        with contextlib.redirect_stdout(shown):
            exec(code, self.namespace)  # noqa: S102 - our own documentation
        return shown.getvalue()

    def run_console(self, example: Example) -> str:
        """Each command with its output below it, as a terminal would show it, without the lines about its cost."""
        from tests.cli.conftest import runner
        from xerosql.cli.app import app

        shown = []
        for line in example.code.splitlines():
            if line.startswith(COMMAND):
                result = runner().invoke(app, shlex.split(line[len(COMMAND) :]))
                assert result.exit_code == 0, result.stderr
                shown.append(f"{line}\n{result.stdout}")
        assert shown, "a console block without a command"
        return "".join(shown)


def matches(expected: str, found: str) -> bool:
    """Whether the text is what was found, with `...` for anything, whatever the spaces at the ends of lines."""
    flags = doctest.ELLIPSIS
    return doctest.OutputChecker().check_output(trimmed(expected), trimmed(found), flags)


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"
