"""Views over Xero's tables and scratch: what they cost, what they may be called, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import xerosql
from xerosql.plan import views


@pytest.fixture(scope="module")
def connect(shared: Any) -> Callable[..., xerosql.Connection]:
    sim, tenant, _ = shared

    def connect(**options: Any) -> xerosql.Connection:
        given = {"access_token": "x", "tenant": tenant, "calls_per_minute": 1_000_000} | options
        return xerosql.connect(handler=sim.handle, **given)

    return connect


@pytest.fixture
def connection(connect: Callable[..., xerosql.Connection]) -> Iterator[xerosql.Connection]:
    with connect() as connection:
        yield connection


@pytest.fixture
def scratch(connection: xerosql.Connection) -> xerosql.Connection:
    """With a table and two views, one on the other."""
    connection.execute("CREATE TABLE scratch.t (a integer, b varchar)")
    connection.execute("INSERT INTO scratch.t VALUES (1, 'one'), (2, 'two')")
    connection.execute("CREATE VIEW scratch.v AS SELECT a AS n, upper(b) AS Loud FROM scratch.t")
    connection.execute("CREATE VIEW scratch.w AS SELECT n * 10 AS m FROM scratch.v")
    return connection


def rows(connection: xerosql.Connection, sql: str, *parameters: object) -> list[Any]:
    return connection.execute(sql, parameters).fetchall()


def names(connection: xerosql.Connection, sql: str) -> list[str]:
    return [column[0] for column in connection.execute(sql).description]


def refusal(connection: xerosql.Connection, sql: str, sentence: str, parameters: Any = None) -> str | None:
    """The SQLSTATE of the error with this sentence."""
    with pytest.raises(xerosql.Error, match=sentence) as caught:
        connection.execute(sql, parameters)
    return caught.value.sqlstate


# -- What goes through a view ------------------------------------------------------------------------------------------

OPEN = (
    "SELECT p.Name AS Project, t.Name AS Task, t.ProjectId, t.TenantId, t.RateValue "
    "FROM Tasks t JOIN Projects p USING (ProjectId) WHERE p.Status = 'INPROGRESS'"
)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Task FROM {} v WHERE ProjectId = '{project}'",
        "SELECT v.* FROM {} AS v WHERE v.ProjectId IN ('{project}') ORDER BY v.Task LIMIT 2",
        "SELECT count(*), sum(RateValue) FROM {} v WHERE TenantId = '{tenant}' AND ProjectId = '{project}'",
        "SELECT Task, e.Duration FROM {} v JOIN Time e ON e.ProjectId = v.ProjectId WHERE v.ProjectId = '{project}'",
        "SELECT Task FROM {} v LIMIT 3",
        "WITH x AS (SELECT * FROM {} v) SELECT sum(RateValue) FROM x WHERE ProjectId = '{project}'",
    ],
)
def test_a_view_costs_what_its_query_costs(connection: xerosql.Connection, shared: Any, query: str) -> None:
    """By what EXPLAIN expects, by what the simulator is asked, and by the rows."""
    sim, tenant, _ = shared
    project = next(row["projectId"] for row in sim.rows(tenant)["projects"] if row["status"] == "INPROGRESS")
    connection.execute(f"CREATE VIEW scratch.open_tasks AS {OPEN}")
    outcomes = []
    for source in ("scratch.open_tasks", f"({OPEN})"):
        sql = query.replace("{}", source).format(project=project, tenant=tenant)
        connection.execute(sql).fetchall()  # once, to learn how long the lists are
        explained = [row for row in rows(connection, f"EXPLAIN {sql}") if row[1] in ("plan", "access path", "scan")]
        sim.reset_counters()
        outcomes.append((rows(connection, sql), [each.path for each in sim.requests], explained))
    through, written = outcomes
    assert through == written
    assert written[1]


def test_a_view_of_a_table_is_counted_as_the_table_is(connection: xerosql.Connection, shared: Any) -> None:
    """Without its rows: nobody wants the columns that the view names."""
    sim, _, _ = shared
    connection.execute("CREATE VIEW scratch.billed AS SELECT Name, upper(Name) AS Loud, Status FROM Tasks")
    asked = []
    for source in ("scratch.billed", "Tasks"):
        sim.reset_counters()
        rows(connection, f"SELECT count(*) FROM {source}")
        asked.append(sorted((each.path, each.query) for each in sim.requests))  # several at a time, in any order
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("definition", "count"),
    [
        ("SELECT DISTINCT b, a % 2 AS c FROM scratch.numbers", 4),
        ("SELECT sum(a) AS s, count(*) AS n FROM scratch.numbers", 1),
        ("SELECT max(a) AS s FROM scratch.numbers GROUP BY b", 2),
        ("SELECT a, unnest([1, 2]) AS u FROM scratch.numbers", 12),
        ("SELECT a, row_number() OVER (ORDER BY a) AS r FROM scratch.numbers ORDER BY r LIMIT 4", 4),
        ("SELECT a, b FROM scratch.numbers UNION SELECT 1, 'x'", 6),
        ("SELECT b, a % 2 AS c, max(a) AS m FROM scratch.numbers GROUP BY ALL", 4),
        ("SELECT mean(a) AS m FROM scratch.numbers", 1),
        ("SELECT list(b) AS l FROM scratch.numbers", 1),
        ("SELECT wavg(a, 2) AS w FROM scratch.numbers", 1),
        ("SELECT a, regexp_split_to_table('x y z', ' ') AS u FROM scratch.numbers", 18),
        ("SELECT a, generate_subscripts([1, 2], 1) AS u FROM scratch.numbers", 12),
    ],
)
def test_what_decides_on_the_rows_of_a_view_stays(connection: xerosql.Connection, definition: str, count: int) -> None:
    """Also where nobody asks for its columns."""
    connection.execute("CREATE TABLE scratch.numbers (a integer, b varchar)")
    connection.execute("INSERT INTO scratch.numbers VALUES (1,'x'), (2,'x'), (3,'x'), (4,'y'), (5,'y'), (6,'y')")
    connection.execute(f"CREATE VIEW scratch.counted AS {definition}")
    assert rows(connection, "SELECT count(*) FROM scratch.counted") == [(count,)]
    assert rows(connection, "SELECT count(*) FROM scratch.counted c WHERE EXISTS (SELECT 1)") == [(count,)]


def test_making_describing_and_listing_views_costs_nothing(connection: xerosql.Connection, shared: Any) -> None:
    sim, _, _ = shared
    sim.reset_counters()
    connection.execute(f"CREATE VIEW scratch.open_tasks AS {OPEN}")
    told = connection.describe("SELECT Project, RateValue FROM scratch.open_tasks")
    rows(connection, "SELECT * FROM information_schema.columns")
    assert [(name, kind.sql) for name, kind in told.columns or ()] == [
        ("Project", "VARCHAR"),
        ("RateValue", "DECIMAL(18,4)"),
    ]
    assert told.plain == (("projects", "projects", "name"), ("projects", "tasks", "ratevalue"))
    assert sim.requests == []


def test_budgets_and_parameters_of_readers_go_through(connection: xerosql.Connection, shared: Any) -> None:
    sim, tenant, _ = shared
    project = sim.rows(tenant)["tasks"][0]["projectId"]
    connection.execute("CREATE VIEW scratch.tasks AS SELECT Name AS n, ProjectId AS p FROM Tasks")
    connection.execute("SET max_calls = 1")
    assert rows(connection, "SELECT count(*) FROM scratch.tasks WHERE p = ?", project)[0][0] > 0
    with pytest.raises(xerosql.BudgetError):
        rows(connection, "SELECT n FROM scratch.tasks")


def test_tables_of_every_kind_stand_in_views(scratch: xerosql.Connection, shared: Any) -> None:
    """Those that describe, those of scratch beside Xero's, and organisations that are named."""
    sim, tenant, _ = shared
    other = sim.tenants[0][0]
    for sql in (
        "CREATE VIEW scratch.settings AS SELECT Name FROM sys.variables",
        "CREATE VIEW scratch.mine AS SELECT TenantId FROM Tenants WHERE IsActive",
        "CREATE VIEW scratch.both AS SELECT u.Name, v.n FROM Users u, scratch.v",
        f"CREATE VIEW scratch.other AS SELECT DISTINCT TenantId FROM Projects WHERE TenantId = '{other}'",
        "CREATE VIEW scratch.listed AS SELECT table_name FROM information_schema.tables",
    ):
        scratch.execute(sql)
    assert ("max_calls",) in rows(scratch, "SELECT * FROM scratch.settings")
    assert rows(scratch, "SELECT * FROM scratch.mine") == [(tenant,)]
    assert len(rows(scratch, "SELECT * FROM scratch.both")) == 2 * len(rows(scratch, "SELECT Name FROM Users"))
    assert rows(scratch, "SELECT * FROM scratch.other") == [(other,)]
    assert ("listed",) in rows(scratch, "SELECT * FROM scratch.listed")


def test_writes_to_xero_read_views(books: Any) -> None:
    """Which rows to change, and rows to insert."""
    (key,) = books.new_tasks(1)
    books.run("CREATE VIEW scratch.chosen AS SELECT Id AS k, ProjectId AS p FROM Tasks WHERE Name = 'Fresh 0'")
    changed = "UPDATE Tasks SET Name = 'Seen' WHERE ProjectId = ? AND Id IN (SELECT k FROM scratch.chosen) RETURNING Id"
    assert books.run(changed, [key.partition("/")[0]]).fetchall() == [(key,)]
    books.run("CREATE OR REPLACE VIEW scratch.chosen AS SELECT Id AS k, ProjectId AS p FROM Tasks WHERE Name = 'Seen'")
    added = (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "SELECT p, 'Again', 1, 'TIME' FROM scratch.chosen WHERE p = ? RETURNING Name"
    )
    assert books.run(added, [key.partition("/")[0]]).fetchall() == [("Again",)]
    gone = "DELETE FROM Tasks USING scratch.chosen WHERE Tasks.ProjectId = ? AND Tasks.Id = chosen.k"
    assert books.run(gone, [key.partition("/")[0]]).rowcount == 1


# -- Names -------------------------------------------------------------------------------------------------------------


def test_columns_are_called_as_the_view_says(scratch: xerosql.Connection) -> None:
    """By its list, its SELECT, or PostgreSQL's rule; a star shows them as they were written."""
    scratch.execute(
        'CREATE VIEW scratch.named ("First", second) AS SELECT Name, count(*), 1 AS x FROM Users GROUP BY 1'
    )
    assert names(scratch, "SELECT * FROM scratch.named") == ["First", "second", "x"]
    assert names(scratch, "SELECT v.*, LOUD FROM scratch.v") == ["n", "Loud", "Loud"]
    scratch.execute("CREATE VIEW scratch.counted AS SELECT count(*), ChargeType FROM Tasks GROUP BY 2 ORDER BY 1 DESC")
    assert names(scratch, "SELECT * FROM SCRATCH.Counted") == ["count", "ChargeType"]
    assert names(scratch, "SELECT x.b FROM scratch.v AS x(a, b)") == ["b"]
    assert rows(scratch, "SELECT scratch.v.n FROM scratch.v ORDER BY scratch.v.n") == [(1,), (2,)]


def test_names_are_folded_for_who_has_them_folded(connect: Callable[..., xerosql.Connection]) -> None:
    with connect(fold_names=True, search_path=("scratch", "projects")) as connection:
        connection.execute('CREATE VIEW v AS SELECT Name AS Project, Status AS "State" FROM Projects')
        assert names(connection, "SELECT * FROM V") == ["project", "State"]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("SELECT a AS x, b AS y FROM scratch.t ORDER BY y DESC LIMIT 1", [(2, "two")]),
        ("SELECT a AS q, b FROM scratch.t UNION ALL SELECT 0, 'none' ORDER BY q LIMIT 1", [(0, "none")]),
        ("(SELECT a, b FROM scratch.t ORDER BY a DESC LIMIT 1)", [(2, "two")]),
        ("SELECT a, b FROM scratch.t UNION BY NAME SELECT 'zero' AS b, 0 AS a ORDER BY a LIMIT 1", [(0, "zero")]),
        ("VALUES (7, 'seven')", [(7, "seven")]),
        ("WITH t AS (SELECT 5 AS five, 'five' AS b) SELECT * FROM t", [(5, "five")]),
        (
            "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT max(n), 'n' FROM r",
            None,
        ),
        ("SELECT DISTINCT ON (b) a, b FROM scratch.t ORDER BY b DESC LIMIT 1", [(2, "two")]),
    ],
)
def test_a_column_list_renames_whatever_the_definition_is(
    scratch: xerosql.Connection, definition: str, expected: Any
) -> None:
    """Also where its own ORDER BY goes by the names that it had; CTEs of the reader are not the definition's."""
    scratch.execute(f"CREATE VIEW scratch.renamed (y, z) AS {definition}")
    found = rows(scratch, "WITH t AS (SELECT 9 AS five, 9 AS a, '9' AS b) SELECT y, z FROM scratch.renamed")
    assert found == (expected or [(3, "n")])


def test_a_definition_keeps_the_names_of_when_it_was_made(connect: Callable[..., xerosql.Connection]) -> None:
    """Neither the reader's search path nor a table that is made later changes what it reads."""
    with connect(search_path=("scratch", "projects")) as connection:
        connection.execute("CREATE VIEW people AS SELECT Name FROM Users")
        before = rows(connection, "SELECT * FROM people ORDER BY 1")
        connection.execute("CREATE TABLE users (name varchar)")
        assert rows(connection, "SELECT * FROM people ORDER BY 1") == before != []
        connection.session.search_path = ("projects",)
        assert rows(connection, "WITH Users AS (SELECT 'x' AS Name) SELECT * FROM scratch.people ORDER BY 1") == before
        connection.execute("CREATE TABLE scratch.people2 AS WITH people AS (SELECT 1 AS one) SELECT * FROM people")
        assert rows(connection, "SELECT * FROM scratch.people2") == [(1,)]


def test_definitions_in_another_dialect_mean_what_they_mean_there(connect: Callable[..., xerosql.Connection]) -> None:
    with connect(dialect="tsql") as connection:
        select = (
            "SELECT TOP 2 [Name], DATEDIFF(month, [Deadline], '2030-01-15') AS months FROM Projects ORDER BY [Name]"
        )
        connection.execute(f"CREATE OR ALTER VIEW scratch.first_two AS {select}")
        assert rows(connection, "SELECT * FROM scratch.first_two ORDER BY [Name]") == rows(connection, select)


# -- What becomes of views ---------------------------------------------------------------------------------------------


def test_views_are_made_replaced_renamed_and_dropped(scratch: xerosql.Connection) -> None:
    assert rows(scratch, "SELECT m FROM scratch.w ORDER BY 1") == [(10,), (20,)]
    scratch.execute("CREATE VIEW IF NOT EXISTS scratch.v AS SELECT 1 AS other")
    assert refusal(scratch, "CREATE VIEW scratch.v AS SELECT 1 AS other", "already exists") == "42P07"
    assert rows(scratch, "SELECT m FROM scratch.w ORDER BY 1") == [(10,), (20,)]
    scratch.execute("CREATE OR REPLACE VIEW scratch.v AS SELECT length(Name) * 0 AS n FROM Users")
    assert {row[0] for row in rows(scratch, "SELECT m FROM scratch.w")} == {0}
    scratch.execute("ALTER VIEW scratch.v RENAME TO v2")
    assert {row[0] for row in rows(scratch, "SELECT n FROM scratch.v2")} == {0}
    assert refusal(scratch, "SELECT m FROM scratch.w", "the view scratch.w does not fit what it reads") == "42P01"
    scratch.execute("DROP VIEW scratch.v2")
    scratch.execute("DROP VIEW IF EXISTS scratch.v2")
    assert refusal(scratch, "SELECT * FROM scratch.v2", "there is no table") == "42P01"


def test_a_table_that_a_view_reads_may_change(scratch: xerosql.Connection) -> None:
    """A new column is not the view's; one that is gone is told with the view's name, and may come back."""
    scratch.execute("CREATE VIEW scratch.every AS SELECT * FROM scratch.t")
    scratch.execute("ALTER TABLE scratch.t ADD COLUMN c integer")
    assert names(scratch, "SELECT * FROM scratch.every") == ["a", "b"]
    scratch.execute("ALTER TABLE scratch.t DROP COLUMN a")
    assert refusal(scratch, "SELECT m FROM scratch.w", r'view scratch.v does .* no column "t.a"') == "42703"
    scratch.execute("DROP TABLE scratch.t")
    assert refusal(scratch, "SELECT m FROM scratch.w", r'view scratch.v does .* no table "scratch.t"') == "42P01"
    assert len(rows(scratch, "SELECT * FROM information_schema.columns WHERE table_name IN ('v', 'w', 'every')")) == 5
    scratch.execute("CREATE TABLE scratch.t AS SELECT 4 AS a, 'four' AS b")
    assert rows(scratch, "SELECT m FROM scratch.w") == [(40,)]


@pytest.mark.parametrize(
    ("sql", "sentence", "sqlstate"),
    [
        ("INSERT INTO scratch.v VALUES (1, 'x')", "scratch.v is a view", "0A000"),
        ("UPDATE scratch.v SET n = 1", "scratch.v is a view", "0A000"),
        ("DELETE FROM scratch.v", "scratch.v is a view", "0A000"),
        ("TRUNCATE TABLE scratch.v", "scratch.v is a view", "0A000"),
        ("ALTER TABLE scratch.v ADD COLUMN x integer", "scratch.v is a view", "0A000"),
        ("CREATE INDEX i ON scratch.v (n)", "scratch.v is a view", "0A000"),
        ("CREATE OR REPLACE VIEW scratch.v AS SELECT * FROM scratch.w", "would contain itself", "42P17"),
        ("CREATE OR REPLACE VIEW scratch.v AS SELECT * FROM scratch.v", "would contain itself", "42P17"),
        ("CREATE VIEW scratch.x (a, b) AS SELECT 1", "more columns than its query", "42601"),
        ("CREATE VIEW scratch.x AS SELECT * FROM Tasks t JOIN Users u ON true", "is there twice", "42701"),
        ("CREATE VIEW scratch.x AS SELECT nothing FROM scratch.t", 'no column "nothing"', "42703"),
        ("CREATE VIEW scratch.x AS SELECT * FROM scratch.gone", "no table", "42P01"),
        ("CREATE VIEW scratch.x AS SELECT Name + 1 AS y FROM Tasks", "No function matches", "42000"),
        ("CREATE VIEW scratch.x AS SELECT current_setting('x')", "not allowed", "0A000"),
        ("CREATE VIEW scratch.x AS SELECT * FROM scratch.t WHERE a = $1", "cannot have parameters", "42P02"),
        ("CREATE MATERIALIZED VIEW scratch.x AS SELECT 1 AS a", "keep the rows", "0A000"),
        ("CREATE VIEW projects.x AS SELECT 1 AS a", "Xero's tables are fixed", "0A000"),
        ("UPDATE scratch.t SET b = 'x' WHERE b IN (SELECT * FROM scratch.people)", "only in its SELECT", "0A000"),
    ],
)
def test_what_a_view_cannot_do_is_refused(scratch: xerosql.Connection, sql: str, sentence: str, sqlstate: str) -> None:
    scratch.execute("CREATE VIEW scratch.people AS SELECT Name FROM Users")
    before = rows(scratch, "SELECT * FROM scratch.v, scratch.w")
    assert refusal(scratch, sql, sentence) == sqlstate
    assert rows(scratch, "SELECT * FROM scratch.v, scratch.w") == before


def test_changes_of_scratch_read_its_views(scratch: xerosql.Connection) -> None:
    scratch.execute("UPDATE scratch.t SET b = loud FROM scratch.v WHERE v.n = t.a AND t.a = 1")
    scratch.execute("DELETE FROM scratch.t WHERE a * 10 IN (SELECT m FROM scratch.w WHERE m > 10)")
    scratch.execute("INSERT INTO scratch.t SELECT m, loud FROM scratch.w, scratch.v")
    assert rows(scratch, "SELECT * FROM scratch.t ORDER BY a") == [(1, "ONE"), (10, "ONE")]


def test_views_that_come_to_contain_each_other_are_told(scratch: xerosql.Connection) -> None:
    """By renaming, which no definition takes notice of."""
    scratch.execute("CREATE VIEW scratch.other AS SELECT m AS n, 'x' AS loud FROM scratch.w")
    scratch.execute("ALTER VIEW scratch.v RENAME TO old")
    scratch.execute("ALTER VIEW scratch.other RENAME TO v")
    assert refusal(scratch, "SELECT * FROM scratch.w", "would contain itself") == "42P17"


def test_planning_through_views_is_bounded(scratch: xerosql.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains, and chains that double with each link, end in an error before they take long."""
    monkeypatch.setattr(views, "DEEPEST", 4)
    monkeypatch.setattr(views, "MOST", 7)
    scratch.execute("CREATE VIEW scratch.deep0 AS SELECT Name FROM Tasks WHERE Status = 'ACTIVE'")
    deeper = "CREATE VIEW scratch.deep{} AS SELECT Name FROM scratch.deep{} WHERE Name <> 'x'"
    for number in (1, 2, 3):
        scratch.execute(deeper.format(number, number - 1))
    assert refusal(scratch, deeper.format(4, 3), "more than 4 one within the other") == "54001"
    scratch.execute("CREATE VIEW scratch.wide0 AS SELECT a FROM scratch.t")
    wider = "CREATE VIEW scratch.wide{0} AS SELECT x.a FROM scratch.wide{1} x JOIN scratch.wide{1} y ON x.a = y.a"
    for number in (1, 2):
        scratch.execute(wider.format(number, number - 1))
    assert refusal(scratch, wider.format(3, 2), "more than 7 views") == "54001"


# -- Whose views they are ----------------------------------------------------------------------------------------------


def test_a_rolled_back_view_is_gone(connect: Callable[..., xerosql.Connection]) -> None:
    with connect(autocommit=False) as connection:
        connection.execute("CREATE VIEW scratch.v AS SELECT Name FROM Users")
        assert rows(connection, "SELECT * FROM scratch.v")
        connection.rollback()
        assert refusal(connection, "SELECT * FROM scratch.v", "there is no table") == "42P01"
        connection.execute("CREATE VIEW scratch.v AS SELECT 1 AS x")
        connection.commit()
        connection.execute("CREATE OR REPLACE VIEW scratch.v AS SELECT 2 AS x")
        assert rows(connection, "SELECT * FROM scratch.v") == [(2,)]
        connection.rollback()
        assert rows(connection, "SELECT * FROM scratch.v") == [(1,)]


def test_connections_that_share_scratch_share_views(connect: Callable[..., xerosql.Connection]) -> None:
    """Once they are committed; a view that is replaced by one is what the others read next."""
    shared = xerosql.Scratch()
    with connect(scratch=shared, autocommit=False) as one, connect(scratch=shared) as other:
        one.execute("CREATE VIEW scratch.v AS SELECT upper(Name) AS x FROM Users")
        assert refusal(other, "SELECT * FROM scratch.v", "there is no table") == "42P01"
        one.commit()
        assert all(row[0].isupper() for row in rows(other, "SELECT * FROM scratch.v"))
        one.execute("CREATE OR REPLACE VIEW scratch.v AS SELECT 'b' AS x")
        with one.sibling() as sibling:
            assert len(rows(sibling, "SELECT * FROM scratch.v")) > 1
            one.commit()
            assert rows(other, "SELECT * FROM scratch.v") == rows(sibling, "SELECT * FROM scratch.v") == [("b",)]


def test_a_queued_connection_reads_views(books: Any, tmp_path: Any) -> None:
    """Its own tables in them too."""
    queue = f"sqlite:///{tmp_path}/queue.sqlite"
    with books.connect(write_mode="queued", queue_url=queue) as connection:
        connection.execute("CREATE VIEW scratch.waiting AS SELECT count(*) AS n FROM queue.XeroTasks")
        connection.execute(
            "CREATE VIEW scratch.busy AS SELECT ProjectId AS p FROM Projects WHERE Status = 'INPROGRESS'"
        )
        connection.execute(
            "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
            "SELECT p, 'Later', 1, 'TIME' FROM scratch.busy LIMIT 1"
        )
        connection.commit()
        assert rows(connection, "SELECT n FROM scratch.waiting") == [(1,)]


# -- What is told of them ----------------------------------------------------------------------------------------------


def test_views_are_listed_with_columns_comments_and_definition(scratch: xerosql.Connection) -> None:
    scratch.execute(f"CREATE VIEW scratch.open_tasks AS {OPEN}")
    scratch.execute("COMMENT ON VIEW scratch.open_tasks IS 'What is to be done.'")
    scratch.execute("COMMENT ON COLUMN scratch.open_tasks.Task IS 'Its name.'")
    table = "SELECT table_type, is_insertable_into, table_comment FROM information_schema.tables WHERE table_name = ?"
    assert rows(scratch, table, "open_tasks") == [("VIEW", "NO", "What is to be done.")]
    columns = (
        "SELECT column_name, data_type, column_comment FROM information_schema.columns "
        "WHERE table_name = 'open_tasks' ORDER BY ordinal_position"
    )
    assert rows(scratch, columns) == [
        ("Project", "VARCHAR", None),
        ("Task", "VARCHAR", "Its name."),
        ("ProjectId", "VARCHAR", None),
        ("TenantId", "VARCHAR", None),
        ("RateValue", "DECIMAL(18,4)", None),
    ]
    definition = "SELECT view_definition FROM information_schema.views WHERE table_name = 'open_tasks'"
    (told,) = rows(scratch, definition)[0]
    assert 'FROM projects."Tasks" AS t' in told
    assert "\"Status\" = 'INPROGRESS'" in told
    assert sorted(rows(scratch, told)) == sorted(rows(scratch, "SELECT * FROM scratch.open_tasks"))


def test_a_view_that_is_read_without_its_definition_is_an_error(scratch: xerosql.Connection) -> None:
    """What the engine has in its place does not pass for one without rows."""
    with pytest.raises(xerosql.Error, match="without its definition"):
        scratch.session.engine.rows("SELECT count(*) FROM scratch.v")


def test_what_is_ordered_by_all_columns_of_a_view_is_ordered_by_those_that_nobody_reads(
    connect: Callable[..., xerosql.Connection],
) -> None:
    """ORDER BY ALL is DuckDB's."""
    with connect(dialect="duckdb") as connection:
        connection.execute("CREATE TABLE scratch.t AS SELECT * FROM (VALUES (2, 'a'), (1, 'c'), (1, 'b')) v(x, y)")
        connection.execute("CREATE VIEW scratch.first AS SELECT x, y FROM scratch.t ORDER BY ALL LIMIT 2")
        assert sorted(rows(connection, "SELECT y FROM scratch.first")) == [("b",), ("c",)]
