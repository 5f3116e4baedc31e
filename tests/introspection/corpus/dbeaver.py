"""DBeaver: start-up, its tree of databases, schemas, tables, constraints, indexes, types, roles, and its completion."""

from tests.introspection.question import INT8, VARCHAR, Question

ROWS = "how many rows there are at Xero nobody has counted"
PAGES = "a real table or index has pages, rows counted and files"
FILES = dict.fromkeys(("relpages", "reltuples", "relallvisible", "relfilenode"), PAGES)
XIDS = {"relfrozenxid": "a number of a transaction", "relminmxid": "a number of a transaction"}
NOTED = {"attoptions": "later releases of PostgreSQL 15 note a number of their own with every column"}
TOAST = {"reltoastrelid": "a real table with texts has a TOAST table"}

QUESTIONS = [
    Question("where am I", "SELECT current_schema(),session_user"),
    Question("the search path", "SHOW search_path"),
    Question(
        "schemas",
        """SELECT n.oid,n.*,d.description FROM pg_catalog.pg_namespace n
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=n.oid AND d.objsubid=0 AND d.classoid='pg_namespace'::regclass
        ORDER BY nspname""",
    ),
    Question(
        "the database",
        "SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE datname=$1",
        ("xero",),
        (VARCHAR,),
        differs={"datfrozenxid": "a number of a transaction", "datminmxid": "a number of a transaction"},
    ),
    Question(
        "databases to choose from",
        """SELECT db.datname FROM pg_catalog.pg_database db WHERE db.datallowconn
        AND NOT db.datistemplate AND db.datname = current_database() ORDER BY db.datname""",
    ),
    Question("a setting", "SELECT * FROM pg_catalog.pg_settings where name='standard_conforming_strings'"),
    Question("what the server can", "SELECT * FROM pg_catalog.pg_enum WHERE 1<>1 LIMIT 1"),
    Question("whether classes have types", "SELECT reltype FROM pg_catalog.pg_class WHERE 1<>1 LIMIT 1"),
    Question("whether there are event triggers", "SELECT 1 FROM pg_catalog.pg_event_trigger WHERE 1<>1 LIMIT 1"),
    Question(
        "every type",
        """SELECT t.oid,t.*,c.relkind,format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_type_name,
        d.description FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid=t.typelem
        LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid=t.typrelid
        LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid=d.objoid
        WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c')
        AND (et.typcategory IS NULL OR et.typcategory <> 'C')""",
        differs={"typdefaultbin": "a tree of the planner's, that no tool reads"},
    ),
    Question(
        "a schema's tables",
        """SELECT c.oid,c.*,d.description,pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr,
        pg_catalog.pg_get_partkeydef(c.oid) as partition_key FROM pg_catalog.pg_class c
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass
        WHERE c.relnamespace=$1 AND c.relkind not in ('i','I','c')""",
        ("«projects»",),
        (INT8,),
        differs=FILES | XIDS | TOAST,
    ),
    Question(
        "the views of a describing schema",
        """SELECT c.oid,c.*,d.description FROM pg_catalog.pg_class c
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass
        WHERE c.relnamespace=$1 AND c.relkind not in ('i','I','c')""",
        ("«sys»",),
        (INT8,),
    ),
    Question(
        "a table by name",
        """SELECT c.oid,c.relname,c.relkind,d.description FROM pg_catalog.pg_class c
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass
        WHERE c.relnamespace=$1 AND c.relkind not in ('i','I','c') AND relname=$2""",
        ("«projects»", "Tasks"),
        (INT8, VARCHAR),
    ),
    Question(
        "how big tables are",
        """SELECT c.oid,pg_catalog.pg_total_relation_size(c.oid) as total_rel_size,
        pg_catalog.pg_relation_size(c.oid) as rel_size FROM pg_class c WHERE c.relnamespace=$1""",
        ("«projects»",),
        (INT8,),
        differs={"total_rel_size": PAGES, "rel_size": PAGES},
    ),
    Question(
        "how big the database is", "SELECT pg_catalog.pg_database_size(«database») AS size", differs={"size": PAGES}
    ),
    Question(
        "a table's columns",
        """SELECT c.relname,a.*,pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value,
        dsc.description,dep.objid FROM pg_catalog.pg_attribute a
        INNER JOIN pg_catalog.pg_class c ON (a.attrelid=c.oid)
        LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid=ad.adrelid AND a.attnum = ad.adnum)
        LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)
        LEFT OUTER JOIN pg_depend dep on dep.refobjid = a.attrelid AND dep.deptype = 'i' and dep.refobjsubid = a.attnum
          and dep.classid = dep.refclassid
        WHERE NOT a.attisdropped AND c.relkind not in ('i','I','c') AND c.oid=$1 ORDER BY a.attnum""",
        ("«projects.Tasks»",),
        (INT8,),
        differs=NOTED,
    ),
    Question(
        "all columns of a schema",
        """SELECT c.relname,a.*,pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value,
        dsc.description FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON (a.attrelid=c.oid)
        LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid=ad.adrelid AND a.attnum = ad.adnum)
        LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)
        WHERE NOT a.attisdropped AND c.relkind not in ('i','I','c') AND c.relnamespace=$1 ORDER BY a.attnum""",
        ("«scratch»",),
        (INT8,),
        unordered="many tables have a column of a number",
        differs=NOTED,
    ),
    Question(
        "a table's constraints",
        """SELECT c.oid,c.*,t.relname as tabrelname,rt.relnamespace as refnamespace,d.description,
        case when c.contype='c' then "substring"(pg_get_constraintdef(c.oid), 7) else null end consrc_copy
        FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid=c.conrelid
        LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid=c.confrelid
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_constraint'::regclass
        WHERE c.conrelid=$1 ORDER BY c.oid""",
        ("«projects.Tasks»",),
        (INT8,),
        unordered="by number",
    ),
    Question(
        "a schema's constraints",
        """SELECT c.oid,c.conname,c.contype,c.conkey,c.confkey,t.relname as tabrelname,
        rt.relnamespace as refnamespace FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid=c.conrelid
        LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid=c.confrelid WHERE t.relnamespace=$1 ORDER BY c.oid""",
        ("«projects»",),
        (INT8,),
        unordered="by number",
    ),
    Question(
        "a table's indexes",
        """SELECT i.*,i.indkey as keys,c.relname,c.relnamespace,c.relam,c.reltablespace,
        tc.relname as tabrelname,dsc.description,pg_catalog.pg_get_expr(i.indpred, i.indrelid) as pred_expr,
        pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) as expr,pg_catalog.pg_relation_size(i.indexrelid) as index_rel_size,
        pg_catalog.pg_stat_get_numscans(i.indexrelid) as index_num_scans FROM pg_catalog.pg_index i
        INNER JOIN pg_catalog.pg_class c ON c.oid=i.indexrelid INNER JOIN pg_catalog.pg_class tc ON tc.oid=i.indrelid
        LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid=dsc.objoid
        WHERE i.indrelid=$1 ORDER BY tabrelname, c.relname""",
        ("«projects.Tasks»",),
        (INT8,),
        differs={"index_rel_size": PAGES},
    ),
    Question(
        "what an index is made of",
        "select pg_catalog.pg_get_indexdef($1, $2, true)",
        ("«projects.Tasks_pkey»", "1"),
        (INT8, 23),
    ),
    Question("an index's definition", "select pg_catalog.pg_get_indexdef($1)", ("«projects.Tasks_pkey»",), (INT8,)),
    Question(
        "triggers",
        """SELECT x.oid,x.*,p.pronamespace as func_schema_id,d.description FROM pg_catalog.pg_trigger x
        LEFT OUTER JOIN pg_catalog.pg_proc p ON p.oid=x.tgfoid
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=x.oid AND d.objsubid=0
        WHERE x.tgrelid=$1 AND NOT x.tgisinternal""",
        ("«projects.Tasks»",),
        (INT8,),
    ),
    Question(
        "rules", "SELECT r.oid,r.* FROM pg_catalog.pg_rewrite r WHERE r.ev_class=$1", ("«projects.Tasks»",), (INT8,)
    ),
    Question("policies", "SELECT * FROM pg_catalog.pg_policy WHERE polrelid=$1", ("«projects.Tasks»",), (INT8,)),
    Question(
        "partitions",
        """SELECT c.oid,c.*,d.description FROM pg_catalog.pg_inherits i, pg_catalog.pg_class c
        LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0
        WHERE i.inhparent=$1 AND c.oid=i.inhrelid ORDER BY i.inhseqno""",
        ("«projects.Tasks»",),
        (INT8,),
    ),
    Question(
        "a table's ancestors",
        """SELECT i.*,c.relnamespace FROM pg_catalog.pg_inherits i,pg_catalog.pg_class c
        WHERE i.inhrelid=$1 AND c.oid=i.inhparent ORDER BY i.inhseqno""",
        ("«projects.Tasks»",),
        (INT8,),
    ),
    Question(
        "functions of a schema",
        """SELECT p.oid as poid,p.*,pg_catalog.pg_get_expr(p.proargdefaults, 0) as arg_defaults,
        d.description FROM pg_catalog.pg_proc p LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=p.oid
        WHERE p.pronamespace=$1 ORDER BY p.proname""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "sequences",
        """SELECT c.oid,c.relname,sq.seqstart FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_sequence sq
        ON sq.seqrelid = c.oid WHERE c.relnamespace=$1 AND c.relkind='S'""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "collations",
        "SELECT c.oid,c.* FROM pg_catalog.pg_collation c WHERE c.collname IN ('default', 'C', 'POSIX') ORDER BY c.oid",
    ),
    Question("access methods", "SELECT am.oid,am.* FROM pg_catalog.pg_am am ORDER BY am.oid"),
    Question("languages", "SELECT l.oid,l.* FROM pg_catalog.pg_language l ORDER BY l.oid"),
    Question(
        "tablespaces",
        "SELECT t.oid,t.*,pg_tablespace_location(t.oid) loc FROM pg_catalog.pg_tablespace t ORDER BY t.oid",
    ),
    Question(
        "foreign servers",
        """SELECT l.*,p.pronamespace as handler_schema_id FROM pg_catalog.pg_foreign_data_wrapper l
        LEFT OUTER JOIN pg_catalog.pg_proc p ON p.oid=l.fdwhandler ORDER BY l.fdwname""",
    ),
    Question(
        "extensions",
        """SELECT e.oid, e.*, n.nspname AS schema_name FROM pg_catalog.pg_extension e
        JOIN pg_namespace n ON n.oid=e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY e.oid""",
    ),
    Question(
        "roles",
        """SELECT a.oid,a.rolname,a.rolsuper,a.rolinherit,a.rolcreaterole,a.rolcreatedb,a.rolcanlogin,
        a.rolreplication,a.rolconnlimit,a.rolvaliduntil,a.rolbypassrls,pd.description FROM pg_catalog.pg_roles a
        LEFT JOIN pg_catalog.pg_shdescription pd ON a.oid = pd.objoid
        WHERE a.rolname IN (current_user, 'xero') ORDER BY a.rolname""",
        differs=dict.fromkeys(
            ("rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls", "rolcanlogin"),
            "who owns everything here is nobody who connects",
        ),
    ),
    Question(
        "memberships",
        """SELECT * FROM pg_catalog.pg_auth_members am JOIN pg_roles r ON r.oid = am.member
        WHERE r.rolname = current_user""",
    ),
    Question(
        "rights on a table", "SELECT relacl FROM pg_catalog.pg_class WHERE oid = $1", ("«projects.Tasks»",), (INT8,)
    ),
    Question(
        "column rights",
        "SELECT attname, attacl FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attacl IS NOT NULL",
        ("«projects.Tasks»",),
        (INT8,),
    ),
    Question(
        "what depends on a table",
        """SELECT DISTINCT dep.deptype, dep.classid, dep.objid, cl.relkind, attr.attname,
        pg_get_expr(ad.adbin, ad.adrelid) adefval, CASE WHEN cl.relkind IS NOT NULL THEN cl.relkind::text ELSE '' END AS type,
        COALESCE(coc.relname, clrw.relname) AS ownertable,
        CASE WHEN cl.relname IS NOT NULL AND att.attname IS NOT NULL THEN cl.relname || '.' || att.attname ELSE cl.relname END AS refname
        FROM pg_depend dep LEFT JOIN pg_class cl ON dep.objid=cl.oid
        LEFT JOIN pg_attribute att ON dep.objid=att.attrelid AND dep.objsubid=att.attnum
        LEFT JOIN pg_attribute attr ON dep.refobjid=attr.attrelid AND dep.refobjsubid=attr.attnum
        LEFT JOIN pg_constraint co ON dep.objid=co.oid LEFT JOIN pg_class coc ON co.conrelid=coc.oid
        LEFT JOIN pg_rewrite rw ON dep.objid=rw.oid LEFT JOIN pg_class clrw ON clrw.oid=rw.ev_class
        LEFT JOIN pg_attrdef ad ON ad.adrelid=att.attrelid AND ad.adnum=att.attnum
        WHERE dep.refobjid=$1 AND dep.deptype = 'e' ORDER BY type""",
        ("«projects.Tasks»",),
        (INT8,),
    ),
    Question(
        "tables for completion",
        """SELECT DISTINCT c.oid, c.relname, c.relnamespace, c.relkind FROM pg_catalog.pg_class c
        LEFT OUTER JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind in ('r','v','m','f','p') AND c.relname ILIKE $1 AND n.nspname IN ($2, $3) ORDER BY c.relname LIMIT 100""",
        ("%task%", "projects", "sys"),
        (VARCHAR,) * 3,
    ),
    Question(
        "how many rows",
        "SELECT n_live_tup FROM pg_catalog.pg_stat_all_tables WHERE relid = $1",
        ("«projects.Tasks»",),
        (INT8,),
        differs={"n_live_tup": ROWS},
    ),
    Question(
        "a view's text",
        "SELECT pg_catalog.pg_get_viewdef($1, true)",
        ("«sys.limits»",),
        (INT8,),
        differs={"pg_get_viewdef": "a view of sys is no query"},
    ),
    Question(
        "sessions",
        """SELECT sa.pid, sa.usename, sa.datname, sa.application_name, sa.state, sa.query <> '' AS asks
        FROM pg_catalog.pg_stat_activity sa WHERE sa.pid = pg_backend_pid()""",
        differs={"pid": "a process of the server's"},
    ),
    Question("locks", "SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted"),
]
