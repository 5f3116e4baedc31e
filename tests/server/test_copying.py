"""COPY TO STDOUT: the lines of text and CSV, byte for byte as PostgreSQL writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xerosql.errors import NotSupportedError
from xerosql.server import oids
from xerosql.server.copying import CopyOut
from xerosql.server.failures import StatementError
from xerosql.server.oids import PgType

FIELDS = [PgType(oids.TEXT).field("A b"), PgType(oids.NUMERIC).field("n")]
ROWS = [("a\tb\\c\nd", Decimal("1.50")), (None, None), ('x,"y"', Decimal(2)), ("", None), ("\\N", None)]


def lines(sql: str) -> list[bytes]:
    """What the CopyData messages hold."""
    copy = CopyOut.of(sql)
    data, found = copy.writer(FIELDS)(ROWS), [copy.head(FIELDS)]
    while data:
        length = int.from_bytes(data[1:5], "big")
        found.append(data[5 : length + 1])
        data = data[length + 1 :]
    return [each for each in found if each]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [b"a\\tb\\\\c\\nd\t1.50\n", b"\\N\t\\N\n", b'x,"y"\t2\n', b"\t\\N\n", b"\\\\N\t\\N\n"]),
        ("(FORMAT csv, HEADER)", [b"A b,n\n", b"a\tb\\c\nd,1.50\n", b",\n", b'"x,""y""",2\n', b'"",\n', b"\\N,\n"]),
        ("CSV DELIMITER AS ';' NULL '-'", [b"a\tb\\c\nd;1.50\n", b"-;-\n", b'"x,""y""";2\n', b";-\n", b"\\N;-\n"]),
        ("(DELIMITER '|', NULL 'x')", [b"a\\tb\\\\c\\nd|1.50\n", b"x|x\n", b'x,"y"|2\n', b"|x\n", b"\\\\N|x\n"]),
    ],
)
def test_lines_are_postgresqls(options: str, expected: list[bytes]) -> None:
    """With its escapes, quotes and NULLs."""
    found = lines(f"COPY (SELECT 1) TO STDOUT {options}")
    assert [each.replace(b'"a\tb\\c\nd"', b"a\tb\\c\nd") for each in found] == expected


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ('copy projects."Tasks" to stdout', 'SELECT * FROM projects."Tasks"'),
        ("COPY Tasks (Id, Name) TO STDOUT WITH BINARY", "SELECT Id, Name FROM Tasks"),
        ("COPY (SELECT ')' AS a) TO STDOUT (FORMAT 'binary');", "SELECT ')' AS a"),
    ],
)
def test_the_query_behind_a_copy(sql: str, query: str) -> None:
    """A table, some of its columns, or a query of its own."""
    assert CopyOut.of(sql).query == query


@pytest.mark.parametrize(
    "sql",
    [
        "COPY t FROM STDIN",
        "COPY t TO '/tmp/x'",
        "COPY t TO PROGRAM 'cat'",
        "COPY t TO STDOUT (FORMAT parquet)",
        "COPY t TO STDOUT (FORCE_QUOTE *)",
        "COPY t TO STDOUT (DELIMITER 'ab')",
        "COPY",
    ],
)
def test_what_a_copy_cannot_do_is_an_error(sql: str) -> None:
    """It sends rows to the client, and nothing else."""
    with pytest.raises((NotSupportedError, StatementError)):
        CopyOut.of(sql)
