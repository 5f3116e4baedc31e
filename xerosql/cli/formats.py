"""Writes a result for programs: one function for each format, called with the cursor that has it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from xerosql import Cursor
from xerosql.cli.outcome import Misuse
from xerosql.cli.values import csv_text, json_text, told_apart
from xerosql.cursor import require

Writer = Callable[[Cursor, TextIO], None]


def names_of(cursor: Cursor) -> list[str]:
    return [column[0] for column in cursor.description or ()]


def write_csv(cursor: Cursor, to: TextIO) -> None:
    """A header, then a line for each row. Amounts have all their digits; NULL is an empty cell, an empty text `""`."""
    to.write(",".join(map(csv_text, names_of(cursor))) + "\n")
    to.writelines(",".join(map(csv_text, row)) + "\n" for row in cursor)


def write_json(cursor: Cursor, to: TextIO) -> None:
    """An array with an object for each row, one on a line. Amounts are number tokens with all their digits."""
    names = [json_text(name) for name in told_apart(names_of(cursor))]
    before = "[\n"
    for row in cursor:
        to.write(
            before
            + "{"
            + ", ".join(f"{name}: {json_text(value)}" for name, value in zip(names, row, strict=True))
            + "}"
        )
        before = ",\n"
    to.write("[]\n" if before == "[\n" else "\n]\n")


def write_parquet(cursor: Cursor, to: TextIO) -> None:
    """A Parquet file; amounts are decimal128."""
    from pyarrow import parquet

    table = cursor.fetch_arrow_table()
    parquet.write_table(table.rename_columns(told_apart(table.column_names)), bytes_of(to))


WRITERS: dict[str, Writer] = {"csv": write_csv, "json": write_json, "parquet": write_parquet}


def check(format_: str, output: Path | None) -> None:
    """What would only show after the calls were made: a missing library, bytes for a terminal, no such directory."""
    if format_ == "parquet":
        require("pyarrow", "arrow")
        if output is None and sys.stdout.isatty():
            raise Misuse("parquet is not for a terminal; name a file with --output")
    if output is not None and not output.resolve().parent.is_dir():
        raise Misuse(f"there is no directory {output.resolve().parent} for --output")
    if output is not None and output.is_dir():
        raise Misuse(f"--output {output} is a directory; name a file in it")


@contextmanager
def opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or the file, written beside its place and moved there when it is whole. UTF-8 always."""
    if output is None:
        in_utf8(sys.stdout)
        yield sys.stdout
        sys.stdout.flush()
    elif output.exists() and not output.is_file():
        with output.open("w", encoding="utf-8", newline="\n") as device:
            yield device
    else:
        yield from replaced(output.resolve())


def replaced(target: Path) -> Iterator[TextIO]:
    draft = target.with_name(f".{target.name}.partial")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def in_utf8(stream: TextIO) -> None:
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8", newline="\n")


def bytes_of(stream: TextIO) -> BinaryIO:
    stream.flush()
    return stream.buffer
