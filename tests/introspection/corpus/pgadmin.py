"""pgAdmin: what it asks when it connects, its tree, its properties and its dashboard."""

from tests.introspection.question import Question

QUESTIONS = [
    Question(
        "the database",
        """SELECT db.oid as did, db.datname, db.datallowconn, pg_encoding_to_char(db.encoding) AS serverencoding,
        has_database_privilege(db.oid, 'CREATE') as cancreate, datistemplate FROM pg_catalog.pg_database db
        WHERE db.datname = current_database()""",
    ),
    Question(
        "whether it is Kerberos",
        "SELECT gss_authenticated, encrypted FROM pg_catalog.pg_stat_gssapi WHERE pid = pg_backend_pid()",
    ),
    Question(
        "who the user is",
        """SELECT roles.oid as id, roles.rolname as name, roles.rolsuper as is_superuser,
        CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreaterole END as can_create_role,
        CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreatedb END as can_create_db,
        CASE WHEN 'pg_signal_backend' = ANY(ARRAY(WITH RECURSIVE cte AS (
            SELECT pg_roles.oid, pg_roles.rolname FROM pg_roles WHERE pg_roles.oid = roles.oid
            UNION ALL SELECT m.roleid, pgr.rolname FROM cte cte_1 JOIN pg_auth_members m ON m.member = cte_1.oid
              JOIN pg_roles pgr ON pgr.oid = m.roleid) SELECT rolname FROM cte)) THEN True ELSE False END as can_signal_backend
        FROM pg_catalog.pg_roles as roles WHERE rolname = current_user""",
    ),
    Question(
        "whether it is replicated",
        """SELECT CASE WHEN (SELECT count(extname) FROM pg_catalog.pg_extension WHERE extname='bdr') > 0
        THEN 'pgd' WHEN (SELECT COUNT(*) FROM pg_replication_slots) > 0 THEN 'log' ELSE NULL END as type""",
    ),
    Question(
        "databases",
        """SELECT db.oid as did, db.datname as name, ta.spcname as spcname, db.datallowconn, db.datistemplate AS is_template,
        pg_catalog.has_database_privilege(db.oid, 'CREATE') as cancreate, datdba as owner, descr.description
        FROM pg_catalog.pg_database db LEFT OUTER JOIN pg_catalog.pg_tablespace ta ON db.dattablespace = ta.oid
        LEFT OUTER JOIN pg_catalog.pg_shdescription descr ON (db.oid = descr.objoid AND descr.classoid = 'pg_database'::regclass)
        WHERE db.oid > 16383::OID AND db.datname = current_database() ORDER BY datname""",
    ),
    Question(
        "the database's properties",
        """SELECT db.oid AS did, db.datname AS name, db.dattablespace AS spcoid, ta.spcname AS spcname,
        db.datallowconn, pg_catalog.pg_encoding_to_char(db.encoding) AS encoding, pg_catalog.pg_get_userbyid(datdba) AS datowner,
        db.datcollate, db.datctype, db.datconnlimit, pg_catalog.has_database_privilege(db.oid, 'CREATE') AS cancreate,
        pg_catalog.current_setting('default_tablespace') AS default_tablespace, descr.description AS comments, db.datistemplate AS is_template,
        (SELECT pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.array_to_string(defaclacl::text[], ', ')
          FROM pg_catalog.pg_default_acl WHERE defaclobjtype = 'r' AND defaclnamespace = 0::OID), ', ')) AS tblacl,
        pg_catalog.array_to_string(datacl::text[], ', ') AS acl
        FROM pg_catalog.pg_database db LEFT OUTER JOIN pg_catalog.pg_tablespace ta ON db.dattablespace=ta.OID
        LEFT OUTER JOIN pg_catalog.pg_shdescription descr ON (db.oid=descr.objoid AND descr.classoid='pg_database'::regclass)
        WHERE db.oid = «database»::OID""",
    ),
    Question(
        "schemas",
        """SELECT nsp.oid, nsp.nspname as name, pg_catalog.has_schema_privilege(nsp.oid, 'CREATE') as can_create,
        pg_catalog.has_schema_privilege(nsp.oid, 'USAGE') as has_usage, des.description FROM pg_catalog.pg_namespace nsp
        LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid=nsp.oid AND des.classoid='pg_namespace'::regclass)
        WHERE nspname NOT LIKE E'pg\\\\_%' AND NOT ((nsp.nspname = 'pg_catalog' AND EXISTS (SELECT 1 FROM pg_catalog.pg_class
          WHERE relname = 'pg_class' AND relnamespace = nsp.oid LIMIT 1)) OR (nsp.nspname = 'information_schema' AND EXISTS
          (SELECT 1 FROM pg_catalog.pg_class WHERE relname = 'tables' AND relnamespace = nsp.oid LIMIT 1)))
        ORDER BY nspname""",
    ),
    Question(
        "schemas of the system's",
        """SELECT nsp.oid, CASE WHEN (nsp.nspname LIKE 'pg\\_temp\\_%') THEN 1
          WHEN (nsp.nspname LIKE E'pg\\_%') THEN 0 ELSE 3 END AS nsptyp, nsp.nspname AS name,
        pg_catalog.pg_get_userbyid(nspowner) AS namespaceowner, nsp.nspacl FROM pg_catalog.pg_namespace nsp
        WHERE nsp.nspname IN ('pg_catalog', 'information_schema') ORDER BY 1, nspname""",
    ),
    Question(
        "tables",
        """SELECT rel.oid, rel.relname AS name,
        (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid=rel.oid AND tgisinternal = FALSE) AS triggercount,
        (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid=rel.oid AND tgisinternal = FALSE AND tgenabled = 'O') AS has_enable_triggers,
        (CASE WHEN rel.relkind = 'p' THEN true ELSE false END) AS is_partitioned,
        (SELECT count(1) FROM pg_catalog.pg_inherits WHERE inhrelid=rel.oid LIMIT 1) as is_inherits,
        (SELECT count(1) FROM pg_catalog.pg_inherits WHERE inhparent=rel.oid LIMIT 1) as is_inherited, des.description
        FROM pg_catalog.pg_class rel LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid=rel.oid AND des.objsubid=0
          AND des.classoid='pg_class'::regclass)
        WHERE rel.relkind IN ('r','s','t','p') AND rel.relnamespace = «projects»::oid AND NOT rel.relispartition ORDER BY rel.relname""",
    ),
    Question(
        "a table's properties",
        """SELECT rel.oid, rel.relname AS name, rel.reltablespace AS spcoid, rel.relacl AS relacl_str,
        (CASE WHEN length(spc.spcname::text) > 0 OR rel.relkind = 'p' THEN spc.spcname ELSE (SELECT sp.spcname
          FROM pg_catalog.pg_database dtb JOIN pg_catalog.pg_tablespace sp ON dtb.dattablespace=sp.oid
          WHERE dtb.oid = «database»::oid) END) as spcname,
        (CASE rel.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END) as replica_identity,
        (select nspname FROM pg_catalog.pg_namespace WHERE oid = «projects»::oid) as schema,
        pg_catalog.pg_get_userbyid(rel.relowner) AS relowner, rel.relkind, rel.relhassubclass, des.description,
        con.conname, con.conkey, EXISTS(select 1 FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_proc pt ON pt.oid=tgfoid
          AND pt.proname='logtrigger' JOIN pg_catalog.pg_proc pc ON pc.pronamespace=pt.pronamespace AND pc.proname='slonyversion'
          WHERE tgrelid=rel.oid) AS isrepl,
        (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid=rel.oid AND tgisinternal = FALSE) AS triggercount,
        (SELECT ARRAY(SELECT CASE WHEN (nspname NOT LIKE 'pg\\_%') THEN pg_catalog.quote_ident(nspname)||'.'||pg_catalog.quote_ident(c.relname)
          ELSE pg_catalog.quote_ident(c.relname) END AS inherited_tables FROM pg_catalog.pg_inherits i
          JOIN pg_catalog.pg_class c ON c.oid = i.inhparent JOIN pg_catalog.pg_namespace n ON n.oid=c.relnamespace
          WHERE i.inhrelid = rel.oid ORDER BY inhseqno)) AS coll_inherits,
        substring(pg_catalog.array_to_string(rel.reloptions, ',') FROM 'fillfactor=([0-9]*)') AS fillfactor,
        rel.relrowsecurity as rlspolicy, rel.relforcerowsecurity as forcerlspolicy, typ.typname,
        (CASE WHEN rel.reltoastrelid = 0 THEN false ELSE true END) AS hastoasttable,
        (CASE WHEN rel.oid <= 16383::oid THEN true ElSE false END) AS is_sys_table
        FROM pg_catalog.pg_class rel LEFT OUTER JOIN pg_catalog.pg_tablespace spc on spc.oid=rel.reltablespace
        LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid=rel.oid AND des.objsubid=0 AND des.classoid='pg_class'::regclass)
        LEFT OUTER JOIN pg_catalog.pg_constraint con ON con.conrelid=rel.oid AND con.contype='p'
        LEFT JOIN pg_catalog.pg_type typ ON rel.reloftype=typ.oid
        WHERE rel.relkind IN ('r','s','t','p') AND rel.relnamespace = «projects»::oid AND rel.oid = «projects.Tasks»::oid ORDER BY rel.relname""",
        differs={"hastoasttable": "a real table with texts has a TOAST table"},
    ),
    Question(
        "columns",
        """SELECT DISTINCT att.attname as name, att.attnum as OID, pg_catalog.format_type(ty.oid,NULL) AS datatype,
        pg_catalog.format_type(ty.oid,att.atttypmod) AS displaytypname, att.attnotnull as not_null,
        CASE WHEN att.atthasdef OR att.attidentity != '' OR ty.typdefault IS NOT NULL THEN True ELSE False END as has_default_val,
        des.description, seq.seqtypid FROM pg_catalog.pg_attribute att JOIN pg_catalog.pg_type ty ON ty.oid=atttypid
        JOIN pg_catalog.pg_namespace tn ON tn.oid=ty.typnamespace JOIN pg_catalog.pg_class cl ON cl.oid=att.attrelid
        JOIN pg_catalog.pg_namespace na ON na.oid=cl.relnamespace LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid=ty.typelem
        LEFT OUTER JOIN pg_catalog.pg_attrdef def ON adrelid=att.attrelid AND adnum=att.attnum
        LEFT OUTER JOIN (pg_catalog.pg_depend JOIN pg_catalog.pg_class cs ON classid='pg_class'::regclass AND objid=cs.oid
          AND cs.relkind='S') ON refobjid=att.attrelid AND refobjsubid=att.attnum
        LEFT OUTER JOIN pg_catalog.pg_namespace ns ON ns.oid=cs.relnamespace
        LEFT OUTER JOIN pg_catalog.pg_index pi ON pi.indrelid=att.attrelid AND indisprimary
        LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid=att.attrelid AND des.objsubid=att.attnum
          AND des.classoid='pg_class'::regclass)
        LEFT OUTER JOIN pg_catalog.pg_sequence seq ON cs.oid=seq.seqrelid
        WHERE att.attrelid = «projects.Tasks»::oid AND att.attnum > 0 AND att.attisdropped IS FALSE ORDER BY att.attnum""",
    ),
    Question(
        "constraints",
        """SELECT c.oid, conname as name, CASE WHEN c.contype = 'p' THEN 'PK' ELSE 'FK' END as kind, NOT convalidated as convalidated,
        pg_catalog.pg_get_constraintdef(c.oid) as src, desp.description as comment,
        (SELECT ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.conrelid
          AND a.attnum = ANY(c.conkey) ORDER BY a.attnum)) AS cols
        FROM pg_catalog.pg_constraint c LEFT OUTER JOIN pg_catalog.pg_description desp
          ON (desp.objoid=c.oid AND desp.objsubid = 0 AND desp.classoid='pg_constraint'::regclass)
        WHERE conrelid = «projects.Tasks»::oid AND contype IN ('p', 'f') ORDER BY conname""",
    ),
    Question(
        "foreign keys with both their columns",
        """SELECT ct.oid, conname as name, condeferrable, condeferred, confupdtype, confdeltype,
        CASE confmatchtype WHEN 's' THEN FALSE WHEN 'f' THEN TRUE END AS confmatchtype, conkey, confkey, confrelid,
        nl.nspname as fknsp, cl.relname as fktab, nr.nspname as refnsp, cr.relname as reftab, description as comment, convalidated, conislocal
        FROM pg_catalog.pg_constraint ct JOIN pg_catalog.pg_class cl ON cl.oid=conrelid JOIN pg_catalog.pg_namespace nl ON nl.oid=cl.relnamespace
        JOIN pg_catalog.pg_class cr ON cr.oid=confrelid JOIN pg_catalog.pg_namespace nr ON nr.oid=cr.relnamespace
        LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid=ct.oid AND des.classoid='pg_constraint'::regclass)
        WHERE contype='f' AND conrelid = «projects.Tasks»::oid ORDER BY conname""",
    ),
    Question(
        "indexes",
        """SELECT DISTINCT ON(cls.relname) cls.oid, cls.relname as name, indrelid, indkey, indisclustered, indisvalid, indisunique,
        indisprimary, n.nspname, indnatts, cls.reltablespace AS spcoid, ds.description FROM pg_catalog.pg_index idx
        JOIN pg_catalog.pg_class cls ON cls.oid=indexrelid JOIN pg_catalog.pg_class tab ON tab.oid=indrelid
        LEFT OUTER JOIN pg_catalog.pg_tablespace ta on ta.oid=cls.reltablespace JOIN pg_catalog.pg_namespace n ON n.oid=tab.relnamespace
        JOIN pg_catalog.pg_am am ON am.oid=cls.relam
        LEFT JOIN pg_catalog.pg_depend dep ON (dep.classid = cls.tableoid AND dep.objid = cls.oid AND dep.refobjsubid = '0'
          AND dep.refclassid=(SELECT oid FROM pg_catalog.pg_class WHERE relname='pg_constraint') AND dep.deptype='i')
        LEFT OUTER JOIN pg_catalog.pg_description ds ON ds.objoid=cls.oid
        WHERE indrelid = «projects.Tasks»::OID ORDER BY cls.relname""",
    ),
    Question(
        "types for a new column",
        """SELECT * FROM (SELECT pg_catalog.format_type(t.oid,NULL) AS typname, CASE WHEN typelem > 0 THEN typelem ELSE t.oid END as elemoid,
        typlen, typtype, t.oid, nspname, (SELECT COUNT(1) FROM pg_catalog.pg_type t2 WHERE t2.typname = t.typname) > 1 AS isdup,
        CASE WHEN t.typcollation != 0 THEN TRUE ELSE FALSE END AS is_collatable FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace nsp ON typnamespace=nsp.oid
        WHERE (NOT (typname = 'unknown' AND nspname = 'pg_catalog')) AND typisdefined AND typtype IN ('b', 'c', 'd', 'e', 'r')
        AND NOT EXISTS (select 1 FROM pg_catalog.pg_class WHERE relnamespace=typnamespace and relname = typname and relkind != 'c')
        AND (typname not like '_%' OR NOT EXISTS (select 1 FROM pg_catalog.pg_class WHERE relnamespace=typnamespace
          and relname = substring(typname from 2)::name and relkind != 'c')) AND nsp.nspname != 'information_schema'
        UNION SELECT 'smallserial', 0, 2, 'b', 0, 'pg_catalog', false, false) AS dummy ORDER BY nspname <> 'pg_catalog', nspname, 1""",
    ),
    Question(
        "rights on a table",
        """SELECT 'relacl' as deftype, COALESCE(gt.rolname, 'PUBLIC') grantee, g.rolname grantor,
        pg_catalog.array_agg(privilege_type ORDER BY privilege_type) as privileges, pg_catalog.array_agg(is_grantable) as grantable
        FROM (SELECT d.grantee, d.grantor, d.is_grantable, CASE d.privilege_type WHEN 'DELETE' THEN 'd' WHEN 'INSERT' THEN 'a'
            WHEN 'REFERENCES' THEN 'x' WHEN 'SELECT' THEN 'r' WHEN 'TRIGGER' THEN 't' WHEN 'UPDATE' THEN 'w' WHEN 'TRUNCATE' THEN 'D'
            ELSE 'UNKNOWN' END AS privilege_type
          FROM (SELECT rel.relacl FROM pg_catalog.pg_class rel WHERE rel.oid = «projects.Tasks»::OID) acl,
          pg_catalog.aclexplode(relacl) d) d
        LEFT JOIN pg_catalog.pg_roles g ON (d.grantor = g.oid) LEFT JOIN pg_catalog.pg_roles gt ON (d.grantee = gt.oid)
        GROUP BY g.rolname, gt.rolname ORDER BY grantee""",
    ),
    Question(
        "statistics of a table",
        """SELECT seq_scan, n_tup_ins, n_live_tup, n_dead_tup, last_vacuum, last_autovacuum, vacuum_count
        FROM pg_catalog.pg_stat_all_tables WHERE relid = «projects.Tasks»::oid""",
        differs={
            "seq_scan": "a real table has been read",
            "n_live_tup": "how many rows there are at Xero nobody has counted",
        },
    ),
    Question(
        "the dashboard's sessions",
        """SELECT pid, datname, usename, application_name, state, pg_catalog.pg_blocking_pids(pid) AS blocking_pids
        FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()""",
        differs={"pid": "a process of the server's"},
    ),
    Question(
        "the dashboard's numbers",
        """SELECT count(*) >= 1 AS some FROM pg_catalog.pg_stat_activity WHERE datname = (SELECT datname
        FROM pg_catalog.pg_database WHERE oid = «database»)""",
    ),
    Question(
        "settings",
        "SELECT name, setting, unit, vartype FROM pg_catalog.pg_settings WHERE name IN ('max_index_keys', 'block_size', 'server_encoding') ORDER BY name",
    ),
    Question(
        "words",
        "SELECT word, catcode, catdesc FROM pg_catalog.pg_get_keywords() WHERE catcode IN ('R', 'T') ORDER BY word",
    ),
    Question("the server's owner", "SELECT usename FROM pg_catalog.pg_user WHERE usesysid = 10"),
]
