"""How a command ends: its exit code, and the one line about what went wrong."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from xerosql.errors import Error

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 128 + signal.SIGINT


class Misuse(Exception):  # noqa: N818 - reads as what it is where it is raised
    """The command was called wrongly; the message says how to call it. Ends with exit code 2."""


class Interrupted(Exception):  # noqa: N818 - reads as what it is where it is raised
    """Ctrl-C, after the statement was cancelled."""


def exit_code_of(command: Callable[[], object]) -> int:
    """Run a command; our errors become one line on stderr. A reader that has gone away (`| head`) is no error."""
    try:
        command()
        sys.stdout.flush()
    except Misuse as misuse:
        complain(str(misuse))
        return MISUSED
    except Error as error:
        complain(sentence_of(error))
        return FAILED
    except BrokenPipeError:
        leave_stdout()
        return DONE
    except OSError as error:
        complain(f"{error.filename or 'the operating system'}: {error.strerror or error}")
        return FAILED
    except (KeyboardInterrupt, Interrupted):
        complain("cancelled")
        return INTERRUPTED
    return DONE


def complain(sentence: str) -> None:
    print(f"xerosql: {sentence}", file=sys.stderr, flush=True)


def sentence_of(error: Error) -> str:
    """The error on one line, with its SQLSTATE and, where Xero answered, the id its support asks for."""
    message = " ".join(error.message.split()) or type(error).__name__
    correlation = f", Xero's correlation id {error.correlation_id}" if error.correlation_id else ""
    return printable(f"{message} (SQLSTATE {error.sqlstate}{correlation})")


def printable(text: str) -> str:
    """The text without control characters: what Xero's users typed must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in "\n\t" else each.encode("unicode_escape").decode() for each in text
    )


def leave_stdout() -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
