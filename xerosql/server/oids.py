"""PostgreSQL's types: which one a column of ours is, and the type modifiers. Numbers are those of its `pg_type`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xerosql.server.messages import Field

BOOL, BYTEA, CHAR, NAME, INT8, INT2, INT2VECTOR, INT4, TEXT, OID, OIDVECTOR = (
    *(16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 30),
)
REGPROC, JSON, XML, FLOAT4, FLOAT8, UNKNOWN, BPCHAR, VARCHAR = 24, 114, 142, 700, 701, 705, 1042, 1043
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, TIMETZ, NUMERIC, UUID = 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950
JSONB, REGCLASS, REGTYPE = 3802, 2205, 2206
XID, CID, INET, ACLITEM, REGNAMESPACE, REGROLE = 28, 29, 869, 1033, 4089, 4096
#: Numbers that are shown by the names of what they number.
NAMED = frozenset((REGPROC, REGCLASS, REGTYPE, REGNAMESPACE, REGROLE))

#: The type of a list of values of each type.
ARRAYS = {
    BOOL: 1000,
    BYTEA: 1001,
    CHAR: 1002,
    NAME: 1003,
    INT8: 1016,
    INT2: 1005,
    INT4: 1007,
    TEXT: 1009,
    OID: 1028,
    JSON: 199,
    FLOAT4: 1021,
    FLOAT8: 1022,
    BPCHAR: 1014,
    VARCHAR: 1015,
    DATE: 1182,
    TIME: 1183,
    TIMESTAMP: 1115,
    TIMESTAMPTZ: 1185,
    INTERVAL: 1187,
    TIMETZ: 1270,
    NUMERIC: 1231,
    UUID: 2951,
    JSONB: 3807,
    ACLITEM: 1034,
}
ELEMENTS = {array: element for element, array in ARRAYS.items()}
#: Bytes of a value; -1 for those that have any length.
SIZES = {
    BOOL: 1,
    CHAR: 1,
    NAME: 64,
    INT8: 8,
    INT2: 2,
    INT4: 4,
    OID: 4,
    FLOAT4: 4,
    FLOAT8: 8,
    DATE: 4,
    TIME: 8,
    TIMESTAMP: 8,
    TIMESTAMPTZ: 8,
    INTERVAL: 16,
    TIMETZ: 12,
    UUID: 16,
    REGPROC: 4,
    REGCLASS: 4,
    REGTYPE: 4,
    REGNAMESPACE: 4,
    REGROLE: 4,
    XID: 4,
    CID: 4,
    ACLITEM: 12,
    UNKNOWN: -2,
}
#: Ours by the engine's names. What is wider than PostgreSQL's whole numbers is a NUMERIC.
OURS = {
    "BOOLEAN": BOOL,
    "TINYINT": INT2,
    "SMALLINT": INT2,
    "INTEGER": INT4,
    "INT": INT4,
    "BIGINT": INT8,
    "UTINYINT": INT2,
    "USMALLINT": INT4,
    "UINTEGER": INT8,
    "UBIGINT": NUMERIC,
    "HUGEINT": NUMERIC,
    "UHUGEINT": NUMERIC,
    "DECIMAL": NUMERIC,
    "FLOAT": FLOAT4,
    "REAL": FLOAT4,
    "DOUBLE": FLOAT8,
    "DATE": DATE,
    "TIME": TIME,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP_S": TIMESTAMP,
    "TIMESTAMP_MS": TIMESTAMP,
    "TIMESTAMP_NS": TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "TIMESTAMPTZ": TIMESTAMPTZ,
    "TIME WITH TIME ZONE": TIMETZ,
    "INTERVAL": INTERVAL,
    "UUID": UUID,
    "BLOB": BYTEA,
    "JSON": JSON,
    "VARCHAR": TEXT,
    "TEXT": TEXT,
}
DIGITS = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True, slots=True)
class PgType:
    """A type with its modifier, -1 if it has none."""

    oid: int
    modifier: int = -1

    @property
    def size(self) -> int:
        return SIZES.get(self.oid, -1)

    def field(self, name: str) -> Field:
        return Field(name, self.oid, self.size, self.modifier)


def type_of(sql: str) -> PgType:
    """PostgreSQL's type for a type as the engine writes it; TEXT for what it has no type for."""
    if sql.endswith("]"):
        element = type_of(sql[: sql.rindex("[")])
        return PgType(ARRAYS.get(element.oid, ARRAYS[TEXT]), element.modifier)
    if found := DIGITS.fullmatch(sql):
        return PgType(NUMERIC, numeric_modifier(int(found[1]), int(found[2])))
    return PgType(OURS.get(sql.partition("(")[0], TEXT))


def numeric_modifier(precision: int, scale: int) -> int:
    return (precision << 16 | scale) + 4


def varchar_modifier(length: int) -> int:
    return length + 4
