"""EXPLAIN: what a statement will ask, why, and what it should cost, without a call; ANALYZE says what it did."""

from __future__ import annotations

import json
from typing import Any

import pytest

import xerosql

JOIN = (
    "SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) "
    "WHERE p.Status = 'CLOSED' AND p.Name LIKE '%e%' AND t.ChargeType = 'TIME' AND t.RateValue > 20"
)


def told(books: Any, sql: str, parameters: Any = None) -> dict[str, Any]:
    """EXPLAIN's JSON."""
    found: dict[str, Any] = json.loads(books.run(f"EXPLAIN (FORMAT JSON) {sql}", parameters).fetchone()[0])
    return found


def where(step: dict[str, Any]) -> dict[str, str]:
    """Each condition of a step with what becomes of it."""
    return {each["predicate"]: each["where"] for each in step["predicates"]}


def test_explain_makes_no_call(books: Any) -> None:
    """However dear the statement, explaining it is free."""
    cursor = books.run(f"EXPLAIN {JOIN}")
    assert cursor.fetchall()
    assert books.sim.requests == []
    assert cursor.stats.api_calls == 0


def test_each_step_says_its_path_its_bindings_and_its_conditions(books: Any) -> None:
    """What Xero applies, what is applied here and why, and where the values of the path come from."""
    projects, tasks = told(books, JOIN)["steps"]
    assert projects["access_path"] == "GET /projects.xro/2.0/Projects?states=CLOSED"
    assert where(projects) == {"p.Status = 'CLOSED'": "pushed EXACT", "p.Name LIKE '%e%'": "local"}
    assert tasks["access_path"] == "GET /projects.xro/2.0/Projects/{ProjectId}/Tasks?chargeType=TIME"
    assert "ProjectId: the keys of p.ProjectId" in tasks["bound"]
    assert where(tasks) == {"t.ChargeType = 'TIME'": "pushed EXACT", "t.RateValue > 20": "local"}
    reasons = {each["predicate"]: each["why"] for each in tasks["predicates"]}
    assert reasons["t.RateValue > 20"] == "Xero has no filter on RateValue"


def test_a_filter_that_may_return_more_is_called_superset(books: Any) -> None:
    """Xero's days are inclusive and whole, so what they return is checked again."""
    (time,) = told(books, "SELECT * FROM Time WHERE Date > DATE '2026-01-31'")["steps"]
    (condition,) = time["predicates"]
    assert (condition["where"], condition["as"]) == ("pushed SUPERSET", "dateAfterUtc")
    assert condition["why"] == "checked again here"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT * FROM Projects WHERE Status = 'closed'", "Xero does not know that Status"),
        ("SELECT * FROM Tasks WHERE ChargeType IN ('TIME', 'FIXED')", "Xero takes one ChargeType at a time"),
        ("SELECT * FROM Projects WHERE Name = 'Rebrand'", "Xero has no filter on Name"),
        ("SELECT * FROM Projects WHERE Status <> 'CLOSED'", "Xero has no such filter"),
    ],
)
def test_a_condition_kept_here_says_why(books: Any, sql: str, why: str) -> None:
    """A value, an operator or a column that Xero does not filter by."""
    (step,) = told(books, sql)["steps"]
    assert [(each["where"], each["why"]) for each in step["predicates"]] == [("local", why)]


@pytest.mark.parametrize(
    ("sql", "limit"),
    [
        ("SELECT Name FROM Projects WHERE Status = 'CLOSED' LIMIT 3", "pushed as pageSize=3"),
        ("SELECT Name FROM Projects WHERE Name LIKE 'W%' LIMIT 3", "lists are read one after the other"),
        ("SELECT Name FROM Tasks LIMIT 3", "pushed as pageSize=3"),
    ],
)
def test_the_limit_decision_is_told(books: Any, sql: str, limit: str) -> None:
    """A LIMIT is pushed where every condition is exact, else it stops the reading."""
    assert told(books, sql)["steps"][0]["limit"].startswith(limit)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT Name FROM Projects ORDER BY Name LIMIT 3", "kept here: ORDER BY needs every row"),
        ("SELECT DISTINCT Status FROM Projects LIMIT 1", "kept here: DISTINCT needs every row"),
        ("SELECT count(*) FROM Projects LIMIT 1", "kept here: an aggregate needs every row"),
        ("SELECT Name, rank() OVER (ORDER BY Name) FROM Projects LIMIT 1", "kept here: a window needs every row"),
        (
            "SELECT Name FROM Users UNION SELECT Name FROM Projects LIMIT 1",
            "kept here: a set operation needs every row",
        ),
    ],
)
def test_a_limit_that_needs_every_row_says_what_needs_them(books: Any, sql: str, why: str) -> None:
    """What stands between the rows and the LIMIT is named."""
    rows = books.run(f"EXPLAIN {sql}").fetchall()
    (detail,) = [detail for _, item, detail in rows if item == "limit"]
    assert detail.startswith(why)


def test_the_estimate_is_what_it_takes_once_it_has_run(books: Any) -> None:
    """After one run the expected calls and rows are the actual ones, and the bound holds."""
    cursor = books.run(JOIN)
    cursor.fetchall()
    total = told(books, JOIN)["total"]
    assert total["calls"] == cursor.stats.api_calls
    assert total["rows"] == cursor.stats.rows_fetched


def test_lists_that_were_read_make_bounds(books: Any) -> None:
    """Once the lists are known a statement that was never run has a number of calls that it does not exceed."""
    assert told(books, "SELECT Name FROM Tasks")["total"]["most_calls"] is None
    books.run("SELECT Name, RateValue FROM Tasks").fetchall()
    other = "SELECT count(DISTINCT p.Name) FROM Projects p JOIN Tasks t USING (ProjectId) WHERE t.RateValue > 5"
    most = told(books, other)["total"]["most_calls"]
    cursor = books.run(other)
    cursor.fetchall()
    assert most is not None
    assert cursor.stats.api_calls <= most


def test_the_shares_of_the_quotas_are_told(make_books: Any, sim: Any) -> None:
    """Expected calls against the minute's and the day's quota, and what is left of them once Xero has said it."""
    books = make_books(sim, calls_per_minute=50, calls_per_day=500)
    books.run("SELECT Name FROM Projects").fetchall()
    total = told(books, "SELECT Name FROM Projects")["total"]
    assert (total["minute_share"], total["day_share"]) == (0.02, 0.002)
    assert total["minute_left"] == 49
    assert total["day_left"] is not None
    books.connection.close()


def test_seconds_grow_with_the_minutes_quota(make_books: Any, sim: Any) -> None:
    """What does not fit the minute waits for the next one."""
    books = make_books(sim, calls_per_minute=10)
    few = told(books, "SELECT Name FROM Projects")["total"]["seconds"]
    many = told(books, "SELECT Name FROM Tasks")["total"]
    assert few < 1
    assert many["seconds"] > 60 * (many["calls"] // 10 - 1)
    books.connection.close()


def test_analyze_adds_what_happened(books: Any) -> None:
    """Calls, rows and seconds of each step and of the whole; the statement is run, its rows are not returned."""
    rows = books.run(f"EXPLAIN ANALYZE {JOIN}").fetchall()
    actual = [detail for _, item, detail in rows if item == "actual"]
    assert len(actual) == 3
    calls = len(books.reads)
    assert actual[-1].startswith(f"{calls} call")
    found = json.loads(books.run(f"EXPLAIN (ANALYZE, FORMAT JSON) {JOIN}").fetchone()[0])
    assert found["total"]["actual"]["calls"] == calls == sum(step["actual"]["calls"] for step in found["steps"])


def test_explain_takes_parameters(books: Any) -> None:
    """They are bound as they would be, so the plan is that of these values."""
    project = books.rows("projects")[0]["projectId"]
    found = told(books, "SELECT * FROM Tasks WHERE ProjectId IN (?, ?)", [project, project.replace("a", "b")])
    assert found["total"]["calls"] == 2
    assert told(books, "SELECT * FROM Tasks WHERE ProjectId = ?", [None])["total"]["calls"] == 0


def test_conditions_that_exclude_each_other_ask_nothing(books: Any) -> None:
    """The step says so."""
    ids = [row["projectId"] for row in books.rows("projects")[:2]]
    (step,) = told(books, "SELECT * FROM Tasks WHERE ProjectId = ? AND ProjectId = ?", ids)["steps"]
    assert step["access_path"] == "nothing is asked: the conditions exclude each other"


def test_explain_of_a_table_made_from_xero(books: Any) -> None:
    """CREATE TABLE … AS is explained by its query, and makes nothing."""
    found = told(books, "CREATE TABLE scratch.kept AS SELECT Name FROM Projects")
    assert found["total"]["calls"] == 1
    with pytest.raises(xerosql.ProgrammingError, match="kept"):
        books.run("SELECT * FROM scratch.kept")


@pytest.mark.parametrize(
    ("sql", "error", "sentence"),
    [
        ("EXPLAIN (BUFFERS) SELECT 1", xerosql.NotSupportedError, "EXPLAIN has no option BUFFERS"),
        ("EXPLAIN VERBOSE SELECT 1", xerosql.NotSupportedError, "EXPLAIN has no option VERBOSE"),
        ("EXPLAIN (FORMAT XML) SELECT 1", xerosql.NotSupportedError, "EXPLAIN has no format XML"),
        ("EXPLAIN (FORMAT) SELECT 1", xerosql.NotSupportedError, "EXPLAIN has no format without a name"),
        ("EXPLAIN (ANALYZE maybe) SELECT 1", xerosql.NotSupportedError, "EXPLAIN has no option ANALYZE MAYBE"),
        ("EXPLAIN (a b c) SELECT 1", xerosql.ProgrammingError, '"a b c" is no option of EXPLAIN'),
        ("EXPLAIN", xerosql.ProgrammingError, "there is nothing to EXPLAIN"),
        ("EXPLAIN COMMIT", xerosql.NotSupportedError, "EXPLAIN takes SELECT, INSERT, UPDATE and DELETE"),
        ("EXPLAIN EXPLAIN SELECT 1", xerosql.NotSupportedError, "EXPLAIN takes SELECT, INSERT, UPDATE and DELETE"),
        ("EXPLAIN ANALYZE DELETE FROM Tasks WHERE Id = '1'", xerosql.NotSupportedError, "this one writes"),
        ("EXPLAIN SELECT Nme FROM Projects", xerosql.ProgrammingError, "did you mean Name"),
        ("EXPLAIN SELECT * FROM Tasks WHERE ProjectId = 'x'", xerosql.DataError, "'x' is no ProjectId of Tasks"),
    ],
)
def test_what_cannot_be_explained_says_so(books: Any, sql: str, error: type[xerosql.Error], sentence: str) -> None:
    """One clear sentence, of the right class, and nothing is asked."""
    with pytest.raises(xerosql.Error, match=sentence) as caught:
        books.run(sql)
    assert type(caught.value) is error
    assert books.sim.requests == []


def test_parenthesised_queries_are_not_taken_for_options(books: Any) -> None:
    """EXPLAIN (SELECT …) explains the SELECT."""
    assert told(books, "(SELECT Name FROM Projects)")["total"]["calls"] == 1
    assert books.run("EXPLAIN (SELECT Name FROM Projects)").fetchall()[0] == (None, "plan", "1 call")


def test_comments_may_stand_before_explain(books: Any) -> None:
    """A tool's comment in front changes nothing."""
    assert books.run("/* tool */ -- hello\n explain SELECT Name FROM Projects").fetchone() == (None, "plan", "1 call")


# -- Writes ------------------------------------------------------------------------------------------------------------


def test_explain_of_an_update_shows_every_request_and_writes_nothing(books: Any) -> None:
    """Method, path, the exact body, and each value old → new; only the rows are read."""
    task = books.active_task()
    key = f"{task['projectId']}/{task['taskId']}"
    rows = books.run(
        "EXPLAIN UPDATE Tasks SET RateValue = RateValue + 1, Name = 'Other' WHERE Id = ?", [key]
    ).fetchall()
    items = [(item, detail) for _, item, detail in rows]
    rate = task["rate"]["value"]
    path = f"/projects.xro/2.0/Projects/{task['projectId']}/Tasks/{task['taskId']}"
    assert ("request", f"PUT {path}") in items
    assert ("change", f"RateValue: {rate} → {rate + 1}") in items
    assert ("change", f"Name: '{task['name']}' → 'Other'") in items
    assert ("note", "1 row would be written; nothing was") in items
    assert items[0] == ("plan", "2 calls: 1 to read, 1 to write")
    assert books.writes == []
    assert books.task(task["taskId"]) == task


def test_explain_of_a_delete_and_an_insert(books: Any) -> None:
    """What would be deleted by its path, what would be created by its body."""
    (key,) = books.new_tasks(1)
    found = told(books, "DELETE FROM Tasks WHERE Id = ?", [key])
    project, _, task = key.partition("/")
    path = f"/projects.xro/2.0/Projects/{project}/Tasks"
    assert [(each["method"], each["path"]) for each in found["requests"]] == [("DELETE", f"{path}/{task}")]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'New', 12.5, 'TIME')"
    (request,) = told(books, sql, [project])["requests"]
    assert (request["method"], request["path"]) == ("POST", path)
    assert json.loads(request["body"])["rate"]["value"] == 12.5
    assert books.writes == []


def test_explain_says_what_would_be_refused(books: Any) -> None:
    """A row that Xero would refuse is an error here too; a guard that would stop the run is a note."""
    task = books.active_task()
    key = f"{task['projectId']}/{task['taskId']}"
    with pytest.raises(xerosql.DataError, match="ChargeType must be"):
        books.run("EXPLAIN UPDATE Tasks SET ChargeType = 'HOURLY' WHERE Id = ?", [key])
    with books.connect(max_rows_affected=0) as guarded:
        notes = [
            detail
            for _, item, detail in guarded.execute("EXPLAIN UPDATE Tasks SET Name = 'x' WHERE Id = ?", [key]).fetchall()
            if item == "note"
        ]
    assert any("max_rows_affected = 0" in note for note in notes)
    assert books.writes == []
