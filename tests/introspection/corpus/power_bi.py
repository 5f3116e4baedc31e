"""Power BI, Excel and Power Query with Npgsql: everything by information_schema, in capitals."""

from tests.introspection.question import TEXT, Question

QUESTIONS = [
    Question("whether it is UTF-8", "select CHARACTER_SET_NAME from INFORMATION_SCHEMA.CHARACTER_SETS"),
    Question(
        "tables and views",
        """select TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE from INFORMATION_SCHEMA.tables
        where TABLE_SCHEMA not in ('information_schema', 'pg_catalog') order by TABLE_SCHEMA, TABLE_NAME""",
    ),
    Question(
        "a table's columns",
        """select COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE,
        case when (data_type like '%unsigned%') then DATA_TYPE || ' unsigned' else DATA_TYPE end as DATA_TYPE
        from INFORMATION_SCHEMA.columns where TABLE_SCHEMA = 'projects' and TABLE_NAME = 'Tasks'
        order by TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION""",
    ),
    Question(
        "tables that a table refers to",
        """select pkcol.COLUMN_NAME as PK_COLUMN_NAME,
        fkcol.TABLE_SCHEMA AS FK_TABLE_SCHEMA, fkcol.TABLE_NAME AS FK_TABLE_NAME, fkcol.COLUMN_NAME as FK_COLUMN_NAME,
        fkcol.ORDINAL_POSITION as ORDINAL, fkcon.CONSTRAINT_SCHEMA || '_' || fkcol.TABLE_NAME || '_' || 'Projects' || '_' ||
          fkcon.CONSTRAINT_NAME as FK_NAME
        from (select distinct constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name,
            unique_constraint_name from INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS) fkcon
        inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE fkcol on fkcon.CONSTRAINT_SCHEMA = fkcol.CONSTRAINT_SCHEMA
          and fkcon.CONSTRAINT_NAME = fkcol.CONSTRAINT_NAME
        inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE pkcol on fkcon.UNIQUE_CONSTRAINT_SCHEMA = pkcol.CONSTRAINT_SCHEMA
          and fkcon.UNIQUE_CONSTRAINT_NAME = pkcol.CONSTRAINT_NAME
        where pkcol.TABLE_SCHEMA = 'projects' and pkcol.TABLE_NAME = 'Projects'
          and pkcol.ORDINAL_POSITION = fkcol.ORDINAL_POSITION order by FK_NAME, fkcol.ORDINAL_POSITION""",
    ),
    Question(
        "tables that refer to a table",
        """select pkcol.TABLE_SCHEMA AS PK_TABLE_SCHEMA, pkcol.TABLE_NAME AS PK_TABLE_NAME,
        pkcol.COLUMN_NAME as PK_COLUMN_NAME, fkcol.COLUMN_NAME as FK_COLUMN_NAME, fkcol.ORDINAL_POSITION as ORDINAL,
        fkcon.CONSTRAINT_SCHEMA || '_' || 'Tasks' || '_' || pkcol.TABLE_NAME || '_' || fkcon.CONSTRAINT_NAME as FK_NAME
        from (select distinct constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name,
            unique_constraint_name from INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS) fkcon
        inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE fkcol on fkcon.CONSTRAINT_SCHEMA = fkcol.CONSTRAINT_SCHEMA
          and fkcon.CONSTRAINT_NAME = fkcol.CONSTRAINT_NAME
        inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE pkcol on fkcon.UNIQUE_CONSTRAINT_SCHEMA = pkcol.CONSTRAINT_SCHEMA
          and fkcon.UNIQUE_CONSTRAINT_NAME = pkcol.CONSTRAINT_NAME
        where fkcol.TABLE_SCHEMA = 'projects' and fkcol.TABLE_NAME = 'Tasks'
          and pkcol.ORDINAL_POSITION = fkcol.ORDINAL_POSITION order by FK_NAME, fkcol.ORDINAL_POSITION""",
    ),
    Question(
        "a table's keys and unique constraints",
        """select i.CONSTRAINT_SCHEMA || '_' || i.CONSTRAINT_NAME as INDEX_NAME,
        ii.COLUMN_NAME, ii.ORDINAL_POSITION, case when i.CONSTRAINT_TYPE = 'PRIMARY KEY' then 'Y' else 'N' end as PRIMARY_KEY
        from INFORMATION_SCHEMA.table_constraints i inner join INFORMATION_SCHEMA.key_column_usage ii
          on i.CONSTRAINT_SCHEMA = ii.CONSTRAINT_SCHEMA and i.CONSTRAINT_NAME = ii.CONSTRAINT_NAME
          and i.TABLE_SCHEMA = ii.TABLE_SCHEMA and i.TABLE_NAME = ii.TABLE_NAME
        where i.TABLE_SCHEMA = 'projects' and i.TABLE_NAME = 'Tasks' and i.CONSTRAINT_TYPE in ('PRIMARY KEY', 'UNIQUE')
        order by i.CONSTRAINT_SCHEMA || '_' || i.CONSTRAINT_NAME, ii.TABLE_SCHEMA, ii.TABLE_NAME, ii.ORDINAL_POSITION""",
    ),
    Question(
        "tables of one schema, bound",
        "select TABLE_NAME from INFORMATION_SCHEMA.TABLES where TABLE_SCHEMA = $1 "
        "and TABLE_TYPE = $2 order by TABLE_NAME",
        ("projects", "BASE TABLE"),
        (TEXT, TEXT),
    ),
    Question(
        "columns by Npgsql's GetSchema",
        """SELECT table_catalog, table_schema, table_name, column_name, ordinal_position,
        column_default, is_nullable, udt_name::regtype::text AS data_type, character_maximum_length, character_octet_length,
        numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision, character_set_catalog,
        character_set_schema, character_set_name, collation_catalog FROM information_schema.columns
        WHERE table_schema = $1 ORDER BY table_name, ordinal_position""",
        ("projects",),
        (TEXT,),
    ),
    Question(
        "indexes by Npgsql's GetSchema",
        """SELECT current_database() AS table_catalog, n.nspname AS table_schema,
        t.relname AS table_name, i.relname AS index_name, '' AS type_desc FROM pg_index x JOIN pg_class i ON x.indexrelid = i.oid
        JOIN pg_class t ON x.indrelid = t.oid JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE i.relkind = 'i' AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND t.relkind = 'r'
        ORDER BY n.nspname, t.relname, i.relname""",
    ),
    Question(
        "users by Npgsql's GetSchema",
        "SELECT rolname AS user_name, oid AS user_sysid FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY 1",
    ),
    Question(
        "databases by Npgsql's GetSchema",
        "SELECT d.datname AS database_name, u.usename AS owner, "
        "pg_catalog.pg_encoding_to_char(d.encoding) AS encoding FROM pg_catalog.pg_database d "
        "LEFT JOIN pg_catalog.pg_user u ON d.datdba = u.usesysid WHERE d.datname = current_database()",
    ),
]
