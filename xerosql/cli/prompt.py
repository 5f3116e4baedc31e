"""The shell's line editor: many lines to a statement, a history file of one's own, completion on Tab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from prompt_toolkit import PromptSession
from prompt_toolkit.filters import is_searching
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from xerosql.cli.completion import SqlCompleter, words_of
from xerosql.cli.statements import is_complete

if TYPE_CHECKING:
    from xerosql.cli.shell import Shell


class Prompt:
    """Reads one statement or command at a time."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.session: PromptSession[str] = PromptSession(
            multiline=True,
            history=history(),
            key_bindings=keys(),
            completer=SqlCompleter(words_of(shell.connection)),
            complete_while_typing=False,
            prompt_continuation=lambda width, _line, _wrapped: "-> ".rjust(width),
        )

    def read(self) -> str:
        """What was typed. KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D on an empty line."""
        self.session.completer = SqlCompleter(words_of(self.shell.connection))
        return self.session.prompt(HTML("<b>{}</b>=> ").format(self.shell.name))


def keys() -> KeyBindings:
    """Enter runs a statement that is complete and starts a new line in one that is not."""
    bindings = KeyBindings()

    @bindings.add("enter", filter=~is_searching)
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return bindings


def history() -> History:
    """The history file, which only its owner can read; in memory where it cannot be written."""
    path = Path(platformdirs.user_state_dir("xerosql", appauthor=False)) / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
