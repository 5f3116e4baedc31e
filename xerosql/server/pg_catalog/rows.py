"""The rows of pg_catalog's tables that tell of ours, beside those of the stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from xerosql.catalog import SCRATCH
from xerosql.server import oids
from xerosql.server.oids import PgType
from xerosql.server.pg_catalog.stock import Relation, StockCatalog
from xerosql.server.pg_catalog.tables import OWNER, PgColumn, PgTable, oid_of

Row = tuple[object, ...]
Told = Mapping[str, object]
Rows = Sequence[Told]
CLASS, NAMESPACE = 1259, 2615  # pg_class and pg_namespace by number
TEXT_EQUALS = 98
PG_CATALOG, HEAP, BTREE, TEXT_OPS, COLLATION = 11, 2, 403, 3126, 100
COLLATED = (oids.TEXT, oids.VARCHAR)
#: The columns that every table has without showing them: where a row is, and which transactions made it.
SYSTEM_COLUMNS = [
    PgColumn(name, number, PgType(oid), not_null=True)
    for name, number, oid in (
        *(("ctid", -1, 27), ("xmin", -2, 28), ("cmin", -3, 29), ("xmax", -4, 28), ("cmax", -5, 29)),
        ("tableoid", -6, oids.OID),
    )
]
#: What PostgreSQL counts of a table.
COUNTED = (
    *("seq_scan", "seq_tup_read", "n_tup_ins", "n_tup_upd", "n_tup_del", "n_tup_hot_upd", "n_mod_since_analyze"),
    *("n_ins_since_vacuum", "vacuum_count", "autovacuum_count", "analyze_count", "autoanalyze_count", "n_dead_tup"),
)
#: What a column has where a row does not say; the others are NULL where they may be.
EMPTY: dict[str, object] = {"oid": 0, "regproc": 0, "xid": 0, "boolean": False, '"char"': "", "integer": 0}
EMPTY |= {"smallint": 0, "bigint": 0, "real": 0.0, "name": "", "int2vector": [], "oidvector": [], "text": ""}


def filled(relation: Relation, rows: Iterable[Mapping[str, object]]) -> list[Row]:
    """Rows with a value in every column."""
    empty = {name: EMPTY.get(kind) if needed else None for name, _, kind, _, needed in relation.columns}
    return [tuple({**empty, **row}[name] for name in empty) for row in rows]


def schemas_of(tables: Sequence[PgTable]) -> list[str]:
    return list(dict.fromkeys((*(table.schema for table in tables), SCRATCH)))


def pg_namespace(tables: Sequence[PgTable], owner: str, writers: Sequence[str]) -> Rows:
    """The schemas: everybody may look into them, and those who may write make tables in scratch."""
    return [row for schema in schemas_of(tables) for row in pg_namespace_of(schema, owner, writers)]


def pg_namespace_of(schema: str, owner: str, writers: Sequence[str]) -> Rows:
    granted = acl(owner, "UC", "U", "C" * (schema == SCRATCH), writers)
    return [{"oid": oid_of(schema), "nspname": schema, "nspowner": OWNER, "nspacl": granted}]


def acl(owner: str, everything: str, everybody: str, rights: str, writers: Sequence[str]) -> list[str]:
    """An access control list as PostgreSQL keeps it."""
    granted = [f"{writer}={rights}/{owner}" for writer in writers if rights]
    return [f"{owner}={everything}/{owner}", f"={everybody}/{owner}", *granted]


def pg_type(tables: Sequence[PgTable], composite: Told, array: Told) -> Rows:
    """The types of the tables' rows, after the pattern of those of PostgreSQL's own tables."""
    found: list[Told] = []
    for table in tables:
        here = {"typnamespace": oid_of(table.schema), "typowner": OWNER}
        row = {"oid": table.row_type, "typname": table.name, "typrelid": table.oid, "typarray": table.rows_type}
        rows = {"oid": table.rows_type, "typname": f"_{table.name}", "typelem": table.row_type}
        found += [{**composite, **here, **row}, {**array, **here, **rows}]
    return found


def pg_stat_tables(tables: Sequence[PgTable]) -> Rows:
    """Statistics that nobody keeps. How many rows a table has is Xero's to know."""
    return [
        {"relid": table.oid, "schemaname": table.schema, "relname": table.name, **dict.fromkeys(COUNTED, 0)}
        | (dict.fromkeys(("idx_scan", "idx_tup_fetch"), 0) if table.key else {})
        for table in tables
        if table.kind == "r"
    ]


def pg_class(tables: Sequence[PgTable], owner: str, writers: Sequence[str]) -> Rows:
    found: list[Told] = []
    referred = {table.references[:2] for table in tables if table.references}
    for table in tables:
        guarded = (
            table.references is not None or (table.schema, table.name) in referred
        )  # PostgreSQL has triggers there
        here: dict[str, object] = {
            "relnamespace": oid_of(table.schema),
            "relowner": OWNER,
            "relpersistence": table.persistence,
            "relispopulated": True,
        }
        found.append(
            here
            | {"oid": table.oid, "relname": table.name, "relkind": table.kind, "relnatts": len(table.columns)}
            | {"reltype": table.row_type, "relacl": acl(owner, "arwdDxt", "rx", in_order(table.rights), writers)}
            | {"relam": HEAP if table.kind == "r" else 0, "relhasindex": bool(table.key), "reltuples": -1.0}
            | {"relreplident": "d" if table.kind == "r" else "n", "relhasrules": table.kind == "v"}
            | {"relhastriggers": guarded, "relfilenode": table.oid if table.kind == "r" else 0}
        )
        if table.key:
            found.append(
                here
                | {"oid": table.index_oid, "relname": table.key_name, "relkind": "i", "relnatts": len(table.key)}
                | {"relam": BTREE, "relreplident": "n", "relfilenode": table.index_oid}
            )
    return found


def in_order(rights: str) -> str:
    """Rights in the order in which PostgreSQL writes them."""
    return "".join(each for each in "arwdDxt" if each in rights)


def pg_attribute(tables: Sequence[PgTable], by_type: Mapping[int, Mapping[str, object]]) -> Rows:
    found: list[Told] = []
    for table in tables:
        found += [attribute(table.oid, column, column.number, by_type) for column in table.columns]
        if table.kind == "r":
            found += [attribute(table.oid, column, column.number, by_type) for column in SYSTEM_COLUMNS]
        keyed = [next(column for column in table.columns if column.name == name) for name in table.key]
        found += [
            attribute(table.index_oid, column, number, by_type) | {"attnotnull": False}
            for number, column in enumerate(keyed, start=1)
        ]
    return found


def attribute(
    relation: int, column: PgColumn, number: int, by_type: Mapping[int, Mapping[str, object]]
) -> dict[str, object]:
    kind = by_type[column.type.oid]
    return {
        "attrelid": relation,
        "attname": column.name,
        "attnum": number,
        "atttypid": column.type.oid,
        "atttypmod": column.type.modifier,
        "attnotnull": column.not_null,
        "attstattarget": -1 if number > 0 else 0,
        "attcacheoff": -1,
        "attlen": kind["typlen"],
        "attbyval": kind["typbyval"],
        "attalign": kind["typalign"],
        "attstorage": kind["typstorage"],
        "attislocal": True,
        "attcollation": COLLATION if column.type.oid in COLLATED else 0,
    }


def pg_index(tables: Sequence[PgTable]) -> Rows:
    return [
        {
            "indexrelid": table.index_oid,
            "indrelid": table.oid,
            "indisunique": True,
            "indisprimary": True,
            "indnatts": len(table.key),
            "indnkeyatts": len(table.key),
            "indimmediate": True,
            "indisvalid": True,
            "indisready": True,
            "indislive": True,
            "indkey": [table.number(name) for name in table.key],
            "indcollation": [COLLATION] * len(table.key),
            "indclass": [TEXT_OPS] * len(table.key),
            "indoption": [0] * len(table.key),
        }
        for table in tables
        if table.key
    ]


def pg_constraint(tables: Sequence[PgTable]) -> Rows:
    by_name = {(table.schema, table.name): table for table in tables}
    found: list[Told] = []
    for table in tables:
        here: dict[str, object] = {
            "connamespace": oid_of(table.schema),
            "conrelid": table.oid,
            "convalidated": True,
            "conislocal": True,
        }
        here |= {"connoinherit": True, "confupdtype": " ", "confdeltype": " ", "confmatchtype": " "}
        if table.key:
            numbers = [table.number(name) for name in table.key]
            found.append(
                here
                | {"oid": table.key_oid, "conname": table.key_name, "contype": "p", "conindid": table.index_oid}
                | {"conkey": numbers}
            )
        if table.references:
            other = by_name[table.references[:2]]
            found.append(
                here
                | {"oid": table.reference_oid, "conname": table.reference_name, "contype": "f"}
                | {"conkey": [table.number(table.references[2])], "confkey": [other.number(table.references[2])]}
                | {"confrelid": other.oid, "conindid": other.index_oid, "confupdtype": "a", "confdeltype": "a"}
                | {"confmatchtype": "s"}
                | {name: [TEXT_EQUALS] for name in ("conpfeqop", "conppeqop", "conffeqop")}
            )
    return found


def pg_description(tables: Sequence[PgTable]) -> Rows:
    found: list[Told] = []
    for table in tables:
        described = [(0, table.description), *((column.number, column.description) for column in table.columns)]
        found += [
            {"objoid": table.oid, "classoid": CLASS, "objsubid": number, "description": text}
            for number, text in described
            if text
        ]
    return found


def definitions(tables: Sequence[PgTable], quote: Callable[[str], str]) -> list[tuple[object, ...]]:
    """What pg_get_indexdef() and its like say; what is `short` where the schema is in the search path."""
    found: list[tuple[object, ...]] = []
    for table in tables:
        columns, schema = ", ".join(quote(name) for name in table.key), oid_of(table.schema)
        if table.key:
            key, on = f"PRIMARY KEY ({columns})", f"{quote(table.schema)}.{quote(table.name)}"
            index = f"CREATE UNIQUE INDEX {quote(table.key_name)} ON {on} USING btree ({columns})"
            found += [(table.key_oid, key, key, schema), (table.index_oid, index, index, schema)]
        if table.references:
            other, name, column = table.references
            start, end = f"FOREIGN KEY ({quote(column)}) REFERENCES ", f"{quote(name)}({quote(column)})"
            found.append((table.reference_oid, f"{start}{quote(other)}.{end}", start + end, oid_of(other)))
        if table.definition:
            found.append((table.oid, defined(table), defined(table), schema))
    return found


def defined(table: PgTable) -> str | None:
    """A view's SELECT, with the semicolon that PostgreSQL puts behind it."""
    return f"{table.definition};" if table.definition else None


def pg_tables(tables: Sequence[PgTable], owner: str) -> Rows:
    return [
        {"schemaname": table.schema, "tablename": table.name, "tableowner": owner, "hasindexes": bool(table.key)}
        | {"hasrules": False, "hastriggers": table.references is not None, "rowsecurity": False}
        for table in tables
        if table.kind == "r"
    ]


def pg_views(tables: Sequence[PgTable], owner: str) -> Rows:
    return [
        {"schemaname": table.schema, "viewname": table.name, "viewowner": owner, "definition": defined(table)}
        for table in tables
        if table.kind == "v"
    ]


def pg_indexes(tables: Sequence[PgTable], quote: Callable[[str], str]) -> Rows:
    texts = {oid: text for oid, text, _, _ in definitions(tables, quote)}
    return [
        {"schemaname": table.schema, "tablename": table.name, "indexname": table.key_name}
        | {"indexdef": texts[table.index_oid]}
        for table in tables
        if table.key
    ]


def roles(names: Sequence[str], owner: str) -> dict[str, Rows]:
    """The same roles as each of the tables of roles has them. The owner of everything is nobody who can connect."""
    numbered = [(OWNER, owner), *((oid_of(f"role {name}"), name) for name in names if name != owner)]
    as_role: Rows = [
        {"oid": oid, "rolname": name, "rolinherit": True, "rolcanlogin": oid != OWNER, "rolconnlimit": -1}
        | {"rolsuper": oid == OWNER, "rolcreaterole": False, "rolcreatedb": False, "rolreplication": False}
        | {"rolbypassrls": False, "rolpassword": "********"}
        for oid, name in numbered
    ]
    as_user: Rows = [
        {"usename": name, "usesysid": oid, "usecreatedb": False, "usesuper": oid == OWNER, "userepl": False}
        | {"usebypassrls": False, "passwd": "********"}
        for oid, name in numbered
    ]
    return {"pg_roles": as_role, "pg_authid": as_role, "pg_user": as_user, "pg_shadow": as_user}


def pg_database(name: str) -> Rows:
    return [
        {"oid": oid_of(f"database {name}"), "datname": name, "datdba": OWNER, "encoding": 6, "datlocprovider": "c"}
        | {
            "datallowconn": True,
            "datconnlimit": -1,
            "dattablespace": 1663,
            "datcollate": "C.UTF-8",
            "datctype": "C.UTF-8",
        }
    ]


def system_classes(stock: StockCatalog, namespaces: Mapping[str, int]) -> Rows:
    """PostgreSQL's own relations in pg_class."""
    return [
        {"oid": each.oid, "relname": each.name, "relnamespace": namespaces[each.schema], "relkind": each.kind}
        | {"relowner": OWNER, "relnatts": len(each.columns), "relpersistence": "p", "relispopulated": True}
        | {"relam": HEAP if each.kind == "r" else 0, "relreplident": "n", "reltuples": -1.0, "reltype": each.row_type}
        for each in stock.relations
    ]


def system_attributes(stock: StockCatalog) -> Rows:
    return [
        {"attrelid": each.oid, "attname": name, "attnum": number, "atttypid": oid, "attlen": length, "atttypmod": -1}
        | {"attnotnull": needed, "attislocal": True, "attstattarget": -1, "attcacheoff": -1, "attalign": "i"}
        | {"attstorage": "p"}
        for each in stock.relations
        for number, (name, oid, _, length, needed) in enumerate(each.columns, start=1)
    ]
