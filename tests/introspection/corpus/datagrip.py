"""DataGrip and the other JetBrains tools: introspection by pg_catalog alone, with numbers of transactions and of things."""

from tests.introspection.question import INT8, Question

XMIN = "the transaction that made a row, of which there is none here"
AGE = "as old as the server"

QUESTIONS = [
    Question("where am I", "select current_database(), current_schema(), current_user"),
    Question("zones", "select count(*) > 400 as known from pg_catalog.pg_timezone_names"),
    Question(
        "whether it is a standby",
        """select case when pg_catalog.pg_is_in_recovery() then null
        else (pg_catalog.txid_current() % (2^32)::bigint)::varchar::bigint end as current_txid""",
        differs={"current_txid": XMIN},
    ),
    Question(
        "the oldest transaction",
        """select L.transactionid::varchar::bigint as transaction_id from pg_catalog.pg_locks L
        where L.transactionid is not null order by pg_catalog.age(L.transactionid) desc limit 1""",
    ),
    Question(
        "when it was started",
        "select round(extract(epoch from pg_postmaster_start_time() at time zone 'UTC')) as startup_time",
        differs={"startup_time": "each was started at a time of its own"},
    ),
    Question(
        "databases",
        """select N.oid::bigint as id, datname as name, D.description, datistemplate as is_template,
        datallowconn as allow_connections, pg_catalog.pg_get_userbyid(N.datdba) as "owner" from pg_catalog.pg_database N
        left join pg_catalog.pg_shdescription D on N.oid = D.objoid where datname = current_database()
        order by case when datname = pg_catalog.current_database() then -1::bigint else N.oid::bigint end""",
        numbers=("id",),
    ),
    Question(
        "schemas",
        """select N.oid::bigint as id, N.xmin as state_number, nspname as name, D.description,
        pg_catalog.pg_get_userbyid(N.nspowner) as "owner" from pg_catalog.pg_namespace N
        left join pg_catalog.pg_description D on N.oid = D.objoid
        where N.nspname not like 'pg_toast%' and N.nspname not like 'pg_temp%'
        order by case when nspname = pg_catalog.current_schema() then -1::bigint else N.oid::bigint end""",
        numbers=("id",),
        differs={"state_number": XMIN},
        unordered="by number",
    ),
    Question(
        "roles",
        """select R.oid::bigint as role_id, rolname as role_name, rolsuper as is_super, rolinherit as is_inherit,
        rolcanlogin as can_login, rolconnlimit as conn_limit, rolvaliduntil as valid_until, rolconfig as config,
        D.description from pg_catalog.pg_roles R left join pg_catalog.pg_shdescription D on D.objoid = R.oid
        where rolname = current_user""",
        numbers=("role_id",),
        differs={"config": "the first search path is the server's own setting"},
    ),
    Question(
        "memberships",
        """select member id, roleid role_id, admin_option from pg_catalog.pg_auth_members M
        where member::regrole::text = current_user order by id, roleid::text""",
    ),
    Question(
        "tablespaces",
        """select T.oid::bigint as id, T.spcname as name, T.xmin as state_number,
        pg_catalog.pg_get_userbyid(T.spcowner) as owner, pg_catalog.pg_tablespace_location(T.oid) as location,
        T.spcoptions as options, D.description as comment from pg_catalog.pg_tablespace T
        left join pg_catalog.pg_shdescription D on D.objoid = T.oid""",
        differs={"state_number": XMIN},
    ),
    Question(
        "rights on what is shared",
        """select T.oid as object_id, T.spcacl as acl from pg_catalog.pg_tablespace T
        union all select T.oid as object_id, T.datacl as acl from pg_catalog.pg_database T where datname = current_database()""",
    ),
    Question(
        "extensions",
        """select E.oid as id, E.xmin as state_number, extname as name, extversion as version,
        extnamespace as schema_id, nspname as schema_name, array(select unnest from unnest(available_versions)
          where unnest > extversion) as available_updates
        from pg_catalog.pg_extension E join pg_namespace N on E.extnamespace = N.oid
        left join (select name, array_agg(version) as available_versions from pg_available_extension_versions() group by name) V
          on E.extname = V.name where extname <> 'plpgsql'""",
    ),
    Question(
        "languages",
        """select L.oid as id, L.xmin as state_number, L.lanname as name, L.lanpltrusted as trusted,
        L.lanispl as procedural, pg_catalog.pg_get_userbyid(L.lanowner) as owner from pg_catalog.pg_language L order by L.oid""",
        differs={"state_number": XMIN},
    ),
    Question(
        "access methods",
        """select A.oid as access_method_id, A.xmin as state_number, A.amname as access_method_name,
        A.amhandler::oid as handler_id, pg_catalog.quote_ident(N.nspname) || '.' || pg_catalog.quote_ident(P.proname) as handler_name,
        A.amtype as access_method_type from pg_am A join pg_proc P on A.amhandler::oid = P.oid
        join pg_namespace N on P.pronamespace = N.oid order by A.oid""",
        differs={"state_number": XMIN},
    ),
    Question(
        "casts of one's own",
        """select C.oid, C.xmin as state_number, C.castsource as castsource_id, C.castcontext
        from pg_cast C where C.oid >= 16384""",
        differs={"state_number": XMIN},
    ),
    Question(
        "whether a schema has changed",
        """select L.max_xmin >= 0 as seen from (select max(xmin::varchar::bigint) as max_xmin
        from pg_catalog.pg_class where relnamespace = $1::oid) L""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "tables that are there",
        """select oid::bigint from pg_catalog.pg_class
        where relkind in ('r','m','v','p','f') and relnamespace in ($1, $2) order by relkind, relname""",
        ("«projects»", "«sys»"),
        (INT8, INT8),
        numbers=("oid",),
    ),
    Question(
        "types",
        """select T.oid as type_id, T.xmin as type_state_number, T.typname as type_name, T.typtype as type_sub_kind,
        T.typcategory as type_category, T.typrelid as class_id, T.typbasetype as base_type_id,
        case when T.typtype in ('c','e') then null else pg_catalog.format_type(T.typbasetype, T.typtypmod) end as type_def,
        T.typndims as dimensions_number, T.typdefault as default_expression, T.typnotnull as mandatory,
        pg_catalog.pg_get_userbyid(T.typowner) as "owner" from pg_catalog.pg_type T
        left outer join pg_catalog.pg_class C on T.typrelid = C.oid where T.typnamespace = $1::oid
        and (T.typtype in ('d','e') or C.relkind = 'c'::"char" or (T.typtype = 'b' and (T.typelem = 0 OR T.typcategory <> 'A'))
          or T.typtype = 'p' and not T.typisdefined) order by 1""",
        ("«information_schema»",),
        (INT8,),
        differs={"type_state_number": XMIN},
    ),
    Question(
        "tables",
        """select T.relkind as table_kind, T.relname as table_name, T.oid as table_id, T.xmin as table_state_number,
        false as table_with_oids, T.reltablespace as tablespace_id, T.reloptions as options, T.relpersistence as persistence,
        (select pg_catalog.array_agg(inhparent::bigint order by inhseqno)::varchar from pg_catalog.pg_inherits
          where T.oid = inhrelid) as ancestors,
        (select pg_catalog.array_agg(inhrelid::bigint order by inhrelid)::varchar from pg_catalog.pg_inherits
          where T.oid = inhparent) as successors,
        T.relispartition as is_partition, pg_catalog.pg_get_partkeydef(T.oid) as partition_key,
        pg_catalog.pg_get_expr(T.relpartbound, T.oid) as partition_expression, T.relam am_id,
        pg_catalog.pg_get_userbyid(T.relowner) as "owner" from pg_catalog.pg_class T
        where relnamespace = $1::oid and relkind in ('r', 'm', 'v', 'f', 'p') order by table_kind, table_id""",
        ("«projects»",),
        (INT8,),
        differs={"table_state_number": XMIN},
        unordered="by number",
    ),
    Question(
        "columns",
        """with T as (select distinct T.oid as table_id, T.relname as table_name from pg_catalog.pg_class T,
            pg_catalog.pg_attribute A where T.relnamespace = $1::oid and T.relkind in ('r', 'm', 'v', 'f', 'p')
            and A.attrelid = T.oid)
        select T.table_id, C.attnum as column_position, C.attname as column_name, C.xmin as column_state_number,
        C.atttypmod as type_mod, C.attndims as dimensions_number, pg_catalog.format_type(C.atttypid, C.atttypmod) as type_spec,
        C.atttypid as type_id, C.attnotnull as mandatory, pg_catalog.pg_get_expr(D.adbin, T.table_id) as column_default_expression,
        not C.attislocal as column_is_inherited, C.attfdwoptions as options, C.attisdropped as column_is_dropped,
        C.attidentity as identity_kind, C.attgenerated as generated from T
        join pg_catalog.pg_attribute C on T.table_id = C.attrelid
        left join pg_catalog.pg_attrdef D on (C.attrelid, C.attnum) = (D.adrelid, D.adnum)
        where attnum > 0 order by table_id, attnum""",
        ("«projects»",),
        (INT8,),
        differs={"column_state_number": XMIN},
        unordered="by number",
    ),
    Question(
        "indexes",
        """select tab.oid table_id, tab.relkind table_kind, ind_stor.relname index_name, ind_head.indexrelid index_id,
        ind_stor.xmin state_number, ind_head.indisunique is_unique, ind_head.indisprimary is_primary,
        ind_head.indnullsnotdistinct nulls_not_distinct, pg_catalog.pg_get_expr(ind_head.indpred, ind_head.indrelid) as condition,
        (select pg_catalog.array_agg(inhparent::bigint order by inhseqno)::varchar from pg_catalog.pg_inherits
          where ind_stor.oid = inhrelid) as ancestors, ind_stor.reltablespace tablespace_id, opcmethod as access_method_id
        from pg_catalog.pg_class tab join pg_catalog.pg_index ind_head on ind_head.indrelid = tab.oid
        join pg_catalog.pg_class ind_stor on tab.relnamespace = ind_stor.relnamespace and ind_stor.oid = ind_head.indexrelid
        left join pg_catalog.pg_opclass on pg_opclass.oid = ANY(indclass)
        where tab.relnamespace = $1::oid and tab.relkind in ('r', 'm', 'v', 'p') and ind_stor.relkind in ('i', 'I')""",
        ("«projects»",),
        (INT8,),
        differs={"state_number": XMIN},
    ),
    Question(
        "columns of indexes",
        """select ind_head.indexrelid index_id, k col_idx, k <= indnkeyatts in_key,
        ind_head.indkey[k-1] column_position, ind_head.indoption[k-1] column_options, ind_head.indcollation[k-1] as collation,
        colln.nspname as collation_schema, collname as collation_str, ind_head.indclass[k-1] as opclass,
        case when opcdefault then null else opcn.nspname end as opclass_schema,
        case when opcdefault then null else opcname end as opclass_str,
        case when indexprs is null then null
          when ind_head.indkey[k-1] = 0 then chr(27) || pg_catalog.pg_get_indexdef(ind_head.indexrelid, k::int, true)
          else pg_catalog.pg_get_indexdef(ind_head.indexrelid, k::int, true) end as expression
        from pg_catalog.pg_index ind_head join pg_catalog.pg_class ind_stor on ind_stor.oid = ind_head.indexrelid
        cross join unnest(ind_head.indkey) with ordinality u(u, k)
        left join pg_catalog.pg_collation coll on coll.oid = ind_head.indcollation[k-1]
        left join pg_catalog.pg_namespace colln on collnamespace = colln.oid
        left join pg_catalog.pg_opclass opc on opc.oid = ind_head.indclass[k-1]
        left join pg_catalog.pg_namespace opcn on opcnamespace = opcn.oid
        where ind_stor.relnamespace = $1::oid and ind_stor.relkind in ('i', 'I') order by index_id, k""",
        ("«projects»",),
        (INT8,),
        unordered="by number",
    ),
    Question(
        "constraints",
        """select T.oid table_id, relkind table_kind, C.oid::bigint con_id, C.xmin::varchar::bigint con_state_id,
        conname con_name, contype con_kind, conkey con_columns, conindid index_id, confrelid ref_table_id, confkey ref_columns,
        condeferrable is_deferrable, condeferred is_init_deferred, confupdtype on_update, confdeltype on_delete,
        connoinherit no_inherit, pg_catalog.pg_get_expr(conbin, T.oid) con_expression, confmatchtype match_type,
        conexclop::int[] con_operators, array(select unnest::regoper::varchar from unnest(conexclop)) as con_operators_str
        from pg_catalog.pg_constraint C join pg_catalog.pg_class T on C.conrelid = T.oid
        where relkind in ('r', 'v', 'f', 'p') and relnamespace = $1::oid and contype in ('p', 'u', 'f', 'c', 'x')
        and connamespace = $1::oid""",
        ("«projects»",),
        (INT8,),
        numbers=("con_id",),
        differs={"con_state_id": XMIN},
    ),
    Question(
        "what uses constraints' keys",
        """select T.oid table_id, array_agg(C.conname order by C.conname) as names,
        count(*) filter (where C.contype = 'f') as references from pg_catalog.pg_class T join pg_catalog.pg_constraint C
        on C.conrelid = T.oid where T.relnamespace = $1::oid group by T.oid order by T.relname""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "functions",
        """with languages as (select oid as lang_oid, lanname as lang from pg_catalog.pg_language),
        routines as (select proname as r_name, prolang as lang_oid, oid as r_id, xmin as r_state_number, proargnames as arg_names,
          proargmodes as arg_modes, proargtypes::int[] as in_arg_types, proallargtypes::int[] as all_arg_types,
          pg_catalog.pg_get_expr(proargdefaults, 0) as arg_defaults, provariadic as arg_variadic_id, prorettype as ret_type_id,
          proretset as ret_set, prokind as kind, provolatile as volatile_kind, proisstrict as is_strict, prosecdef as is_security_definer,
          proconfig as configuration_parameters, procost as cost, pg_catalog.pg_get_userbyid(proowner) as "owner", prorows as rows,
          proleakproof as is_leakproof, proparallel as concurrency_kind from pg_catalog.pg_proc
          where pronamespace = $1::oid and not (prokind = 'a'))
        select * from routines natural join languages""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "aggregates and operators of one's own",
        """select P.oid as aggregate_id, P.proname as aggregate_name,
        A.aggtransfn::oid as transition_function_id from pg_catalog.pg_aggregate A join pg_catalog.pg_proc P on A.aggfnoid = P.oid
        where P.pronamespace = $1::oid order by P.oid""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "rules",
        """select R.ev_class as table_id, R.oid as rule_id, R.rulename as rule_name,
        pg_catalog.translate(ev_type, '1234', 'SUID') as rule_event_code, R.ev_enabled as rule_fire_mode, R.is_instead as rule_is_instead
        from pg_catalog.pg_rewrite R where R.ev_class in (select oid from pg_catalog.pg_class where relnamespace = $1::oid)
        and R.rulename != '_RETURN'::name order by R.ev_class::bigint, ev_type""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "triggers",
        """select T.tgrelid as table_id, T.oid as trigger_id, T.tgname as trigger_name, T.tgfoid as function_id,
        pg_catalog.encode(T.tgargs, 'escape') as function_args, T.tgtype as bits, T.tgdeferrable as is_deferrable,
        pg_catalog.pg_get_triggerdef(T.oid, true) as source_code from pg_catalog.pg_trigger T
        where T.tgrelid in (select oid from pg_catalog.pg_class where relnamespace = $1::oid) and not T.tgisinternal""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "views' texts",
        """select T.relkind as view_kind, T.oid as view_id, pg_catalog.pg_get_viewdef(T.oid, true) as source_text
        from pg_catalog.pg_class T join pg_catalog.pg_namespace N on T.relnamespace = N.oid
        where N.oid = $1::oid and T.relkind in ('m','v') order by T.relname""",
        ("«sys»",),
        (INT8,),
        differs={"source_text": "a view of sys is no query"},
    ),
    Question(
        "comments",
        """select D.objoid id, case when 'pg_catalog.pg_class'::regclass::oid = classoid then
          (case C.relkind when 'r' then 'table' when 'v' then 'view' else 'other' end) else null end as kind, D.objsubid sub_id,
        D.description from pg_catalog.pg_description D join pg_catalog.pg_class C on D.objoid = C.oid
        where C.relnamespace = $1::oid and C.relkind != 'c' and D.classoid = 'pg_catalog.pg_class'::regclass::oid
        union all select T.oid, 'type', D.objsubid, D.description from pg_catalog.pg_description D
        join pg_catalog.pg_type T on T.oid = D.objoid where T.typnamespace = $1::oid""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "rights in a schema",
        """select T.oid as object_id, T.relacl as acl from pg_catalog.pg_class T
        where relnamespace = $1::oid and relkind in ('r', 'v') order by T.relname""",
        ("«projects»",),
        (INT8,),
    ),
    Question(
        "which one has changed, by age",
        """select count(*) from pg_catalog.pg_class
        where relnamespace = $1::oid and pg_catalog.age(xmin) >= 0""",
        ("«projects»",),
        (INT8,),
    ),
    Question("operator classes' families", "select count(*) from pg_catalog.pg_opfamily where oid >= 16384"),
    Question("collations of one's own", "select oid as id, collname from pg_catalog.pg_collation where oid >= 16384"),
    Question(
        "publications and foreign servers",
        """select srv.oid as id, srv.srvname from pg_catalog.pg_foreign_server srv
        left outer join pg_foreign_data_wrapper fdw on fdw.oid = srv.srvfdw union all select oid, pubname from pg_publication""",
    ),
]
