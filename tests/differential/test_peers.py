"""What other systems that put SQL on an API have got wrong: each a case that must be right here."""

from __future__ import annotations

from typing import Any

import pytest

from .world import Question, World, names_of


@pytest.fixture
def same_rows(demo: World) -> Any:
    """Asks a query every way, with `{name}` for the ids that `names_of` knows; returns the calls with pushdown."""

    def ask(sql: str, *, ordered: bool = False, parameters: Any = None) -> int:
        names = {name: f"'{value}'" for name, value in names_of(demo).items()}
        question = Question(sql.format(**names), ordered=ordered, parameters=parameters)
        difference = demo.difference(question)
        assert not difference, difference
        return demo.through(demo.on, "pushdown on", question).calls

    return ask


# -- Shillelagh --------------------------------------------------------------------------------------------------------


def test_two_inequalities_do_not_exclude_everything(same_rows: Any) -> None:
    """`x <> 1 AND x <> 2` keeps all other rows."""
    same_rows("SELECT Name FROM Projects WHERE ProjectId <> {project} AND ProjectId <> {closed}")
    same_rows("SELECT Id FROM Tasks WHERE ChargeType <> 'TIME' AND ChargeType <> 'FIXED'")
    same_rows("SELECT Id FROM Time WHERE Status <> 'ACTIVE' AND Status <> 'INVOICED'")


def test_limit_is_not_taken_below_an_order_the_api_does_not_have(same_rows: Any) -> None:
    """ORDER BY sorts all rows before LIMIT takes some."""
    same_rows("SELECT Id, Duration FROM Time ORDER BY Duration DESC, Id LIMIT 2", ordered=True)
    same_rows("SELECT Name FROM Projects ORDER BY MinutesLogged DESC, ProjectId LIMIT 2", ordered=True)


def test_limit_is_not_taken_before_a_filter_the_api_does_not_have(same_rows: Any) -> None:
    """LIMIT counts the rows that pass the whole WHERE (shillelagh #449)."""
    same_rows("SELECT Name FROM Projects WHERE MinutesLogged > 5000 LIMIT 4")
    same_rows("SELECT Id FROM Tasks WHERE ProjectId = {project} AND Name LIKE '%e%' LIMIT 3")
    same_rows("SELECT Id FROM Time WHERE Status = 'LOCKED' AND Duration > 60 LIMIT 5")


def test_equal_or_is_one_list_of_values(same_rows: Any) -> None:
    """`k = a OR k = b` binds like IN."""
    assert same_rows("SELECT Name FROM Tasks WHERE ProjectId = {project} OR ProjectId = {closed}") == 2


def test_a_join_reads_each_table_once(same_rows: Any) -> None:
    """Five outer rows do not make five scans of the inner table."""
    assert same_rows("SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId)") <= 50


def test_a_left_join_asks_for_each_key_once(same_rows: Any) -> None:
    """Many entries of one project ask for that project's tasks once."""
    sql = "SELECT e.Id, t.Name FROM Time e LEFT JOIN Tasks t ON t.ProjectId = e.ProjectId AND t.TaskId = e.TaskId"
    assert same_rows(f"{sql} WHERE e.ProjectId = {{project}}") <= 2


def test_columns_of_a_join_are_all_fetched(same_rows: Any) -> None:
    """Columns that only ON, WHERE or ORDER BY mention are fetched too (shillelagh #520, stackql #682)."""
    same_rows(
        "SELECT t.Name FROM Tasks t JOIN Time e ON e.TaskId = t.TaskId JOIN Users u ON u.UserId = e.UserId "
        "WHERE u.Email LIKE 'a%' AND e.Duration > 60 AND t.EstimateMinutes > 0 ORDER BY t.RateValue, e.Id",
    )


def test_a_self_join_keeps_its_two_sides_apart(same_rows: Any) -> None:
    """Each alias has conditions of its own."""
    same_rows("SELECT a.Id, b.Id FROM Tasks a, Tasks b WHERE a.ProjectId = {project} AND b.ProjectId = {closed}")


def test_money_is_not_added_up_as_floats(demo: World) -> None:
    """SUM of money has the digits of the exact sum."""
    exact = sum(row["totalAmount"]["value"] for row in demo.simulator.rows(demo.tenant)["tasks"])
    assert demo.on.execute("SELECT sum(TotalAmountValue) FROM Tasks").fetchall() == [(exact,)]


# -- Steampipe ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT p.Name, t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.Status = 'CLOSED'",
        "SELECT p.Name, t.Name FROM Tasks t JOIN Projects p ON p.ProjectId = t.ProjectId WHERE p.ContactId = {contact}",
        "SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId",
        "SELECT p.Name, t.Name FROM Tasks t LEFT JOIN Projects p ON t.ProjectId = p.ProjectId",
        "SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Status = 'CLOSED')",
        "SELECT Name FROM Tasks WHERE ProjectId = (SELECT ProjectId FROM Projects ORDER BY ProjectId LIMIT 1)",
        "SELECT p.Name, (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId) FROM Projects p",
        "WITH p AS (SELECT * FROM Projects WHERE Status = 'CLOSED') SELECT Id FROM p JOIN Tasks USING(ProjectId)",
        "SELECT p.Name, x.Name FROM Projects p, LATERAL (SELECT Name FROM Tasks t WHERE t.ProjectId = p.ProjectId) x",
        "SELECT e.Id FROM Time e JOIN Tasks t ON t.TaskId = e.TaskId AND t.Status = 'LOCKED'",
        "SELECT t.Name FROM Tasks t WHERE t.ProjectId::text = {project}",
        "SELECT x.Name FROM (SELECT * FROM Tasks) x JOIN (SELECT * FROM Projects) y ON x.ProjectId = y.ProjectId",
    ],
    ids=[
        "join",
        "join-the-other-way",
        "left-join",
        "left-join-the-other-way",
        "in-subquery",
        "scalar-subquery",
        "correlated-subquery",
        "cte",
        "lateral",
        "join-without-the-key",
        "cast-key",
        "derived-tables",
    ],
)
def test_the_required_key_is_never_missed(same_rows: Any, sql: str) -> None:
    """Tasks and Time can be listed only per project; a query that binds no project, or binds it roundabout, runs."""
    same_rows(sql)


def test_a_limited_result_does_not_answer_the_unlimited_query(demo: World) -> None:
    """Rows left unread by LIMIT are there for the next statement (steampipe-sdk #254)."""
    with demo.connect() as connection:
        assert len(connection.execute("SELECT Id FROM Time LIMIT 3").fetchall()) == 3
        cursor = connection.execute("SELECT Id FROM Time")
        cursor.fetchmany(2)
        cursor.close()
        whole = len(demo.simulator.rows(demo.tenant)["time"])
        assert len(connection.execute("SELECT Id FROM Time").fetchall()) == whole


def test_a_narrow_result_does_not_answer_the_wide_query(same_rows: Any) -> None:
    """One statement may read the same table narrowed and whole; sums stay right (steampipe #4378)."""
    same_rows(
        "SELECT (SELECT sum(Duration) FROM Time WHERE ProjectId = {project}), (SELECT sum(Duration) FROM Time), "
        "(SELECT sum(Duration) FROM Time WHERE Status = 'LOCKED')"
    )


def test_something_not_found_is_found_once_it_exists(demo: World) -> None:
    """No answer outlives its statement, least of all 'there is none' (steampipe-fdw #60)."""
    sql = "SELECT count(*) FROM Tasks WHERE ProjectId = ?"
    with demo.connect() as connection:
        for name, expected in (("unknown", 0), ("empty", 0)):
            assert connection.execute(sql, [names_of(demo)[name]]).fetchall() == [(expected,)]
        project = names_of(demo)["project"]
        tasks = [row for row in demo.simulator.rows(demo.tenant)["tasks"] if row["projectId"] == project]
        assert connection.execute(sql, [project]).fetchall() == [(len(tasks),)]


def test_two_lists_of_keys_are_both_used(same_rows: Any) -> None:
    """A second list of values narrows too, and neither is dropped."""
    same_rows(
        "SELECT Id FROM Time WHERE ProjectId IN ({project}, {closed}) AND UserId IN ({user}, {user2}) "
        "AND Status IN ('ACTIVE', 'INVOICED')"
    )


# -- StackQL -----------------------------------------------------------------------------------------------------------


def test_offset_is_applied_once(same_rows: Any) -> None:
    """OFFSET skips its rows on one side only."""
    same_rows("SELECT Name FROM Projects ORDER BY ProjectId LIMIT 5 OFFSET 5", ordered=True)
    same_rows("SELECT Name FROM Projects LIMIT 5 OFFSET 45")
    same_rows("SELECT Name FROM Projects OFFSET 46")


def test_an_aggregate_with_limit_reads_every_row(same_rows: Any) -> None:
    """`SELECT sum(x) FROM t LIMIT 1` limits the one row of the sum, not what is summed."""
    same_rows("SELECT sum(MinutesLogged) FROM Projects LIMIT 1")
    same_rows("SELECT max(Date) FROM Time LIMIT 1")
    same_rows("SELECT count(*) FROM Tasks LIMIT 1")


def test_distinct_and_groups_are_made_before_limit(same_rows: Any) -> None:
    """LIMIT counts distinct rows and groups."""
    same_rows("SELECT DISTINCT Status FROM Time ORDER BY Status LIMIT 2", ordered=True)
    same_rows("SELECT UserId, count(*) FROM Time GROUP BY UserId ORDER BY UserId LIMIT 2", ordered=True)
    same_rows("SELECT Status FROM Tasks UNION SELECT Status FROM Time ORDER BY 1 LIMIT 3", ordered=True)
    same_rows("SELECT Id, count(*) OVER () FROM Tasks ORDER BY Id LIMIT 2", ordered=True)


def test_every_kind_of_join_and_set_operation_runs(same_rows: Any) -> None:
    """RIGHT, FULL and CROSS JOIN, INTERSECT and EXCEPT are there."""
    same_rows("SELECT u.Name, p.Name FROM Projects p RIGHT JOIN Users u ON u.Name = p.Name")
    same_rows("SELECT u.Name, p.Name FROM Projects p FULL JOIN Users u ON u.Name = p.Name")
    same_rows("SELECT u.Name, p.Name FROM Projects p CROSS JOIN Users u")
    same_rows("SELECT ProjectId FROM Projects INTERSECT SELECT ProjectId FROM Time")
    same_rows("SELECT ProjectId FROM Projects EXCEPT SELECT ProjectId FROM Time")


# -- MindsDB and its Xero handler --------------------------------------------------------------------------------------


def test_equality_is_exact(same_rows: Any) -> None:
    """No fuzzy match of the API stands in for `=`: neither part of a name nor another case will do."""
    same_rows("SELECT ProjectId FROM Projects WHERE Name = 'Website'")
    same_rows("SELECT ProjectId FROM Projects WHERE Name = 'website'")
    same_rows("SELECT Id FROM Tasks WHERE ChargeType = 'Time'")


def test_like_and_in_are_not_equality(same_rows: Any) -> None:
    """Patterns and lists mean what they say on columns that the API filters by equality."""
    same_rows("SELECT Id FROM Tasks WHERE ProjectId = {project} AND ChargeType LIKE '%IM%'")
    same_rows("SELECT Id FROM Tasks WHERE ProjectId = {project} AND ChargeType IN ('TIME', 'NON_CHARGEABLE')")
    same_rows("SELECT Name FROM Projects WHERE ContactId LIKE '%a%'")
    same_rows("SELECT Id FROM Time WHERE ProjectId = {project} AND UserId NOT IN ({user}, {user2})")


def test_after_a_day_is_not_from_that_day(demo: World, same_rows: Any) -> None:
    """`>` and `<` leave out the day itself, although the API's bounds are inclusive."""
    day = demo.truth.execute("SELECT mode(Date) FROM Time").fetchall()[0][0]
    for operator in (">", ">=", "<", "<=", "=", "<>"):
        same_rows(f"SELECT Id FROM Time WHERE Date {operator} '{day}'")
        same_rows(f"SELECT Id FROM Time WHERE DATE '{day}' {operator} Date")


def test_limit_is_not_taken_from_one_table_of_a_join(same_rows: Any) -> None:
    """LIMIT counts joined rows (mindshub #11771)."""
    same_rows("SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE t.Status = 'LOCKED' LIMIT 8")
    same_rows("SELECT p.Name, t.Id FROM Projects p LEFT JOIN Tasks t USING (ProjectId) LIMIT 30 OFFSET 10")


def test_every_page_is_read(paged: World) -> None:
    """A list longer than a page comes whole, with filters, limits and offsets across the page's edge."""
    for sql in (
        "SELECT Name FROM Tasks",
        "SELECT count(*), count(DISTINCT TaskId), sum(RateValue) FROM Tasks",
        "SELECT Id FROM Time WHERE Duration >= 240",
        "SELECT Name FROM Tasks WHERE ChargeType = 'FIXED' LIMIT 120 OFFSET 100",
        "SELECT Name FROM Tasks LIMIT 10 OFFSET 498",
        "SELECT Name FROM Tasks LIMIT 501",
        "SELECT t.Name, e.Duration FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId AND e.Duration > 400",
    ):
        difference = paged.difference(Question(sql))
        assert not difference, difference


# -- LIMIT elsewhere ---------------------------------------------------------------------------------------------------


def test_limit_of_an_inner_query_is_kept_from_the_outer_filter(same_rows: Any) -> None:
    """A filter on a limited derived table does not slip below its LIMIT, nor a LIMIT above into it."""
    inner = "SELECT Id, Status FROM Time ORDER BY Id LIMIT 100"
    same_rows(f"SELECT count(*) FROM ({inner}) x WHERE x.Status = 'LOCKED'")
    same_rows(f"SELECT x.Id FROM ({inner}) x ORDER BY x.Id DESC LIMIT 3", ordered=True)


def test_limit_of_an_in_subquery_is_of_its_own_order(same_rows: Any) -> None:
    """The subquery's LIMIT picks its rows before the outer query looks."""
    same_rows("SELECT Name FROM Projects WHERE ProjectId IN (SELECT ProjectId FROM Time ORDER BY Id LIMIT 5)")


def test_limit_with_ties_of_equal_values(same_rows: Any) -> None:
    """Equal sort keys at the edge of LIMIT give as many rows as LIMIT says."""
    same_rows("SELECT Duration FROM Time ORDER BY Duration DESC LIMIT 50")
