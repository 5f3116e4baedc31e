"""dbt and its docs, Cube, Lightdash, Redash, Looker, Airbyte, Spark, Tableau, ODBC (Excel), pgcli: what each asks besides its driver."""

from tests.introspection.question import INT2, TEXT, VARCHAR, Question

OWNED = "PostgreSQL shows it to owners only, and here nobody who connects owns anything"

DBT = [
    Question("schemas", "select distinct nspname from pg_namespace"),
    Question("whether a schema is there", "select count(*) from pg_namespace where nspname = 'projects'"),
    Question(
        "relations",
        """select 'xero' as database, tablename as name, schemaname as schema, 'table' as type from pg_tables
        where schemaname ilike 'scratch' union all select 'xero' as database, viewname as name, schemaname as schema, 'view' as type
        from pg_views where schemaname ilike 'sys' union all select 'xero' as database, matviewname as name, schemaname as schema,
        'materialized_view' as type from pg_matviews where schemaname ilike 'projects'""",
    ),
    Question(
        "columns of a relation",
        """select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
        from "xero".INFORMATION_SCHEMA.columns where table_name = 'Tasks' and table_schema = 'projects' order by ordinal_position""",
    ),
    Question(
        "what is built on what",
        """with relation as (select pg_rewrite.ev_class as class, pg_rewrite.oid as id from pg_rewrite),
        class as (select oid as id, relname as name, relnamespace as schema, relkind as kind from pg_class),
        dependency as (select distinct pg_depend.objid as id, pg_depend.refobjid as ref from pg_depend),
        schema as (select pg_namespace.oid as id, pg_namespace.nspname as name from pg_namespace
          where nspname != 'information_schema' and nspname not like 'pg\\_%'),
        referenced as (select relation.id as id, referenced_class.name, referenced_class.schema, referenced_class.kind
          from relation join class as referenced_class on relation.class=referenced_class.id where referenced_class.kind in ('r', 'v', 'm')),
        relationships as (select referenced.name as referenced_name, referenced.schema as referenced_schema_id, dependent_class.name as dependent_name,
          dependent_class.schema as dependent_schema_id, referenced.kind as kind from referenced join dependency on referenced.id=dependency.id
          join class as dependent_class on dependency.ref=dependent_class.id where (referenced.name != dependent_class.name
          or referenced.schema != dependent_class.schema))
        select referenced_schema.name as referenced_schema, relationships.referenced_name as referenced_name,
          dependent_schema.name as dependent_schema, relationships.dependent_name as dependent_name
        from relationships join schema as dependent_schema on relationships.dependent_schema_id=dependent_schema.id
        join schema as referenced_schema on relationships.referenced_schema_id=referenced_schema.id
        group by referenced_schema, referenced_name, dependent_schema, dependent_name
        order by referenced_schema, referenced_name, dependent_schema, dependent_name""",
    ),
    Question(
        "views by their rules",
        """select distinct dependent_namespace.nspname as dependent_schema, dependent_class.relname as dependent_name,
        referenced_namespace.nspname as referenced_schema, referenced_class.relname as referenced_name
        from pg_class as dependent_class join pg_namespace as dependent_namespace on dependent_namespace.oid = dependent_class.relnamespace
        join pg_depend as dependent_depend on dependent_depend.refobjid = dependent_class.oid
          and dependent_depend.classid = 'pg_rewrite'::regclass and dependent_depend.refclassid = 'pg_class'::regclass
          and dependent_depend.deptype = 'i'
        join pg_depend as joining_depend on joining_depend.objid = dependent_depend.objid and joining_depend.classid = 'pg_rewrite'::regclass
          and joining_depend.refclassid = 'pg_class'::regclass and joining_depend.refobjid != dependent_depend.refobjid
        join pg_class as referenced_class on referenced_class.oid = joining_depend.refobjid
        join pg_namespace as referenced_namespace on referenced_namespace.oid = referenced_class.relnamespace
          and referenced_namespace.nspname != 'information_schema' and referenced_namespace.nspname not like 'pg\\_%'
        order by dependent_schema, dependent_name, referenced_schema, referenced_name""",
    ),
    Question(
        "the catalog of its docs",
        """select 'xero' as table_database, sch.nspname as table_schema, tbl.relname as table_name,
        case tbl.relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW' else 'BASE TABLE' end as table_type,
        tbl_desc.description as table_comment, col.attname as column_name, col.attnum as column_index,
        pg_catalog.format_type(col.atttypid, col.atttypmod) as column_type, col_desc.description as column_comment,
        pg_get_userbyid(tbl.relowner) as table_owner from pg_catalog.pg_namespace sch
        join pg_catalog.pg_class tbl on tbl.relnamespace = sch.oid join pg_catalog.pg_attribute col on col.attrelid = tbl.oid
        left outer join pg_catalog.pg_description tbl_desc on (tbl_desc.objoid = tbl.oid and tbl_desc.objsubid = 0)
        left outer join pg_catalog.pg_description col_desc on (col_desc.objoid = tbl.oid and col_desc.objsubid = col.attnum)
        where (upper(sch.nspname) = upper('projects') or (upper(sch.nspname) = upper('sys') and upper(tbl.relname) = upper('limits')))
        and not pg_is_other_temp_schema(sch.oid) and tbl.relpersistence in ('p', 'u') and tbl.relkind in ('r', 'v', 'f', 'p', 'm')
        and col.attnum > 0 and not col.attisdropped order by sch.nspname, tbl.relname, col.attnum""",
    ),
    Question(
        "indexes of a relation",
        """select i.relname as name, m.amname as method, ix.indisunique as "unique",
        array_to_string(array_agg(a.attname), ',') as column_names from pg_index ix join pg_class i on i.oid = ix.indexrelid
        join pg_am m on m.oid=i.relam join pg_class t on t.oid = ix.indrelid join pg_namespace n on n.oid = t.relnamespace
        join pg_attribute a on a.attrelid = t.oid and a.attnum = ANY(ix.indkey)
        where t.relname = 'Tasks' and n.nspname = 'projects' and t.relkind in ('r', 'm') group by 1, 2, 3 order by 1, 2, 3""",
    ),
    Question(
        "grants",
        """select grantee, privilege_type from INFORMATION_SCHEMA.role_table_grants where grantor = current_role
        and grantee != current_role and table_schema = 'projects' and table_name = 'Tasks'""",
    ),
]
CUBE = [
    Question(
        "types of one's own",
        """SELECT oid, CASE WHEN typcategory = 'E' THEN 'varchar' ELSE typname END FROM pg_type
        WHERE typcategory in ('U', 'E')""",
    ),
    Question(
        "all columns",
        """SELECT columns.column_name as "column_name", columns.table_name as "table_name",
        columns.table_schema as "table_schema", columns.data_type as "data_type" FROM information_schema.columns
        WHERE columns.table_schema NOT IN ('pg_catalog', 'information_schema', 'mysql', 'performance_schema', 'INFORMATION_SCHEMA')""",
    ),
    Question(
        "schemas with tables",
        """SELECT table_schema as "schema_name" FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'mysql') GROUP BY table_schema""",
    ),
    Question(
        "tables of schemas",
        """SELECT table_schema as "schema_name", table_name as "table_name" FROM information_schema.tables as columns
        WHERE table_schema IN ($1, $2)""",
        ("projects", "queue"),
    ),
    Question(
        "columns of tables",
        """SELECT columns.column_name as "column_name", columns.table_name as "table_name",
        columns.table_schema as "schema_name", columns.data_type as "data_type" FROM information_schema.columns as columns
        WHERE (columns.table_schema = $1 AND columns.table_name IN ($2, $3)) OR (columns.table_schema = $4 AND columns.table_name IN ($5))""",
        ("projects", "Tasks", "Users", "sys", "limits"),
    ),
    Question(
        "primary keys",
        """SELECT columns.table_schema as "table_schema", columns.table_name as "table_name",
        columns.column_name as "column_name" FROM information_schema.table_constraints tc
        JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_name)
        JOIN information_schema.columns AS columns ON columns.table_schema = tc.constraint_schema
          AND tc.table_name = columns.table_name AND ccu.column_name = columns.column_name
        WHERE constraint_type = 'PRIMARY KEY' AND columns.table_schema NOT IN ('pg_catalog', 'information_schema', 'mysql')""",
        as_owner=OWNED,
    ),
    Question(
        "foreign keys",
        """SELECT tc.table_schema as "table_schema", tc.table_name as "table_name", kcu.column_name as "column_name",
        columns.table_name as "target_table", columns.column_name as "target_column" FROM information_schema.table_constraints AS tc
        JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name
        JOIN information_schema.constraint_column_usage AS columns ON columns.constraint_name = tc.constraint_name
        WHERE constraint_type = 'FOREIGN KEY' AND columns.table_schema NOT IN ('pg_catalog', 'information_schema')""",
        as_owner=OWNED,
    ),
    Question(
        "types with their digits",
        """SELECT columns.column_name as "column_name", columns.table_name as "table_name",
        columns.table_schema as "table_schema", columns.data_type as "data_type", columns.numeric_precision as "numeric_precision",
        columns.numeric_scale as "numeric_scale" FROM information_schema.columns
        WHERE table_name = $1 AND table_schema = $2 ORDER BY columns.ordinal_position""",
        ("Projects", "projects"),
    ),
    Question(
        "whether a schema is there",
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name = $1",
        ("scratch",),
    ),
]
LIGHTDASH = [
    Question(
        "the catalog",
        """SELECT table_catalog, table_schema, table_name, column_name, data_type FROM information_schema.columns
        WHERE table_catalog IN ('xero') AND table_schema IN ('projects') AND table_name IN ('Tasks', 'Projects', 'Time')""",
    ),
    Question(
        "all tables",
        """SELECT table_catalog, table_schema, table_name FROM information_schema.tables
        WHERE table_type IN ('BASE TABLE', 'VIEW') AND table_schema NOT IN ('information_schema', 'pg_catalog')
        ORDER BY 1, 2, 3""",
    ),
    Question(
        "partitions",
        "SELECT table_catalog, table_schema, table_name FROM information_schema.tables WHERE table_type IN ('BASE TABLE') "
        "AND table_catalog = $1 AND table_schema = $2 ORDER BY 3",
        ("xero", "projects"),
    ),
]
REDASH = [
    Question(
        "everything",
        """SELECT s.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name, null AS data_type
        FROM pg_class c JOIN pg_namespace s ON c.relnamespace = s.oid AND s.nspname NOT IN ('pg_catalog', 'information_schema')
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind = 'm' AND has_table_privilege(quote_ident(s.nspname) || '.' || quote_ident(c.relname), 'select')
        AND has_schema_privilege(s.nspname, 'usage')
        UNION SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND has_table_privilege(quote_ident(table_schema) || '.' ||
          quote_ident(table_name), 'select') AND has_schema_privilege(table_schema, 'usage')""",
    ),
    Question(
        "relations and views by kind",
        """SELECT s.nspname as table_schema, c.relname as table_name, a.attname as column_name FROM pg_class c
        JOIN pg_namespace s ON c.relnamespace = s.oid AND s.nspname NOT IN ('pg_catalog', 'information_schema')
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')""",
    ),
]
LOOKER = [
    Question(
        "tables",
        """SELECT t.table_schema, t.table_name, CASE t.table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind
        FROM information_schema.tables t WHERE t.table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1, 2""",
    ),
    Question(
        "its queries, to kill one",
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE $1 AND query LIKE $2""",
        ("no such tool%", "-- Looker Query Context%"),
        (TEXT, TEXT),
    ),
    Question("time and zone", "SELECT current_setting('TIMEZONE') AS zone, now() IS NOT NULL AS told"),
    Question(
        "whether there can be tables of its own",
        """SELECT has_database_privilege(current_database(), 'CONNECT') AS connect,
        has_schema_privilege('scratch', 'CREATE') AS creates, has_schema_privilege('projects', 'USAGE') AS uses""",
    ),
    Question("row counts", "SELECT reltuples::bigint AS rows FROM pg_class WHERE oid = 'projects.\"Tasks\"'::regclass"),
]
AIRBYTE = [
    Question(
        "tables that may be read",
        """SELECT nspname as schemaname, relname as objectname, relkind as objecttype,
        case when pg_has_role(relowner, 'USAGE') or has_table_privilege(c.oid, 'SELECT') then 'SELECT' end as privilege
        FROM pg_class c JOIN pg_namespace n on c.relnamespace = n.oid
        WHERE has_table_privilege(c.oid, 'SELECT') AND relkind = ANY ($1) AND n.nspname <> ALL ($2)""",
        ("{r,m,v,t,f,p}", "{information_schema,pg_catalog,pg_internal,catalog_history,pg_toast}"),
        (1015, 1015),
    ),
    Question(
        "grants",
        """SELECT DISTINCT table_catalog, table_schema, table_name, privilege_type FROM information_schema.table_privileges
        WHERE grantee = $1 AND privilege_type = 'SELECT' AND table_schema = 'projects'
        UNION ALL SELECT r.rolname, s.nspname, c.relname, 'SELECT' FROM pg_class c JOIN pg_namespace s ON c.relnamespace = s.oid
        JOIN pg_roles r ON r.oid = c.relowner WHERE has_table_privilege(c.oid, 'select') AND s.nspname = 'projects'
        AND c.relkind IN ('r', 'v')""",
        ("PUBLIC",),
        (VARCHAR,),
    ),
    Question(
        "all rights",
        "SELECT * FROM information_schema.table_privileges WHERE table_schema IN ('projects', 'sys', 'scratch')",
    ),
    Question(
        "rights of one's own",
        """SELECT g.grantee, g.table_name, string_agg(g.privilege_type, ',' ORDER BY g.privilege_type) AS rights
        FROM information_schema.role_table_grants g JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE t.table_schema = $1 GROUP BY 1, 2 ORDER BY 2""",
        ("projects",),
    ),
    Question(
        "rights on columns",
        """SELECT grantor, grantee, table_schema, table_name, column_name, privilege_type, is_grantable
        FROM information_schema.column_privileges WHERE table_schema = 'projects' AND table_name = 'Tasks'""",
    ),
    Question(
        "how much there is to read",
        """WITH block_sz AS (SELECT current_setting('block_size')::int)
        SELECT (SELECT * FROM block_sz) AS block_size, pg_relation_size('projects."Tasks"') >= 0 AS known""",
    ),
    Question(
        "what has been rewritten",
        "SELECT relfilenode > 0 AS known FROM pg_class WHERE oid = 'projects.\"Tasks\"'::regclass",
    ),
    Question(
        "whether xmin has wrapped",
        """SELECT (txid_snapshot_xmin(txid_current_snapshot()) >> 32) AS num_wraparound,
        txid_snapshot_xmin(txid_current_snapshot()) % (2^32)::bigint >= 0 AS known""",
    ),
    Question("replication", "SELECT slot_name, plugin FROM pg_replication_slots WHERE slot_name = $1", ("airbyte",)),
    Question("publications", "SELECT pubname FROM pg_publication_tables WHERE pubname = $1", ("airbyte",)),
    Question(
        "what stands at a column's place",
        """SELECT attname, attnum FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
        ORDER BY attnum""",
        ('projects."Users"',),
        (TEXT,),
    ),
]
SPARK = [
    Question("indexes", """SELECT indexname FROM pg_indexes WHERE schemaname = 'projects' AND tablename = 'Tasks'"""),
    Question(
        "indexes with their columns",
        """SELECT a.relname as index_name, a.oid, ix.indkey::int2[] as columns FROM pg_index ix
        JOIN pg_class a ON a.oid = ix.indexrelid JOIN pg_class t ON t.oid = ix.indrelid WHERE t.relname = 'Tasks'""",
        differs={"columns": "a real one writes that its subscripts begin with 0"},
    ),
    Question(
        "array dimensions",
        """SELECT pg_attribute.attndims FROM pg_attribute
        JOIN pg_class ON pg_attribute.attrelid = pg_class.oid JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
        WHERE pg_namespace.nspname = 'projects' AND pg_class.relname = 'Tasks' AND pg_attribute.attname = 'Name'""",
    ),
]
TABLEAU = [
    Question("whether a type is there", "select oid, typbasetype from pg_type where typname = 'lo'"),
    Question("schemas", "select nspname from pg_namespace n where true and nspname like E'%' order by nspname"),
    Question(
        "kinds of tables",
        "select NULL, NULL, NULL, NULL, relkind from (select 'r' as relkind union select 'v' union select 'm' "
        "union select 'f' union select 'p') as a order by 5",
    ),
    Question(
        "tables, as ODBC asks",
        """select relname, nspname, relkind from pg_catalog.pg_class c, pg_catalog.pg_namespace n
        where relkind in ('r', 'v', 'm', 'f', 'p') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pg_temp_1')
        and n.oid = relnamespace order by nspname, relname""",
    ),
    Question(
        "columns, as ODBC asks",
        """select n.nspname, c.relname, a.attname, a.atttypid, t.typname, a.attnum, a.attlen, a.atttypmod,
        a.attnotnull, c.relhasrules, c.relkind, c.oid, pg_get_expr(d.adbin, d.adrelid), case t.typtype when 'd' then t.typbasetype
        else 0 end, t.typtypmod, 0, attidentity, c.relhassubclass from (((pg_catalog.pg_class c
        inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace and c.relname like E'Tasks' and n.nspname like E'projects')
        inner join pg_catalog.pg_attribute a on (not a.attisdropped) and a.attnum > 0 and a.attrelid = c.oid)
        inner join pg_catalog.pg_type t on t.oid = a.atttypid)
        left outer join pg_attrdef d on a.atthasdef and d.adrelid = a.attrelid and d.adnum = a.attnum
        order by n.nspname, c.relname, attnum""",
    ),
    Question(
        "the row version, as ODBC asks",
        """select c.relhasrules, c.relkind, c.relhassubclass from pg_catalog.pg_namespace u,
        pg_catalog.pg_class c where u.oid = c.relnamespace and c.relname = E'Tasks' and u.nspname = E'projects'""",
    ),
    Question(
        "the primary key, as ODBC asks",
        """select ta.attname, ia.attnum, ic.relname, n.nspname, tc.relname
        from pg_catalog.pg_attribute ta, pg_catalog.pg_attribute ia, pg_catalog.pg_class tc, pg_catalog.pg_index i,
        pg_catalog.pg_namespace n, pg_catalog.pg_class ic where tc.relname = E'Tasks' AND n.nspname = E'projects' AND tc.oid = i.indrelid
        AND n.oid = tc.relnamespace AND i.indisprimary = 't' AND ia.attrelid = i.indexrelid AND ta.attrelid = i.indrelid
        AND ta.attnum = i.indkey[ia.attnum-1] AND (NOT ta.attisdropped) AND (NOT ia.attisdropped) AND ic.oid = i.indexrelid
        order by ia.attnum""",
    ),
    Question(
        "indexes, as ODBC asks",
        """select c.relname, i.indkey, i.indisunique, i.indisclustered, a.amname, c.relhasrules, n.nspname, c.oid,
        d.relhassubclass, i.indoption from pg_catalog.pg_index i, pg_catalog.pg_class c, pg_catalog.pg_class d, pg_catalog.pg_am a,
        pg_catalog.pg_namespace n where d.relname = E'Tasks' and n.nspname = E'projects' and n.oid = d.relnamespace and d.oid = i.indrelid
        and i.indexrelid = c.oid and c.relam = a.oid order by i.indisprimary desc, i.indisunique, n.nspname, c.relname""",
    ),
    Question(
        "foreign keys, as ODBC asks",
        """select 'xero'::name as "PKTABLE_CAT", n2.nspname as "PKTABLE_SCHEM", c2.relname as "PKTABLE_NAME",
        a2.attname as "PKCOLUMN_NAME", 'xero'::name as "FKTABLE_CAT", n1.nspname as "FKTABLE_SCHEM", c1.relname as "FKTABLE_NAME",
        a1.attname as "FKCOLUMN_NAME", i::int2 as "KEY_SEQ", case ref.confupdtype when 'c' then 0::int2 when 'n' then 2::int2
          when 'd' then 4::int2 when 'r' then 1::int2 else 3::int2 end as "UPDATE_RULE",
        ref.conname as "FK_NAME", cn.conname as "PK_NAME", case when ref.condeferrable then case when ref.condeferred then 5::int2
          else 6::int2 end else 7::int2 end as "DEFERRABLITY"
        from ((((((( (select cn.oid, conrelid, conkey, confrelid, confkey, generate_series(array_lower(conkey, 1), array_upper(conkey, 1)) as i,
          confupdtype, confdeltype, conname, condeferrable, condeferred from pg_catalog.pg_constraint cn, pg_catalog.pg_class c,
          pg_catalog.pg_namespace n where contype = 'f' and conrelid = c.oid and relname = E'Tasks' and n.oid = c.relnamespace
          and n.nspname = E'projects') ref
        inner join pg_catalog.pg_class c1 on c1.oid = ref.conrelid) inner join pg_catalog.pg_namespace n1 on n1.oid = c1.relnamespace)
        inner join pg_catalog.pg_attribute a1 on a1.attrelid = c1.oid and a1.attnum = conkey[i])
        inner join pg_catalog.pg_class c2 on c2.oid = ref.confrelid) inner join pg_catalog.pg_namespace n2 on n2.oid = c2.relnamespace)
        inner join pg_catalog.pg_attribute a2 on a2.attrelid = c2.oid and a2.attnum = confkey[i])
        left outer join pg_catalog.pg_constraint cn on cn.conrelid = ref.confrelid and cn.contype = 'p')
        order by ref.oid, ref.i""",
    ),
    Question(
        "whether a type is there, bound",
        "select typname from pg_type where oid = $1 and typlen = $2",
        ("23", "4"),
        (26, INT2),
    ),
]
PGCLI = [
    Question("schemas of the path", "SELECT * FROM unnest(current_schemas(true))"),
    Question(
        "tables",
        """SELECT n.nspname schema_name, c.relname table_name FROM pg_catalog.pg_class c
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ANY($1)
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1,2""",
        ("{r,p,f}",),
    ),
    Question(
        "columns",
        """SELECT nsp.nspname schema_name, cls.relname table_name, att.attname column_name, att.atttypid::regtype::text type_name,
        att.atthasdef AS has_default, pg_catalog.pg_get_expr(def.adbin, def.adrelid, true) as default FROM pg_catalog.pg_attribute att
        INNER JOIN pg_catalog.pg_class cls ON att.attrelid = cls.oid INNER JOIN pg_catalog.pg_namespace nsp ON cls.relnamespace = nsp.oid
        LEFT OUTER JOIN pg_attrdef def ON def.adrelid = att.attrelid AND def.adnum = att.attnum
        WHERE cls.relkind = ANY($1) AND NOT att.attisdropped AND att.attnum > 0 AND nsp.nspname = 'projects' ORDER BY 1, 2, att.attnum""",
        ("{r,p,f}",),
    ),
    Question(
        "foreign keys",
        """SELECT s_p.nspname AS parentschema, t_p.relname AS parenttable, unnest((select array_agg(attname ORDER BY i)
          from (select unnest(confkey) as attnum, generate_subscripts(confkey, 1) as i) x JOIN pg_catalog.pg_attribute c USING(attnum)
          WHERE c.attrelid = fk.confrelid)) AS parentcolumn, s_c.nspname AS childschema, t_c.relname AS childtable,
        unnest((select array_agg(attname ORDER BY i) from (select unnest(conkey) as attnum, generate_subscripts(conkey, 1) as i) x
          JOIN pg_catalog.pg_attribute c USING(attnum) WHERE c.attrelid = fk.conrelid)) AS childcolumn
        FROM pg_catalog.pg_constraint fk JOIN pg_catalog.pg_class t_p ON t_p.oid = fk.confrelid
        JOIN pg_catalog.pg_namespace s_p ON s_p.oid = t_p.relnamespace JOIN pg_catalog.pg_class t_c ON t_c.oid = fk.conrelid
        JOIN pg_catalog.pg_namespace s_c ON s_c.oid = t_c.relnamespace WHERE fk.contype = 'f'""",
    ),
    Question(
        "types",
        """SELECT n.nspname schema_name, t.typname type_name FROM pg_catalog.pg_type t
        INNER JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE (t.typrelid = 0 OR (SELECT c.relkind = 'c' FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid))
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type el WHERE el.oid = t.typelem AND el.typarray = t.oid)
        AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' ORDER BY 1, 2""",
    ),
]
