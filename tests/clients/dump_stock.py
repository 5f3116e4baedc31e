"""Writes `xerosql/server/pg_catalog/stock.json.gz`: what a PostgreSQL 15 without anything in it says of itself.

Run it against a server of Debian's packages: python tests/clients/dump_stock.py "host=… dbname=postgres user=postgres"
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import psycopg

TO = Path(__file__).parents[2] / "xerosql" / "server" / "pg_catalog" / "stock.json.gz"
SCHEMAS = ("pg_catalog", "information_schema")
RELATIONS = """
    SELECT n.nspname, c.relname, c.oid::int8, c.relkind::text, c.reltype::int8,
           json_agg(json_build_array(a.attname, a.atttypid::int8, format_type(a.atttypid, NULL), a.attlen, a.attnotnull)
                    ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'v') AND a.attnum > 0
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 3
"""
NAMESPACES = "'pg_catalog'::regnamespace, 'information_schema'::regnamespace"
#: Rows that are the same in every new database, by table; what is written in text is read as its column's type.
ROWS = {
    "pg_am": "SELECT * FROM pg_am ORDER BY oid",
    "pg_collation": "SELECT * FROM pg_collation WHERE collname IN ('default', 'C', 'POSIX') ORDER BY oid",
    "pg_language": "SELECT * FROM pg_language ORDER BY oid",
    "pg_namespace": "SELECT * FROM pg_namespace WHERE nspname <> 'public' AND nspname NOT LIKE 'pg_temp%' ORDER BY oid",
    "pg_opclass": "SELECT * FROM pg_opclass WHERE opcdefault AND opcmethod = 403 ORDER BY oid",
    "pg_range": "SELECT * FROM pg_range ORDER BY rngtypid",
    "pg_tablespace": "SELECT * FROM pg_tablespace ORDER BY oid",
    "pg_type": f"SELECT * FROM pg_type WHERE typnamespace IN ({NAMESPACES}) ORDER BY oid",
    "pg_aggregate": "SELECT * FROM pg_aggregate WHERE aggfnoid < 10000 ORDER BY aggfnoid::oid",
    "pg_proc": "SELECT * FROM pg_proc WHERE prokind = 'a' AND oid < 10000 OR oid IN "
    "(SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, "
    f"typsubscript]::oid[]) FROM pg_type WHERE typnamespace IN ({NAMESPACES})) "
    "OR oid IN (SELECT amhandler FROM pg_am) ORDER BY oid",
    "pg_description": "SELECT d.* FROM pg_description d WHERE classoid = 'pg_type'::regclass "
    f"AND objoid IN (SELECT oid FROM pg_type WHERE typnamespace IN ({NAMESPACES})) OR classoid = 'pg_am'::regclass "
    "OR classoid = 'pg_namespace'::regclass AND objoid <> 'public'::regnamespace "
    "ORDER BY classoid, objoid",
    "pg_shdescription": "SELECT d.* FROM pg_shdescription d WHERE classoid = 'pg_tablespace'::regclass ORDER BY objoid",
    "pg_roles": "SELECT * FROM pg_roles WHERE rolname ~ '^pg_' ORDER BY oid",
    "pg_auth_members": "SELECT * FROM pg_auth_members ORDER BY roleid, member",
    "pg_settings": "SELECT * FROM pg_settings WHERE setting NOT LIKE '%/%' AND name NOT LIKE '%_file' ORDER BY name",
}
SHOWN = f"SELECT oid::int8, format_type(oid, NULL) FROM pg_type WHERE typnamespace IN ({NAMESPACES}) ORDER BY oid"
KEYWORDS = "SELECT word, catcode::text FROM pg_get_keywords() ORDER BY word"


def dump(connection: psycopg.Connection) -> dict[str, object]:
    """Everything as JSON takes it: relations with their columns, rows as texts, names of types, keywords."""
    relations = connection.execute(RELATIONS, [list(SCHEMAS)]).fetchall()
    rows = {}
    for table, query in ROWS.items():
        cursor = connection.execute(f"SELECT * FROM ({query}) AS t")
        as_text = ", ".join(number(column.name, column.type_code) for column in cursor.description or ())
        rows[table] = [list(row) for row in connection.execute(f"SELECT {as_text} FROM ({query}) AS t").fetchall()]
    return {
        "relations": [list(each) for each in relations],
        "rows": rows,
        "shown": [list(row) for row in connection.execute(SHOWN).fetchall()],
        "keywords": [list(row) for row in connection.execute(KEYWORDS).fetchall()],
    }


def number(name: str, oid: int) -> str:
    """A column as text; a function's name as its number."""
    regproc = 24
    return f'"{name}"::oid::text' if oid == regproc else f'"{name}"::text'


def main() -> None:
    with psycopg.connect(sys.argv[1]) as connection:
        text = json.dumps(dump(connection), ensure_ascii=False, separators=(",", ":"))
    with gzip.GzipFile(TO, "wb", mtime=0) as file:
        file.write(text.encode())


if __name__ == "__main__":
    main()
