"""What the inspector tells of Xero's tables and of those in scratch."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, FetchedValue, ForeignKey, MetaData, Table, inspect, select, text, types
from sqlalchemy.engine import Engine
from sqlalchemy.exc import NoSuchTableError

from xerosql.simulator import Simulator


def columns_of(engine: Engine, table: str, schema: str | None = None) -> dict[str, Any]:
    return {column["name"]: column for column in inspect(engine).get_columns(table, schema)}


def test_schemas_tables_and_views_are_listed(engine: Engine) -> None:
    """What can only be read is a view."""
    inspector = inspect(engine)
    assert inspector.default_schema_name == "projects"
    assert {"projects", "scratch", "sys", "information_schema"} <= set(inspector.get_schema_names())
    assert inspector.get_table_names() == ["Projects", "Tasks", "Time"]
    assert inspector.get_view_names() == ["Tenants", "Users"]
    assert inspector.get_table_names("scratch") == []
    assert "statements" in inspector.get_view_names("sys")


def test_columns_have_types_nullability_and_comments(engine: Engine) -> None:
    columns = columns_of(engine, "Tasks")
    assert isinstance(columns["RateValue"]["type"], types.NUMERIC)
    assert (columns["RateValue"]["type"].precision, columns["RateValue"]["type"].scale) == (18, 4)
    assert isinstance(columns["TotalMinutes"]["type"], types.INTEGER)
    assert columns["Name"]["type"].length == 100
    assert (columns["Name"]["nullable"], columns["EstimateMinutes"]["nullable"]) == (False, True)
    assert columns["TotalMinutes"]["comment"] == "All time logged on the task."
    assert isinstance(columns_of(engine, "Time")["Date"]["type"], types.DATE)
    assert isinstance(columns_of(engine, "Projects")["Deadline"]["type"], types.TIMESTAMP)
    assert isinstance(columns_of(engine, "Tenants")["IsActive"]["type"], types.BOOLEAN)


def test_what_xero_gives_a_row_has_a_fetched_value_for_its_default(engine: Engine) -> None:
    """The ORM then leaves it out of an INSERT; what the user gives has none."""
    given = {name for name, each in columns_of(engine, "Tasks").items() if isinstance(each["default"], FetchedValue)}
    assert {"Id", "TaskId", "Status", "TotalMinutes", "TenantId"} <= given
    assert not given & {"ProjectId", "Name", "ChargeType", "RateValue", "EstimateMinutes"}


def test_keys_and_references_are_told(engine: Engine) -> None:
    inspector = inspect(engine)
    assert inspector.get_pk_constraint("Tasks") == {"name": "Tasks_pkey", "constrained_columns": ["Id"]}
    assert [each["column_names"] for each in inspector.get_unique_constraints("Tasks")] == [["TaskId"]]
    references = {
        each["constrained_columns"][0]: (each["referred_table"], each["referred_columns"][0])
        for each in inspector.get_foreign_keys("Time")
    }
    assert references == {
        "ProjectId": ("Projects", "ProjectId"),
        "TaskId": ("Tasks", "TaskId"),
        "TenantId": ("Tenants", "TenantId"),
        "UserId": ("Users", "UserId"),
    }
    assert inspector.get_table_comment("Tasks")["text"].startswith("Tasks of every project")
    assert inspector.get_indexes("Tasks") == []


def test_names_are_found_in_any_case(engine: Engine) -> None:
    assert inspect(engine).has_table("TASKS", "Projects")
    assert list(columns_of(engine, "tasks")) == list(columns_of(engine, "Tasks"))
    assert not inspect(engine).has_table("Task")


@pytest.mark.parametrize("method", ["get_columns", "get_pk_constraint", "get_foreign_keys", "get_indexes"])
def test_a_table_that_does_not_exist_is_told(engine: Engine, method: str) -> None:
    with pytest.raises(NoSuchTableError):
        getattr(inspect(engine), method)("Task")


def test_reflecting_costs_no_call(engine: Engine, sim: Simulator) -> None:
    """Neither does connecting."""
    metadata = MetaData()
    metadata.reflect(engine, views=True)
    assert {"Projects", "Tasks", "Time", "Users", "Tenants"} <= set(metadata.tables)
    assert sim.calls == 0


def test_a_reflected_table_is_queried_by_its_columns(engine: Engine) -> None:
    """The names in PascalCase are quoted, and found."""
    tasks = Table("tasks", MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        row = connection.execute(select(tasks.c.Name, tasks.c.RateValue).where(tasks.c.ChargeType == "FIXED")).first()
    assert row is not None
    assert row.Name


def test_a_scratch_table_is_told_as_it_was_made(scratch: Engine) -> None:
    """With the names of its constraints and the lengths of its texts, which the engine itself forgets."""
    with scratch.begin() as connection:
        for sql in (
            "CREATE TABLE places (id serial PRIMARY KEY, Code varchar(3) CONSTRAINT one_code UNIQUE)",
            "CREATE TABLE visits (id integer, place integer DEFAULT 7, stay integer NOT NULL, "
            "twice integer GENERATED ALWAYS AS (stay * 2), CONSTRAINT visits_key PRIMARY KEY (id), "
            "CONSTRAINT at_place FOREIGN KEY (place) REFERENCES places (id), CONSTRAINT some CHECK (stay > 0))",
            "CREATE INDEX by_stay ON visits (stay, (stay + 1))",
            "CREATE VIEW long_visits AS SELECT id FROM visits WHERE stay > 9",
            "CREATE VIEW running AS SELECT Name, ProjectId AS Project, TotalInvoicedValue FROM projects.Projects",
            "COMMENT ON VIEW running IS 'What is going on.'",
            "COMMENT ON TABLE visits IS 'Who came.'",
            "COMMENT ON COLUMN visits.stay IS 'Days.'",
            "CREATE SEQUENCE numbers",
        ):
            connection.exec_driver_sql(sql)
    inspector = inspect(scratch)
    assert (inspector.get_table_names(), inspector.get_view_names()) == (
        ["places", "visits"],
        ["long_visits", "running"],
    )
    columns = columns_of(scratch, "visits")
    assert (columns["place"]["default"], columns["stay"]["nullable"], columns["stay"]["comment"]) == (
        "7",
        False,
        "Days.",
    )
    assert columns["twice"]["computed"]["sqltext"] == "(stay * 2)"
    assert columns_of(scratch, "places")["Code"]["type"].length == 3
    assert columns_of(scratch, "places")["id"]["autoincrement"] is True
    assert inspector.get_pk_constraint("visits") == {"name": "visits_key", "constrained_columns": ["id"]}
    assert inspector.get_unique_constraints("places") == [{"name": "one_code", "column_names": ["Code"]}]
    assert inspector.get_check_constraints("visits") == [{"name": "some", "sqltext": "stay > 0"}]
    (reference,) = inspector.get_foreign_keys("visits")
    assert (reference["name"], reference["referred_table"]) == ("at_place", "places")
    assert inspector.get_indexes("visits")[0]["expressions"] == ["stay", "(stay + 1)"]
    assert inspector.get_table_comment("visits") == {"text": "Who came."}
    assert "stay > 9" in inspector.get_view_definition("long_visits")
    assert 'FROM projects."Projects"' in inspector.get_view_definition("running")
    assert inspector.get_table_comment("running") == {"text": "What is going on."}
    assert list(columns_of(scratch, "running")) == ["Name", "Project", "TotalInvoicedValue"]
    assert columns_of(scratch, "running")["TotalInvoicedValue"]["type"].scale == 4
    assert inspector.get_sequence_names() == ["numbers"]


def test_temporary_tables_are_reflected_on_their_connection(engine: Engine) -> None:
    """Before one of the default schema that has the same name; a pool's other connections know nothing of them."""
    metadata = MetaData()
    parent = Table("Tasks", metadata, Column("id", types.Integer, primary_key=True), prefixes=["TEMPORARY"])
    of = Column("of", ForeignKey(parent.c.id))
    child = Table("notes", metadata, Column("note", types.String(5)), of, prefixes=["TEMPORARY"], comment="Notes.")
    with engine.connect() as connection, engine.connect() as other:
        with connection.begin():
            for each in (parent, child):
                each.create(connection)
            connection.execute(text("CREATE TEMP VIEW noted AS SELECT note FROM notes"))
        inspector = inspect(connection)
        assert inspector.get_temp_table_names() == ["notes", "tasks"]
        assert inspector.get_temp_view_names() == ["noted"]
        assert [column["name"] for column in inspector.get_columns("tasks")] == ["id"]
        assert len(inspector.get_columns("tasks", "projects")) > 1
        assert inspector.get_table_comment("notes") == {"text": "Notes."}
        (reference,) = inspector.get_foreign_keys("notes")
        assert (reference["referred_schema"], reference["referred_table"]) == (None, "tasks")
        assert not [name for name in inspector.get_schema_names() if name.startswith("pg_temp")]
        found = Table("notes", MetaData(), autoload_with=connection)
        assert found.c.note.type.length == 5
        assert inspect(other).get_temp_table_names() == []
        assert not inspect(other).has_table("notes")
