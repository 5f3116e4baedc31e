"""Grafana's builder: versions, schemas, tables of the search path, columns."""

from tests.introspection.question import Question

PATH = "string_to_array(current_setting('search_path'),',')"
HERE = f"""quote_ident(table_schema) IN (SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
    FROM generate_series(array_lower({PATH}, 1), array_upper({PATH}, 1)) as i, {PATH} s)"""

QUESTIONS = [
    Question("the version", "SELECT current_setting('server_version_num')::int/100 as version"),
    Question("Timescale's version", "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"),
    Question(
        "schemas",
        'SELECT schema_name AS "name" FROM information_schema.schemata WHERE schema_name NOT IN '
        "('information_schema', 'pg_catalog', 'pg_toast', '_timescaledb_cache') ORDER BY schema_name",
    ),
    Question(
        "tables, those of the search path first",
        f"""SELECT CASE WHEN {HERE} THEN quote_ident(table_name)
        ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table" FROM information_schema.tables
        WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog', 'timescaledb_information')
        ORDER BY CASE WHEN {HERE} THEN 0 ELSE 1 END, 1""",
    ),
    Question(
        "tables of one schema",
        'SELECT quote_ident(table_name) AS "table" FROM information_schema.tables '
        "WHERE quote_ident(table_schema) = 'sys' ORDER BY 1",
    ),
    *[
        Question(
            f"columns of {name}",
            f"""SELECT quote_ident(column_name) AS "column", data_type AS "type"
            FROM information_schema.columns WHERE CASE WHEN array_length(parse_ident('{name}'), 1) = 2
              THEN quote_ident(table_schema) = (parse_ident('{name}'))[1] AND quote_ident(table_name) = (parse_ident('{name}'))[2]
              ELSE quote_ident(table_name) = '{name}' AND {HERE} END""",
        )
        for name in ("sys.limits", '"Tasks"', "nothing")
    ],
    Question(
        "columns of times",
        f"""SELECT quote_ident(column_name) FROM information_schema.columns
        WHERE {HERE} AND quote_ident(table_name) = '"Time"' AND data_type IN ('timestamp without time zone', 'timestamp with time zone',
          'bigint', 'integer', 'double precision', 'real', 'date') ORDER BY ordinal_position""",
    ),
    Question(
        "what a column is",
        """SELECT data_type FROM information_schema.columns WHERE quote_ident(table_name) = '"Tasks"'
        AND quote_ident(column_name) = '"Name"'""",
    ),
    Question(
        "functions that add up",
        "SELECT proname FROM pg_aggregate INNER JOIN pg_proc ON pg_aggregate.aggfnoid = pg_proc.oid "
        "INNER JOIN pg_type ON pg_type.oid = pg_proc.prorettype WHERE pronargs = 1 AND typname IN ('float8') AND aggkind = 'n' "
        "ORDER BY 1",
    ),
]
