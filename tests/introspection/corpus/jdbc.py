"""PostgreSQL's JDBC driver, on which Metabase, Tableau, DBeaver, DataGrip, Looker, Spark and Airbyte stand.

Its metadata calls write names into the text; what it looks up of a type is prepared and bound.
"""

from tests.introspection.question import INT4, INT8, OID, VARCHAR, Question

QUESTIONS = [
    Question("who and where am I", "SELECT current_database() AS a, current_schemas(false) AS b"),
    Question("the version", "SELECT version()", differs={"version": "each names its own build"}),
    Question(
        "the longest name",
        "SELECT t.typlen FROM pg_catalog.pg_type t, pg_catalog.pg_namespace n "
        "WHERE t.typnamespace = n.oid AND t.typname = 'name' AND n.nspname = 'pg_catalog'",
    ),
    Question(
        "words that are not SQL's",
        "SELECT string_agg(word, ',' ORDER BY word) FROM pg_catalog.pg_get_keywords() "
        "WHERE word <> ALL ('{a,abs,absolute,action,all,allocate,and,any,as,asc,between,by,case,cast,\"column\"}'::text[])",
    ),
    Question("a setting", "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'max_index_keys'"),
    Question(
        "schemas",
        """SELECT nspname AS "TABLE_SCHEM", current_database() AS "TABLE_CATALOG"
        FROM pg_catalog.pg_namespace WHERE nspname <> 'pg_toast'
        AND (nspname !~ '^pg_temp_' OR nspname = (pg_catalog.current_schemas(true))[1])
        AND (nspname !~ '^pg_toast_temp_' OR nspname = replace((pg_catalog.current_schemas(true))[1], 'pg_temp_', 'pg_toast_temp_'))
        ORDER BY "TABLE_SCHEM\"""",
    ),
    Question(
        "databases",
        """SELECT datname AS "TABLE_CAT" FROM pg_catalog.pg_database WHERE datallowconn = true
        AND datname = current_database() ORDER BY datname""",
    ),
    Question(
        "tables and views with their kinds",
        """SELECT current_database() AS "TABLE_CAT", n.nspname AS "TABLE_SCHEM",
        c.relname AS "TABLE_NAME",
        CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema'
          WHEN true THEN CASE
            WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN
              CASE c.relkind WHEN 'r' THEN 'SYSTEM TABLE' WHEN 'v' THEN 'SYSTEM VIEW' WHEN 'i' THEN 'SYSTEM INDEX' ELSE NULL END
            WHEN n.nspname = 'pg_toast' THEN
              CASE c.relkind WHEN 'r' THEN 'SYSTEM TOAST TABLE' WHEN 'i' THEN 'SYSTEM TOAST INDEX' ELSE NULL END
            ELSE CASE c.relkind WHEN 'r' THEN 'TEMPORARY TABLE' WHEN 'p' THEN 'TEMPORARY TABLE'
              WHEN 'i' THEN 'TEMPORARY INDEX' WHEN 'S' THEN 'TEMPORARY SEQUENCE' WHEN 'v' THEN 'TEMPORARY VIEW' ELSE NULL END
            END
          WHEN false THEN CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'i' THEN 'INDEX'
            WHEN 'P' THEN 'PARTITIONED INDEX' WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'c' THEN 'TYPE'
            WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE NULL END
          ELSE NULL END AS "TABLE_TYPE", d.description AS "REMARKS",
        '' AS "TYPE_CAT", '' AS "TYPE_SCHEM", '' AS "TYPE_NAME", '' AS "SELF_REFERENCING_COL_NAME", '' AS "REF_GENERATION"
        FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c
        LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass)
        WHERE c.relnamespace = n.oid AND n.nspname LIKE E'%' AND c.relname LIKE E'%'
        AND (false OR (c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
          OR (c.relkind = 'v' AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'))
        ORDER BY "TABLE_TYPE", "TABLE_SCHEM", "TABLE_NAME\"""",
    ),
    Question(
        "columns with defaults, identity and base types",
        """SELECT * FROM (SELECT current_database() AS current_database,
        n.nspname, c.relname, a.attname, a.atttypid, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,
        a.atttypmod, a.attlen, t.typtypmod, row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum,
        nullif(a.attidentity, '') AS attidentity, nullif(a.attgenerated, '') AS attgenerated,
        pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc, dsc.description, t.typbasetype, t.typtype
        FROM pg_catalog.pg_namespace n
        JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)
        JOIN pg_catalog.pg_attribute a ON (a.attrelid = c.oid)
        JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)
        LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid = def.adrelid AND a.attnum = def.adnum)
        LEFT JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid)
        LEFT JOIN pg_catalog.pg_class dc ON (dc.oid = dsc.classoid AND dc.relname = 'pg_class')
        LEFT JOIN pg_catalog.pg_namespace dn ON (dc.relnamespace = dn.oid AND dn.nspname = 'pg_catalog')
        WHERE c.relkind IN ('r','p','v','f','m') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname LIKE 'projects' AND c.relname LIKE '%') c WHERE true AND attname LIKE '%'
        ORDER BY nspname, c.relname, attnum""",
    ),
    Question(
        "the primary key",
        """SELECT result."TABLE_CAT", result."TABLE_SCHEM", result."TABLE_NAME", result."COLUMN_NAME",
        result."KEY_SEQ", result."PK_NAME" FROM (SELECT current_database() AS "TABLE_CAT", n.nspname AS "TABLE_SCHEM",
          ct.relname AS "TABLE_NAME", a.attname AS "COLUMN_NAME",
          (information_schema._pg_expandarray(i.indkey)).n AS "KEY_SEQ", ci.relname AS "PK_NAME",
          information_schema._pg_expandarray(i.indkey) AS keys, a.attnum AS a_attnum
        FROM pg_catalog.pg_class ct
        JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid)
        JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid)
        JOIN pg_catalog.pg_index i ON (a.attrelid = i.indrelid)
        JOIN pg_catalog.pg_class ci ON (ci.oid = i.indexrelid)
        WHERE true AND n.nspname = 'projects' AND ct.relname = 'Tasks' AND i.indisprimary) result
        WHERE result.a_attnum = (result.keys).x ORDER BY result."TABLE_NAME", result."PK_NAME", result."KEY_SEQ\"""",
    ),
    Question(
        "what refers to a table",
        """SELECT current_database() AS "PKTABLE_CAT", pkn.nspname AS "PKTABLE_SCHEM",
        pkc.relname AS "PKTABLE_NAME", pka.attname AS "PKCOLUMN_NAME", current_database() AS "FKTABLE_CAT",
        fkn.nspname AS "FKTABLE_SCHEM", fkc.relname AS "FKTABLE_NAME", fka.attname AS "FKCOLUMN_NAME", pos.n AS "KEY_SEQ",
        CASE con.confupdtype WHEN 'c' THEN 0 WHEN 'n' THEN 2 WHEN 'd' THEN 4 WHEN 'r' THEN 1 WHEN 'p' THEN 1 WHEN 'a' THEN 3
          ELSE NULL END AS "UPDATE_RULE",
        CASE con.confdeltype WHEN 'c' THEN 0 WHEN 'n' THEN 2 WHEN 'd' THEN 4 WHEN 'r' THEN 1 WHEN 'p' THEN 1 WHEN 'a' THEN 3
          ELSE NULL END AS "DELETE_RULE", con.conname AS "FK_NAME", pkic.relname AS "PK_NAME",
        CASE WHEN con.condeferrable AND con.condeferred THEN 5 WHEN con.condeferrable THEN 6 ELSE 7 END AS "DEFERRABILITY"
        FROM pg_catalog.pg_namespace pkn, pg_catalog.pg_class pkc, pg_catalog.pg_attribute pka,
          pg_catalog.pg_namespace fkn, pg_catalog.pg_class fkc, pg_catalog.pg_attribute fka,
          pg_catalog.pg_constraint con, pg_catalog.generate_series(1, 32) pos(n), pg_catalog.pg_class pkic
        WHERE pkn.oid = pkc.relnamespace AND pkc.oid = pka.attrelid AND pka.attnum = con.confkey[pos.n]
          AND con.confrelid = pkc.oid AND fkn.oid = fkc.relnamespace AND fkc.oid = fka.attrelid
          AND fka.attnum = con.conkey[pos.n] AND con.conrelid = fkc.oid AND con.contype = 'f'
          AND (pkic.relkind = 'i' OR pkic.relkind = 'I') AND pkic.oid = con.conindid AND pkn.nspname = 'projects'
          AND pkc.relname = 'Projects' ORDER BY fkn.nspname, fkc.relname, con.conname, pos.n""",
    ),
    Question(
        "indexes with their columns",
        """SELECT tmp."TABLE_CAT", tmp."TABLE_SCHEM", tmp."TABLE_NAME", tmp."NON_UNIQUE",
        tmp."INDEX_QUALIFIER", tmp."INDEX_NAME", tmp."TYPE", tmp."ORDINAL_POSITION",
        trim(both '"' from pg_catalog.pg_get_indexdef(tmp."CI_OID", tmp."ORDINAL_POSITION", false)) AS "COLUMN_NAME",
        CASE tmp."AM_NAME" WHEN 'btree' THEN CASE tmp."I_INDOPTION"[tmp."ORDINAL_POSITION" - 1] & 1::smallint
          WHEN 1 THEN 'D' ELSE 'A' END ELSE NULL END AS "ASC_OR_DESC", tmp."CARDINALITY", tmp."PAGES", tmp."FILTER_CONDITION"
        FROM (SELECT current_database() AS "TABLE_CAT", n.nspname AS "TABLE_SCHEM", ct.relname AS "TABLE_NAME",
          NOT i.indisunique AS "NON_UNIQUE", NULL AS "INDEX_QUALIFIER", ci.relname AS "INDEX_NAME",
          CASE i.indisclustered WHEN true THEN 1 ELSE CASE am.amname WHEN 'hash' THEN 2 ELSE 3 END END AS "TYPE",
          (information_schema._pg_expandarray(i.indkey)).n AS "ORDINAL_POSITION", ci.reltuples AS "CARDINALITY",
          ci.relpages AS "PAGES", pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS "FILTER_CONDITION", ci.oid AS "CI_OID",
          i.indoption AS "I_INDOPTION", am.amname AS "AM_NAME"
          FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid)
          JOIN pg_catalog.pg_index i ON (ct.oid = i.indrelid) JOIN pg_catalog.pg_class ci ON (ci.oid = i.indexrelid)
          JOIN pg_catalog.pg_am am ON (ci.relam = am.oid)
          WHERE true AND n.nspname = 'projects' AND ct.relname = 'Tasks') AS tmp
        ORDER BY "NON_UNIQUE", "TYPE", "INDEX_NAME", "ORDINAL_POSITION\"""",
        differs={"PAGES": "a real index has a page", "CARDINALITY": "a real index of an empty table counts 0 rows"},
    ),
    Question(
        "what finds a row",
        """SELECT a.attname, a.atttypid, atttypmod FROM pg_catalog.pg_class ct
        JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid) JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid)
        JOIN (SELECT i.indexrelid, i.indrelid, i.indisprimary, information_schema._pg_expandarray(i.indkey) AS keys
          FROM pg_catalog.pg_index i) i ON (a.attnum = (i.keys).x AND a.attrelid = i.indrelid)
        WHERE true AND n.nspname = 'projects' AND ct.relname = 'Users' AND i.indisprimary ORDER BY a.attnum""",
    ),
    Question(
        "rights on columns",
        """SELECT n.nspname, c.relname, r.rolname, c.relacl, a.attacl, a.attname
        FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c, pg_catalog.pg_roles r, pg_catalog.pg_attribute a
        WHERE c.relnamespace = n.oid AND c.relowner = r.oid AND c.oid = a.attrelid AND c.relkind = 'r' AND a.attnum > 0
        AND NOT a.attisdropped AND n.nspname = 'projects' AND c.relname = 'Tasks' AND a.attname LIKE '%' ORDER BY attname""",
    ),
    Question(
        "rights on tables",
        """SELECT n.nspname, c.relname, r.rolname, c.relacl FROM pg_catalog.pg_namespace n,
        pg_catalog.pg_class c, pg_catalog.pg_roles r WHERE c.relnamespace = n.oid AND c.relowner = r.oid AND c.relkind = 'r'
        AND n.nspname LIKE 'projects' ORDER BY nspname, relname""",
    ),
    Question(
        "functions",
        """SELECT current_database() AS "PROCEDURE_CAT", n.nspname AS "PROCEDURE_SCHEM",
        p.proname AS "PROCEDURE_NAME", NULL, NULL, NULL, d.description AS "REMARKS", 2 AS "PROCEDURE_TYPE",
        p.proname || '_' || p.oid AS "SPECIFIC_NAME" FROM pg_catalog.pg_namespace n, pg_catalog.pg_proc p
        LEFT JOIN pg_catalog.pg_description d ON (p.oid = d.objoid)
        LEFT JOIN pg_catalog.pg_class c ON (d.classoid = c.oid AND c.relname = 'pg_proc')
        LEFT JOIN pg_catalog.pg_namespace pn ON (c.relnamespace = pn.oid AND pn.nspname = 'pg_catalog')
        WHERE p.pronamespace = n.oid AND p.prokind = 'p' AND n.nspname LIKE 'projects'
        ORDER BY "PROCEDURE_SCHEM", "PROCEDURE_NAME", p.oid::text""",
    ),
    Question(
        "types of one's own",
        """SELECT current_database() AS type_cat, n.nspname AS type_schem, t.typname AS type_name,
        NULL AS class_name, CASE WHEN t.typtype = 'c' THEN 2002 ELSE 2001 END AS data_type,
        pg_catalog.obj_description(t.oid, 'pg_type') AS remarks, CASE WHEN t.typtype = 'd' THEN (
          SELECT CASE WHEN t.oid = 21 THEN 5 ELSE 1111 END) ELSE NULL END AS base_type
        FROM pg_catalog.pg_type t, pg_catalog.pg_namespace n WHERE t.typnamespace = n.oid AND n.nspname != 'pg_catalog'
        AND n.nspname != 'pg_toast' AND t.typtype IN ('c', 'd') AND n.nspname LIKE 'information_schema' AND t.typtype = 'd'
        ORDER BY data_type, type_schem, type_name""",
    ),
    Question(
        "all types that may be a column's",
        "SELECT t.typname, t.oid FROM pg_catalog.pg_type t "
        "JOIN pg_catalog.pg_namespace n ON (t.typnamespace = n.oid) WHERE n.nspname != 'pg_toast' "
        "AND (t.typrelid = 0 OR (SELECT c.relkind = 'c' FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid))",
    ),
    Question(
        "a type by its name",
        """SELECT pg_type.oid, typname FROM pg_catalog.pg_type LEFT JOIN (
          SELECT ns.oid AS nspoid, ns.nspname, r.r FROM pg_namespace AS ns JOIN (
            SELECT s.r, (current_schemas(false))[s.r] AS nspname
            FROM generate_series(1, array_upper(current_schemas(false), 1)) AS s(r)) AS r USING (nspname)) AS sp
        ON sp.nspoid = typnamespace WHERE typname = $1 ORDER BY sp.r, pg_type.oid DESC LIMIT 1""",
        ("numeric",),
        (VARCHAR,),
    ),
    Question(
        "whether a type is an array",
        """SELECT typinput = 'pg_catalog.array_in'::regproc AS is_array, typtype, typname,
        pg_type.oid FROM pg_catalog.pg_type LEFT JOIN (SELECT ns.oid AS nspoid, ns.nspname, r.r FROM pg_namespace AS ns
          JOIN (SELECT s.r, (current_schemas(false))[s.r] AS nspname
            FROM generate_series(1, array_upper(current_schemas(false), 1)) AS s(r)) AS r USING (nspname)) AS sp
        ON sp.nspoid = typnamespace WHERE pg_type.oid = $1 ORDER BY sp.r, pg_type.oid DESC""",
        ("1009",),
        (INT8,),
    ),
    Question(
        "a type's name in full",
        """SELECT n.nspname = ANY(current_schemas(true)), n.nspname, t.typname
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = $1""",
        ("1700",),
        (OID,),
    ),
    Question(
        "an array's elements",
        "SELECT e.oid, n.nspname = ANY(current_schemas(true)), n.nspname, e.typname "
        "FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type e ON t.typelem = e.oid "
        "JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = $1",
        ("1231",),
        (INT8,),
    ),
    Question(
        "an array's separator",
        "SELECT e.typdelim FROM pg_catalog.pg_type t, pg_catalog.pg_type e WHERE t.oid = $1 AND t.typelem = e.oid",
        ("1015",),
        (INT8,),
    ),
    Question(
        "columns that a result is of",
        """SELECT c.oid, a.attnum, a.attname, c.relname, n.nspname,
        a.attnotnull OR (t.typtype = 'd' AND t.typnotnull),
        a.attidentity != '' OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%'
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON (c.relnamespace = n.oid)
        JOIN pg_catalog.pg_attribute a ON (c.oid = a.attrelid) JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)
        LEFT JOIN pg_catalog.pg_attrdef d ON (d.adrelid = a.attrelid AND d.adnum = a.attnum)
        JOIN (SELECT «projects.Tasks» AS oid, 1 AS attnum UNION ALL SELECT «projects.Tasks», 3) vals
        ON (c.oid = vals.oid AND a.attnum = vals.attnum)""",
    ),
    Question(
        "what a client may set of its own",
        "SELECT 1 FROM pg_catalog.pg_settings WHERE name = $1 AND context <> $2",
        ("application_name", "internal"),
        (VARCHAR, VARCHAR),
    ),
    Question(
        "the user's rights over the database",
        "SELECT rolsuper, rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user",
    ),
    Question(
        "a number that is added",
        "SELECT $1 + oid::int4 FROM pg_catalog.pg_type WHERE typname = 'bool'",
        ("1",),
        (INT4,),
    ),
]
