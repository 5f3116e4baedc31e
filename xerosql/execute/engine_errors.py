"""What the engine says went wrong, as errors of ours."""

from __future__ import annotations

import re

from xerosql.errors import (
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

#: Where DuckDB's messages stop being of use: a picture of the rewritten SQL, and advice to SET what is locked.
NOISE = re.compile(r"""\s*\n\s*(?:LINE\ \d|Candidate)|,?\s*(?:or|Use)\ "?SET\ """, re.VERBOSE)

#: A name that is taken already, which DuckDB tells in words only: of a relation, or else of a column.
TAKEN = re.compile(
    r"Catalog\ Error:\ (?: (?:Table|View|Index|Sequence)\ with\ name | Could\ not\ rename"
    r"| (?P<column>Column\ with\ name) )\ .*already\ exists",
    re.VERBOSE | re.DOTALL,
)

#: DuckDB's errors by what the user should do; the first class that fits wins.
TRANSLATIONS: tuple[tuple[str, type[Error], str], ...] = (
    ("ConversionException", DataError, "22000"),
    ("OutOfRangeException", DataError, "22003"),
    ("DataError", DataError, "22000"),
    ("ConstraintException", IntegrityError, "23000"),
    ("InterruptException", OperationalError, "57014"),
    ("TransactionException", OperationalError, "25000"),
    ("InternalException", InternalError, "XX000"),
    ("FatalException", InternalError, "XX000"),
    ("InvalidInputException", DataError, "22000"),
    ("ProgrammingError", ProgrammingError, "42000"),
    ("Error", ProgrammingError, "42000"),
)
#: The same by what the text begins with, which is all that a stream of record batches tells of an error.
STREAM_ERRORS = {
    "Conversion": "ConversionException",
    "Out of Range": "OutOfRangeException",
    "Out of Memory": "OutOfMemoryException",
    "Invalid Input": "InvalidInputException",
    "INTERRUPT": "InterruptException",
    "INTERNAL": "InternalException",
}
#: What is raised instead of DuckDB's advice to set what is locked.
TOO_LARGE = "the statement needs more memory than this machine has; narrow its WHERE, or sort and join fewer rows"


def translated(error: Exception) -> Error:
    """DuckDB's exception as ours: the first line of what it says, without its picture of the rewritten SQL."""
    return of_classes({base.__name__ for base in type(error).__mro__}, str(error))


def translated_text(text: str) -> Error:
    """The same for an error of a stream."""
    return of_classes({STREAM_ERRORS.get(text.partition(" Error: ")[0], "Error")}, text)


def of_classes(classes: set[str], message: str) -> Error:
    if message.startswith("Invalid Input Error: Division by zero"):
        return DataError("division by zero", sqlstate="22012")
    if "OutOfMemoryException" in classes:
        return OperationalError(TOO_LARGE, sqlstate="53200")
    if "ConnectionException" in classes:  # by another thread, while the statement was on its way
        return InterfaceError("the connection is closed")
    text = NOISE.split(message, maxsplit=1)[0].strip()
    if (taken := TAKEN.match(message)) is not None:
        return ProgrammingError(text, sqlstate="42701" if taken["column"] else "42P07")
    for name, ours, sqlstate in TRANSLATIONS:
        if name in classes:
            return ours(text, sqlstate=sqlstate)
    return InternalError(text)
