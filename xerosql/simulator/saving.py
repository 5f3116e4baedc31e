"""A state as a file: JSON, money as text, replaced in one step so that a crash leaves the old file or the new one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec

from .state import State

FORMAT = 1


class Saved(msgspec.Struct):
    """What the file holds; `format` is raised when an older reader could no longer make sense of it."""

    format: int
    state: State


def write(state: State, path: Path) -> None:
    """Write the state beside the target, then put it in the target's place. Tokens are inside: mode 0600."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(Saved(FORMAT, state)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read(content: bytes) -> State:
    """The state in a file's content; raises ValueError if it is not one of ours."""
    try:
        saved = msgspec.json.decode(content, type=Saved)
    except msgspec.DecodeError as error:
        message = f"not a saved simulator: {error}"
        raise ValueError(message) from error
    if saved.format != FORMAT:
        message = f"a saved simulator of format {saved.format}; this version reads format {FORMAT}"
        raise ValueError(message)
    return saved.state
