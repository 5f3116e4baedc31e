"""PostgreSQL's functions that ask about its catalog, as the engine's macros over the tables in the schema `pg`."""

from __future__ import annotations

import re

from xerosql.server.pg_catalog.stock import CHARS, stock

CHAR_TYPE = "CREATE TYPE pg.char AS ENUM ({})".format(
    ", ".join("'{}'".format(each.replace("'", "''")) for each in CHARS)
)
SCHEMAS = ("CREATE SCHEMA pg", "CREATE SCHEMA pg_information")

#: Each by its name and arguments. The engine puts an argument's text in the place of its name, so that a column would be
#: taken for one of the macro's own tables: `$args` holds the arguments before there are tables, `$x` is argument x of it.
SCALARS = """
quote_ident(x) := CASE WHEN regexp_full_match(x, '[a-z_][a-z0-9_$]*') AND NOT regexp_full_match(x, 'RESERVED') THEN x
    ELSE concat('"', replace(x, '"', '""'), '"') END
format_type(o, m) := (SELECT CASE WHEN $m IS NULL OR $m < 0 THEN m_t.shown
    WHEN $o = 1700 THEN concat('numeric(', (($m - 4) // 65536)::INTEGER, ',', (($m - 4) % 65536)::INTEGER, ')')
    WHEN $o IN (1042, 1043) THEN concat(m_t.shown, '(', $m - 4, ')')
    WHEN $o IN (1083, 1114, 1184, 1266) THEN concat(split_part(m_t.shown, ' ', 1), '(', $m, ') ',
        array_to_string(string_split(m_t.shown, ' ')[2:], ' '))
    ELSE m_t.shown END FROM $args, pg.shown_types m_t WHERE m_t.oid = $o)
constraint_definition(o, s) := (SELECT CASE WHEN list_contains($s, m_d.schema) THEN m_d.short ELSE m_d.definition END
    FROM $args, pg.definitions m_d WHERE m_d.oid = $o)
array_remove(a, x) := list_filter(a, lambda m_e: m_e IS DISTINCT FROM x)
pg_get_viewdef(o) := (SELECT m_d.definition FROM $args, pg.definitions m_d WHERE m_d.oid = $o)
pg_get_viewdef(o, p) := (SELECT m_d.definition FROM $args, pg.definitions m_d WHERE m_d.oid = $o)
pg_get_indexdef(o) := (SELECT m_d.definition FROM $args, pg.definitions m_d WHERE m_d.oid = $o)
pg_get_indexdef(o, n, p) := CASE WHEN n = 0 THEN (SELECT m_d.definition FROM $args, pg.definitions m_d WHERE m_d.oid = $o)
    ELSE (SELECT pg.quote_ident(m_a.attname) FROM $args, pg.pg_attribute m_a WHERE m_a.attrelid = $o AND m_a.attnum = $n) END
pg_get_expr(x, r) := CAST(x AS VARCHAR)
pg_get_expr(x, r, p) := CAST(x AS VARCHAR)
pg_get_userbyid(o) := coalesce((SELECT m_r.rolname FROM $args, pg.pg_roles m_r WHERE m_r.oid = $o), concat('unknown (OID=', o, ')'))
obj_description(o) := (SELECT min(m_d.description) FROM $args, pg.pg_description m_d WHERE m_d.objoid = $o AND m_d.objsubid = 0)
obj_description(o, c) := (SELECT m_d.description FROM $args, pg.pg_description m_d JOIN pg.pg_class m_k
    ON m_k.oid = m_d.classoid WHERE m_d.objoid = $o AND m_d.objsubid = 0 AND m_k.relname = $c)
col_description(o, n) := (SELECT m_d.description FROM $args, pg.pg_description m_d
    WHERE m_d.objoid = $o AND m_d.objsubid = $n AND $n > 0)
shobj_description(o, c) := CAST(NULL AS VARCHAR)
quote_literal(x) := concat('''', replace(CAST(x AS VARCHAR), '''', ''''''), '''')
quote_nullable(x) := coalesce(concat('''' || replace(CAST(x AS VARCHAR), '''', '''''') || ''''), 'NULL')
is_visible(o, s) := (SELECT list_contains($s, m_c.relnamespace) FROM $args, pg.pg_class m_c WHERE m_c.oid = $o)
is_type_visible(o, s) := (SELECT list_contains($s, m_t.typnamespace) FROM $args, pg.pg_type m_t WHERE m_t.oid = $o)
pg_function_is_visible(o) := TRUE
pg_opclass_is_visible(o) := TRUE
pg_collation_is_visible(o) := TRUE
pg_operator_is_visible(o) := TRUE
pg_relation_is_publishable(o) := TRUE
getdatabaseencoding() := 'UTF8'
array_upper(a, d) := CASE WHEN d = 1 AND len(a) > 0 THEN CAST(len(a) AS INTEGER) END
array_lower(a, d) := CASE WHEN d = 1 AND len(a) > 0 THEN 1 END
array_length(a, d) := CASE WHEN d = 1 AND len(a) > 0 THEN CAST(len(a) AS INTEGER) END
array_ndims(a) := CASE WHEN len(a) > 0 THEN 1 END
_pg_expandarray(a) := unnest(list_transform(a, lambda m_x, m_i: {'x': m_x, 'n': CAST(m_i AS INTEGER)}))
to_regclass(x) := (SELECT max(m_c.oid) FROM $args, pg.pg_class m_c JOIN pg.pg_namespace m_n ON m_n.oid = m_c.relnamespace
    WHERE lower(replace($x, '"', '')) IN (lower(m_c.relname), lower(concat(m_n.nspname, '.', m_c.relname))))
find_regclass(x) := coalesce(try_cast(x AS UINTEGER), (SELECT max(m_c.oid) FROM $args, pg.pg_class m_c
    JOIN pg.pg_namespace m_n ON m_n.oid = m_c.relnamespace
    WHERE lower(replace($x, '"', '')) IN (lower(m_c.relname), lower(concat(m_n.nspname, '.', m_c.relname)))))
to_regtype(x) := (SELECT min(m_t.oid) FROM $args, pg.pg_type m_t LEFT JOIN pg.shown_types m_s ON m_s.oid = m_t.oid
    WHERE lower($x) IN (m_t.typname, m_s.shown))
find_regtype(x) := coalesce(try_cast(x AS UINTEGER), (SELECT min(m_t.oid) FROM $args, pg.pg_type m_t
    LEFT JOIN pg.shown_types m_s ON m_s.oid = m_t.oid WHERE lower($x) IN (m_t.typname, m_s.shown)))
find_regproc(x) := coalesce(try_cast(x AS UINTEGER), (SELECT min(m_p.oid) FROM $args, pg.pg_proc m_p WHERE lower($x) = m_p.proname))
find_regnamespace(x) := coalesce(try_cast(x AS UINTEGER), (SELECT m_n.oid FROM $args, pg.pg_namespace m_n WHERE $x = m_n.nspname))
find_regrole(x) := coalesce(try_cast(x AS UINTEGER), (SELECT m_r.oid FROM $args, pg.pg_roles m_r WHERE $x = m_r.rolname))
show_regclass(o, s) := coalesce((SELECT CASE WHEN list_contains($s, m_c.relnamespace)
    THEN pg.quote_ident(m_c.relname) ELSE concat(pg.quote_ident(m_n.nspname), '.', pg.quote_ident(m_c.relname)) END
    FROM $args, pg.pg_class m_c JOIN pg.pg_namespace m_n ON m_n.oid = m_c.relnamespace WHERE m_c.oid = $o),
    CASE o WHEN 0 THEN '-' ELSE CAST(o AS VARCHAR) END)
show_regtype(o) := coalesce((SELECT m_t.shown FROM $args, pg.shown_types m_t WHERE m_t.oid = $o),
    CASE o WHEN 0 THEN '-' ELSE CAST(o AS VARCHAR) END)
show_regproc(o) := coalesce((SELECT m_p.proname FROM $args, pg.pg_proc m_p WHERE m_p.oid = $o),
    CASE o WHEN 0 THEN '-' ELSE CAST(o AS VARCHAR) END)
show_regnamespace(o) := coalesce((SELECT pg.quote_ident(m_n.nspname) FROM $args, pg.pg_namespace m_n WHERE m_n.oid = $o),
    CAST(o AS VARCHAR))
show_regrole(o) := coalesce((SELECT pg.quote_ident(m_r.rolname) FROM $args, pg.pg_roles m_r WHERE m_r.oid = $o), CAST(o AS VARCHAR))
pg_typeof(x) := CAST(typeof(x) AS VARCHAR)
stock_setting(x) := (SELECT m_s.setting FROM $args, pg.pg_settings m_s WHERE lower(m_s.name) = lower($x))
pg_encoding_to_char(n) := CASE n WHEN 6 THEN 'UTF8' WHEN 0 THEN 'SQL_ASCII' ELSE '' END
pg_char_to_encoding(x) := CASE upper(x) WHEN 'UTF8' THEN 6 ELSE -1 END
pg_size_pretty(n) := concat(n, ' bytes')
pg_relation_is_updatable(o, t) := 28
pg_column_is_updatable(o, n, t) := TRUE
pg_is_other_temp_schema(o) := FALSE
parse_ident(x) := list_transform(regexp_extract_all(x, '"(?:[^"]|"")*"|[^."]+'), lambda m_p:
    CASE WHEN m_p LIKE '"%' THEN replace(m_p[2:-2], '""', '"') ELSE lower(trim(m_p)) END)
takes(x, r) := coalesce((SELECT contains(m_g.rights, $r) FROM $args, pg.rights m_g WHERE m_g.oid = pg.find_regclass(CAST($x AS VARCHAR))), FALSE)
takes_tables(x) := CAST(x AS VARCHAR) IN (SELECT m_n.nspname FROM pg.pg_namespace m_n WHERE len(m_n.nspacl) > 2
    UNION ALL SELECT CAST(m_n.oid AS VARCHAR) FROM pg.pg_namespace m_n WHERE len(m_n.nspacl) > 2)
is_role(x, u) := (SELECT bool_or(CAST($x AS VARCHAR) IN (m_r.rolname, CAST(m_r.oid AS VARCHAR))) FROM $args, pg.pg_roles m_r WHERE m_r.rolname = $u)
pg_blocking_pids(p) := CAST([] AS INTEGER[])
txid_current_snapshot() := '1:1:'
txid_snapshot_xmin(s) := CAST(split_part(s, ':', 1) AS BIGINT)
txid_snapshot_xmax(s) := CAST(split_part(s, ':', 2) AS BIGINT)
encode(b, f) := CASE f WHEN 'hex' THEN lower(hex(b)) WHEN 'base64' THEN to_base64(b) ELSE decode(b) END
pg_advisory_unlock(n) := TRUE
pg_advisory_lock(n) := ''
pg_try_advisory_lock(n) := TRUE
_pg_index_position(o, n) := (SELECT list_position(m_i.indkey, $n) FROM $args, pg.pg_index m_i WHERE m_i.indexrelid = $o)
"""
#: The zones that the engine knows.
ZONES = "INSERT INTO pg.pg_timezone_names SELECT name, abbrev, utc_offset, is_dst FROM pg_timezone_names()"
#: Functions of so many arguments that have nothing to tell here, by what they tell then.
NOTHING = {
    "CAST(NULL AS VARCHAR)": "pg_get_functiondef/1 pg_get_function_arguments/1 "
    "pg_get_function_identity_arguments/1 pg_get_function_result/1 pg_get_triggerdef/1 pg_get_triggerdef/2 "
    "pg_get_ruledef/1 pg_get_ruledef/2 pg_get_partkeydef/1 pg_get_serial_sequence/2 "
    "pg_get_statisticsobjdef/1 pg_get_statisticsobjdef_columns/1 pg_describe_object/3 pg_filenode_relation/2 "
    "inet_client_port/0 inet_server_port/0 pg_get_partition_constraintdef/1 pg_relation_filepath/1 pg_export_snapshot/0",
    "CAST(0 AS BIGINT)": "pg_relation_size/1 pg_relation_size/2 pg_total_relation_size/1 pg_table_size/1 "
    "pg_indexes_size/1 pg_database_size/1 pg_tablespace_size/1 pg_stat_get_numscans/1 pg_stat_get_tuples_returned/1 "
    "pg_stat_get_live_tuples/1 pg_stat_get_dead_tuples/1 age/1 mxid_age/1 txid_current/0",
    "CAST(NULL AS TIMESTAMPTZ)": "pg_stat_get_last_vacuum_time/1 pg_stat_get_last_analyze_time/1 "
    "pg_last_xact_replay_timestamp/0 pg_conf_load_time/0",
    "''": "pg_advisory_unlock_all/0 pg_notify/2 pg_tablespace_location/1",
    "FALSE": "pg_is_in_recovery/0 pg_is_wal_replay_paused/0",
    "now()": "pg_postmaster_start_time/0 statement_timestamp/0 clock_timestamp/0",
}
TABLES = """
pg_get_keywords() := SELECT word, catcode, CASE catcode WHEN 'U' THEN 'unreserved' WHEN 'R' THEN 'reserved'
    WHEN 'T' THEN 'reserved (can be function or type name)' ELSE 'unreserved (cannot be function or type name)' END AS catdesc
    FROM pg.keywords
pg_options_to_table(o) := SELECT CAST('' AS VARCHAR) AS option_name, CAST('' AS VARCHAR) AS option_value WHERE FALSE
aclexplode(a) := SELECT coalesce((SELECT m_r.oid FROM pg.pg_roles m_r WHERE m_r.rolname = split_part(m_i.item, '/', 2)), 0) AS grantor,
    coalesce((SELECT m_r.oid FROM pg.pg_roles m_r WHERE m_r.rolname = split_part(m_i.item, '=', 1)), 0) AS grantee,
    CASE m_i.letter WHEN 'a' THEN 'INSERT' WHEN 'r' THEN 'SELECT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
        WHEN 'D' THEN 'TRUNCATE' WHEN 'x' THEN 'REFERENCES' WHEN 't' THEN 'TRIGGER' WHEN 'U' THEN 'USAGE'
        WHEN 'C' THEN 'CREATE' WHEN 'T' THEN 'TEMPORARY' WHEN 'c' THEN 'CONNECT' WHEN 'X' THEN 'EXECUTE' END AS privilege_type,
    FALSE AS is_grantable FROM (SELECT m_l.item, unnest(string_split(split_part(split_part(m_l.item, '=', 2), '/', 1), '')) AS letter
        FROM (SELECT unnest(a) AS item) m_l) m_i
pg_partition_ancestors(o) := SELECT CAST(0 AS UINTEGER) AS relid, CAST(0 AS BIGINT) AS ordinality WHERE FALSE
pg_partition_tree(o) := SELECT CAST(0 AS UINTEGER) AS relid, CAST(0 AS UINTEGER) AS parentrelid, FALSE AS isleaf, 0 AS level
    WHERE FALSE
pg_listening_channels() := SELECT CAST('' AS VARCHAR) AS pg_listening_channels WHERE FALSE
pg_available_extensions() := SELECT CAST('' AS VARCHAR) AS name, CAST('' AS VARCHAR) AS default_version, CAST('' AS VARCHAR)
    AS comment WHERE FALSE
pg_available_extension_versions() := SELECT CAST('' AS VARCHAR) AS name, CAST('' AS VARCHAR) AS version, FALSE AS installed,
    FALSE AS superuser, FALSE AS trusted, FALSE AS relocatable, CAST('' AS VARCHAR) AS schema, CAST([] AS VARCHAR[]) AS requires,
    CAST('' AS VARCHAR) AS comment WHERE FALSE
pg_show_all_settings() := SELECT * FROM pg.pg_settings
pg_lock_status() := SELECT * FROM pg.pg_locks
pg_stat_get_activity(n) := SELECT * FROM pg.pg_stat_activity
"""
#: The name, arguments and body of each macro: a line that begins with a name, and those behind it that do not.
ONE = re.compile(r"^(\w+)\(([^)]*)\) := (.*(?:\n[ ].*)*)", re.MULTILINE)


def macros() -> tuple[str, ...]:
    """The definitions, those of one name together, since a macro with another number of arguments belongs to it."""
    return (*definitions(scalars(), ""), *definitions(ONE.findall(TABLES), "TABLE "), ZONES)


def scalars() -> list[tuple[str, str, str]]:
    nothing = [
        (name, ", ".join(f"a{place}" for place in range(int(count))), body)
        for body, names in NOTHING.items()
        for name, count in (each.split("/") for each in names.split())
    ]
    found = ONE.findall(SCALARS.replace("RESERVED", "|".join(reserved())))
    return [*((name, names, with_arguments(body, names)) for name, names, body in found), *nothing]


def reserved() -> list[str]:
    """The words that are names in quotes only."""
    return [word for word, code in stock().keywords if code != "U"]


def with_arguments(body: str, names: str) -> str:
    held = ", ".join(f"{name} AS m_{name}" for name in names.split(", "))
    return re.sub(r"\$(\w)\b", r"m_args.m_\1", body.replace("$args", f"(SELECT {held}) m_args"))


def definitions(found: list[tuple[str, str, str]], kind: str) -> list[str]:
    by_name: dict[str, list[str]] = {}
    for name, arguments, body in found:
        by_name.setdefault(name, []).append(f"({arguments}) AS {kind}{body}")
    return [f"CREATE MACRO pg.{name}{', '.join(forms)}" for name, forms in by_name.items()]


def names_of_scalars() -> frozenset[str]:
    return frozenset(name for name, _, _ in scalars()) | {
        *("current_setting", "set_config", "current_schemas", "current_schema", "generate_subscripts", "format"),
        *(
            "pg_my_temp_schema",
            "pg_table_is_visible",
            "pg_type_is_visible",
            "pg_get_constraintdef",
            "pg_cancel_backend",
            "pg_terminate_backend",
        ),
    }


def ignored_arguments() -> dict[tuple[str, int], frozenset[int]]:
    """The arguments, by place, that a function of so many passes over."""
    found = {}
    for name, names, body in scalars():
        arguments = [each for each in names.split(", ") if each]
        body = re.sub(r"\(SELECT [^()]*\) m_args", "", body)
        unused = (place for place, each in enumerate(arguments) if not re.search(rf"\b(?:m_)?{each}\b", body))
        found[name, len(arguments)] = frozenset(unused)
    return found


def read_by_macros() -> dict[str, frozenset[str]]:
    """The catalog's tables that each macro reads, itself or by another macro."""
    named: dict[str, set[str]] = {}
    for name, _, body in (*scalars(), *ONE.findall(TABLES)):
        named.setdefault(name, set()).update(re.findall(r"\bpg\.(\w+)", body))

    def read(name: str, within: frozenset[str] = frozenset()) -> frozenset[str]:
        inner = (read(each, within | {name}) if each in named else {each} for each in named[name] - within - {name})
        return frozenset[str]().union(*inner)

    return {name: read(name) for name in named}


def names_of_tables() -> frozenset[str]:
    return frozenset(name for name, _, _ in ONE.findall(TABLES))
