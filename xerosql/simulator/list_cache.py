"""Answers to list requests, kept while what they were made from has not changed."""

from __future__ import annotations

from .exchange import Answer

ROOM = 256 * 1024 * 1024  # bytes; when full it starts over
OVERHEAD = 1_000  # bytes, about, that an entry takes besides its JSON


class ListCache:
    """Bodies by organisation and target. An entry dies when its holder's version moves on; nobody has to evict it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Answer, int]] = {}
        self._size = 0

    def get(self, tenant: str, target: str) -> Answer | None:
        """An answer that shares the kept body; its headers are the caller's to add to."""
        kept = self._kept.get((tenant, target))
        if kept is None:
            return None
        answer, version = kept
        if answer.holder is None or answer.holder.version != version:
            return None
        return Answer(200, answer.body, dict(answer.headers))

    def put(self, tenant: str, target: str, answer: Answer) -> None:
        """Keep the answer if it says how long it stays true."""
        if answer.holder is None:
            return
        if self._size > ROOM:
            self._kept.clear()
            self._size = 0
        self._size += len(answer.body.raw) + OVERHEAD
        mine = Answer(200, answer.body, dict(answer.headers), answer.holder)
        self._kept[tenant, target] = (mine, answer.holder.version)
