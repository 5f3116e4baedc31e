"""psql's commands show of our server what they show of a PostgreSQL 15 with the same tables."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.clients.conftest import Pair, Side

SAME = [
    *(
        "\\dt",
        "\\d",
        "\\d tasks",
        '\\d "Users"',
        '\\d "Projects"',
        '\\d "Projects_pkey"',
        "\\d sys.limits",
    ),
    *(
        '\\d+ projects."Projects"',
        "\\dn",
        "\\di",
        "\\dv sys.*",
        "\\dt projects.*",
        "\\df",
        "\\dT",
        "\\ds",
        "\\dm",
        "\\db",
    ),
    *(
        "\\dO",
        "\\dRp",
        "\\dy",
        "\\do nosuch",
        "\\da",
        "\\dD",
        "\\des",
        "\\det",
        "\\dC nosuch",
        "\\sf nosuch",
    ),
    *("\\conninfo", "SELECT current_schema, current_user", "SHOW server_encoding"),
    "SELECT table_name, column_name, data_type, udt_name, numeric_precision, numeric_scale, character_maximum_length, "
    "is_nullable FROM information_schema.columns WHERE table_schema IN ('projects', 'sys') "
    "ORDER BY 1, ordinal_position",
    "SELECT constraint_name, constraint_type FROM information_schema.table_constraints "
    "WHERE table_schema = 'projects' AND constraint_name NOT LIKE '%not_null' ORDER BY 1",
    "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'sys' ORDER BY 2",
    "SELECT relname, relkind, relnatts, obj_description(oid, 'pg_class') FROM pg_class WHERE relnamespace = "
    "'projects'::regnamespace ORDER BY 1",
    "SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum) FROM pg_attribute "
    "WHERE attrelid = 'projects.\"Tasks\"'::regclass AND attnum > 0 ORDER BY attnum",
    "SELECT typname, typlen, typcategory FROM pg_type WHERE oid < 3000 AND typtype = 'b' AND typelem = 0 ORDER BY oid",
]


def shown(side: Side, command: str) -> str:
    environment = {**os.environ, "PGPASSWORD": "pw"}
    psql = [
        shutil.which("psql") or "psql",
        "-X",
        "-h",
        "127.0.0.1",
        "-p",
        str(side.port),
        "-U",
        "w",
        "xero",
        "-c",
        command,
    ]
    done = subprocess.run(psql, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return (done.stdout + done.stderr).replace(str(side.port), "PORT")


@pytest.mark.parametrize("command", SAME)
def test_psql_shows_the_same(pair: Pair, command: str) -> None:
    """To the last line."""
    assert shown(pair.ours, command) == shown(pair.real, command)
