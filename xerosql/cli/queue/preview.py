"""`xerosql queue preview`: requests as they would be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xerosql.cli.connecting import connected
from xerosql.cli.outcome import printable
from xerosql.cli.progress import counted

if TYPE_CHECKING:
    from xerosql.queue.preview import Preview


def show_previews(tasks: Sequence[int] | None, limit: int, profile: str | None, tenant: str | None) -> None:
    with connected(profile, tenant) as connection:
        found = connection.preview_queue(tasks, limit=limit)
    for each in found:
        print(printable(text_of(each)), end="\n\n")
    reads = sum(len(each.reads) for each in found)
    sent = sum(each.method is not None for each in found)
    print(f"{counted(sent, 'request')} would be sent; {counted(reads, 'call')} read what they are built from.")


def text_of(preview: Preview) -> str:
    """The request in a few lines; why there is none, if there is none."""
    lines = [f"Task {preview.task}, {preview.type}, {preview.status}"]
    lines += [f"  (read: {each})" for each in preview.reads]
    if preview.problem is not None:
        return "\n".join([*lines, f"  nothing would be sent: {preview.problem}"])
    lines.append(f"  {preview.method} {preview.path}")
    return "\n".join([*lines, *indented(preview.body)])


def indented(body: str | None) -> list[str]:
    """A body for people, its amounts digit by digit."""
    import msgspec

    if body is None:
        return []
    try:
        text = msgspec.json.format(body.encode(), indent=2).decode()
    except msgspec.DecodeError:
        text = body
    return [f"  {line}" for line in text.split("\n")]
