"""What tools ask of PostgreSQL's catalog, in queries of our own with the relations, functions and shapes of theirs."""

from tests.introspection.corpus import datagrip, dbeaver, grafana, jdbc, metabase, npgsql, others, pgadmin, power_bi
from tests.introspection.question import Question

CORPUS: dict[str, list[Question]] = {
    "JDBC": jdbc.QUESTIONS,
    "Metabase": metabase.QUESTIONS,
    "Npgsql": npgsql.QUESTIONS,
    "Power BI": power_bi.QUESTIONS,
    "Grafana": grafana.QUESTIONS,
    "DBeaver": dbeaver.QUESTIONS,
    "DataGrip": datagrip.QUESTIONS,
    "pgAdmin": pgadmin.QUESTIONS,
    "dbt": others.DBT,
    "Cube": others.CUBE,
    "Lightdash": others.LIGHTDASH,
    "Redash": others.REDASH,
    "Looker": others.LOOKER,
    "Airbyte": others.AIRBYTE,
    "Spark": others.SPARK,
    "Tableau and ODBC": others.TABLEAU,
    "pgcli": others.PGCLI,
}
