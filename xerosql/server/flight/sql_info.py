"""What the server says of itself (GetSqlInfo), by the numbers of Flight SQL's enumeration SqlInfo."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow
from pyarrow import Table, UnionArray, bool_, int32, int64, list_, map_, string

from xerosql import __version__
from xerosql.server.users import User

#: The children of the union, in the order of their numbers.
KINDS = {
    "string_value": string(),
    "bool_value": bool_(),
    "bigint_value": int64(),
    "int32_bitmask": int32(),
    "string_list": list_(string()),
    "int32_to_int32_list_map": map_(int32(), list_(int32())),
}
CHILDREN: dict[type, str] = {str: "string_value", bool: "bool_value", int: "int32_bitmask"}
TRANSACTIONS, WITHOUT_CASE = 1, 1
Value = str | bool | int


def facts(user: User) -> dict[int, Value]:
    """What there is to say to this user. A number is an int32."""
    return {
        0: "xerosql",
        1: __version__,
        2: pyarrow.__version__,
        3: user.changes_nothing,
        4: True,  # SQL
        5: False,  # Substrait
        8: TRANSACTIONS,
        9: True,  # cancelling
        10: True,  # ingestion
        11: True,  # within transactions
        100: 0,  # prepared statements last as long as the session
        101: 0,
        500: False,  # CREATE of catalogs, of schemas, of tables
        501: False,
        502: True,
        503: WITHOUT_CASE,
        504: '"',
        505: WITHOUT_CASE,
        506: True,  # every table can be selected from
        515: True,  # AS
        516: True,  # what is put together with NULL is NULL
        518: True,
        520: True,  # ORDER BY expressions
        523: True,  # LIKE … ESCAPE
        524: True,  # NOT NULL
        529: "schema",
        531: "database",
        532: True,
    }


def sql_info(wanted: Sequence[int], known: dict[int, Value]) -> Table:
    """The facts of these numbers, all of them for none. What is not known is left out."""
    found = {number: known[number] for number in dict.fromkeys(wanted or known) if number in known}
    names, kinds, offsets = list(KINDS), list[int](), list[int]()
    held: dict[str, list[Value]] = {name: [] for name in names}
    for value in found.values():
        kind = CHILDREN[type(value)]
        kinds.append(names.index(kind))
        offsets.append(len(held[kind]))
        held[kind].append(value)
    union = UnionArray.from_dense(
        pyarrow.array(kinds, pyarrow.int8()),
        pyarrow.array(offsets, int32()),
        [pyarrow.array(held[name], kind) for name, kind in KINDS.items()],
        names,
    )
    schema = pyarrow.schema(
        [pyarrow.field("info_name", pyarrow.uint32(), nullable=False), pyarrow.field("value", union.type)]
    )
    return Table.from_arrays([pyarrow.array(list(found), pyarrow.uint32()), union], schema=schema)
