"""Rows for a person to read: a table where it fits the terminal, else each row as a list of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xerosql.cli.outcome import printable
from xerosql.cli.values import NULL, is_number, shown_column

Row = Sequence[object]
#: A text column may be folded down to this width before rows are shown as lists.
NARROWEST = 16
#: What rich puts between two columns.
PADDING = 3


class Layout(Enum):
    """`AUTO` takes the table if it fits."""

    AUTO = "auto"
    TABLE = "off"
    RECORDS = "on"


@dataclass(frozen=True)
class Column:
    """A column as text, with the width it would like and the least it can live with."""

    name: str
    cells: list[str]
    right: bool

    @property
    def width(self) -> int:
        lines = [line for cell in (self.name, *self.cells) for line in cell.split("\n")]
        return max(map(cell_len, lines))

    @property
    def least(self) -> int:
        """Only prose is folded; an id or a number in two lines cannot be copied."""
        prose = any(" " in cell for cell in self.cells)
        return min(self.width, max(NARROWEST, cell_len(self.name))) if prose else self.width


def show(names: Sequence[str], rows: Sequence[Row], to: TextIO, layout: Layout = Layout.AUTO) -> None:
    """Write the rows. A file or a pipe takes any width."""
    terminal = Console(file=to, highlight=False, markup=False, emoji=False)
    columns = [column_of(name, [row[place] for row in rows]) for place, name in enumerate(names)]
    room = terminal.width if terminal.is_terminal else None
    if layout is Layout.RECORDS or (layout is Layout.AUTO and room is not None and not fits(columns, room)):
        show_records(columns, len(rows), terminal)
    else:
        show_table(columns, terminal, room)


def column_of(name: str, values: Sequence[object]) -> Column:
    return Column(printable(name), shown_column(values), is_number(values))


def fits(columns: Sequence[Column], room: int) -> bool:
    return sum(column.least + PADDING for column in columns) <= room


def show_table(columns: Sequence[Column], terminal: Console, room: int | None) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            Text(column.name),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=room is None or column.least == column.width,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(cell_text, cells))
    if room is None:
        terminal.width = sum(column.width + PADDING for column in columns)
    with terminal.capture() as captured:
        terminal.print(table)
    lines = captured.get().splitlines()
    terminal.file.writelines(f"{line if terminal.is_terminal else line.rstrip()}\n" for line in lines)


def show_records(columns: Sequence[Column], count: int, terminal: Console) -> None:
    """Each row under a heading, a line for each column."""
    widest = max((cell_len(column.name) for column in columns), default=0)
    for place in range(count):
        terminal.print(Text(f"── row {place + 1} ".ljust(widest + 12, "─"), style="dim"))
        for column in columns:
            line = Text(column.name.ljust(widest + 2), style="bold")
            line.append_text(cell_text(column.cells[place]))
            terminal.print(line, soft_wrap=True)


def cell_text(cell: str) -> Text:
    return Text(cell, style="dim" if cell == NULL else "not bold")
