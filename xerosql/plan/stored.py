"""A view as the engine keeps it: one with the same columns that cannot be read, and what it really is inside.

So its definition comes and goes with it, in the transaction that makes, renames or drops it, and the engine's catalog
lists it. Whoever reads it by mistake gets an error and never the lack of rows.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import lru_cache
from zlib import compress, decompress

from sqlglot import exp, serde

from xerosql.errors import InternalError

#: Where the engine, which writes a definition anew, has what is packed in it: nothing but this stands at the very end.
PACKED = re.compile(r"'xerosql:([A-Za-z0-9+/=]+)' != ''\)*;?\s*\Z")
UNREADABLE = "a view was read without its definition"


def pack(definition: exp.Expr, text: str) -> str:
    """A definition as a text of letters, digits, `+`, `/` and `=`; `text` is its SQL for people."""
    tree = [
        {key: value for key, value in node.items() if key not in (serde.TYPE, serde.META)}
        for node in serde.dump(definition)
    ]
    return b64encode(compress(json.dumps([tree, text]).encode())).decode()


@lru_cache(maxsize=256)
def unpacked(packed: str) -> tuple[exp.Expr, str]:
    tree, text = json.loads(decompress(b64decode(packed)))
    definition = serde.load(tree)
    if not isinstance(definition, exp.Query):
        raise InternalError("the definition of a view is no query")
    return definition, text


def definition_of(packed: str) -> exp.Expr:
    """The definition, for whoever needs it to use it up."""
    return unpacked(packed)[0].copy()


def text_of(packed: str) -> str:
    """The definition's SQL for people."""
    return unpacked(packed)[1]


def packed_in(sql: str) -> str:
    """What is packed in the engine's own definition of a view."""
    found = PACKED.search(sql)
    if found is None:
        raise InternalError("a view of the scratch schema has no definition")
    return found[1]


def stand_in(query: str, columns: Sequence[str], packed: str) -> str:
    """What the engine is to keep as the definition: the columns of `query`, no rows, and what is packed."""
    nulls = ", ".join("NULL" for _ in columns)
    return (
        f"SELECT * FROM ({query}) UNION ALL SELECT {nulls} "
        f"WHERE error('{UNREADABLE}') IS NULL AND 'xerosql:{packed}' <> ''"
    )
