"""Transactions: real ones on scratch, and an honest answer about Xero."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql


@pytest.fixture
def manual(books: Any) -> xerosql.Connection:
    """A connection with autocommit off and an empty table."""
    connection: xerosql.Connection = books.connect(autocommit=False)
    connection.execute("CREATE TABLE scratch.t (x integer)")
    connection.commit()
    return connection


def content(connection: xerosql.Connection) -> list[int]:
    return [x for (x,) in connection.execute("SELECT x FROM scratch.t ORDER BY x").fetchall()]


def test_autocommit_is_on_by_default(books: Any) -> None:
    """Without asking otherwise every scratch statement stands alone, and rollback has nothing to undo."""
    assert books.connection.autocommit is True
    books.run("CREATE TABLE scratch.t (x integer)")
    books.run("INSERT INTO scratch.t VALUES (1)")
    books.connection.rollback()
    assert content(books.connection) == [1]


def test_rollback_undoes_scratch(manual: xerosql.Connection) -> None:
    """With autocommit off, rollback takes back rows and DDL since the last commit."""
    manual.execute("INSERT INTO scratch.t VALUES (1)")
    manual.execute("CREATE TABLE scratch.u (y integer)")
    manual.rollback()
    assert content(manual) == []
    with pytest.raises(xerosql.ProgrammingError, match=r'no table "scratch.u"'):
        manual.execute("SELECT * FROM scratch.u")


def test_commit_keeps_scratch(manual: xerosql.Connection) -> None:
    """What was committed is still there after a later rollback."""
    manual.execute("INSERT INTO scratch.t VALUES (1)")
    manual.commit()
    manual.execute("INSERT INTO scratch.t VALUES (2)")
    manual.rollback()
    assert content(manual) == [1]


def test_a_transaction_sees_its_own_changes_on_every_cursor(manual: xerosql.Connection) -> None:
    """Cursors of one connection share its transaction, open results included."""
    first, second = manual.cursor(), manual.cursor()
    first.execute("INSERT INTO scratch.t VALUES (1), (2), (3)")
    second.execute("SELECT x FROM scratch.t ORDER BY x")
    assert second.fetchone() == (1,)
    first.execute("DELETE FROM scratch.t WHERE x = 3")
    assert second.fetchall() == [(2,), (3,)]
    assert content(manual) == [1, 2]


def test_begin_commit_and_rollback_are_statements_too(books: Any) -> None:
    """BEGIN opens a transaction even with autocommit on; COMMIT and ROLLBACK end it."""
    books.run("CREATE TABLE scratch.t (x integer)")
    books.run("BEGIN")
    books.run("INSERT INTO scratch.t VALUES (1)")
    books.run("ROLLBACK")
    assert content(books.connection) == []
    books.run("BEGIN TRANSACTION")
    books.run("INSERT INTO scratch.t VALUES (2)")
    books.run("COMMIT")
    books.run("ROLLBACK")
    assert content(books.connection) == [2]


def test_setting_autocommit_commits_what_is_open(manual: xerosql.Connection) -> None:
    """Turning autocommit on keeps what the open transaction did."""
    manual.execute("INSERT INTO scratch.t VALUES (1)")
    manual.autocommit = True
    manual.rollback()
    assert content(manual) == [1]
    assert manual.autocommit is True


def test_rollback_after_a_write_to_xero_says_that_it_stays(books: Any) -> None:
    """Xero has the row already: rollback raises NotSupportedError, counts the rows, and still undoes scratch."""
    (key,) = books.new_tasks(1)
    connection = books.connect(autocommit=False)
    connection.execute("CREATE TABLE scratch.t (x integer)")
    connection.execute("UPDATE Tasks SET Name = 'Kept' WHERE Id = ?", [key])
    with pytest.raises(xerosql.NotSupportedError, match="1 row of this transaction went to Xero at once"):
        connection.rollback()
    assert books.task(key.partition("/")[2])["name"] == "Kept"
    with pytest.raises(xerosql.ProgrammingError):
        connection.execute("SELECT * FROM scratch.t")
    connection.rollback()


def test_rollback_after_a_commit_of_xero_writes_is_silent(books: Any) -> None:
    """A commit ends the transaction that wrote to Xero, so the next rollback has nothing to confess."""
    (key,) = books.new_tasks(1)
    connection = books.connect(autocommit=False)
    connection.execute("UPDATE Tasks SET Name = 'x' WHERE Id = ?", [key])
    connection.commit()
    connection.rollback()


def test_rollback_after_a_write_that_reached_no_row_is_silent(books: Any) -> None:
    """Reads, and writes that found no row, leave nothing that rollback could not undo."""
    connection = books.connect(autocommit=False)
    connection.execute("SELECT count(*) FROM Tasks").fetchall()
    connection.execute("UPDATE Tasks SET Name = 'x' WHERE Name = 'no such task'")
    connection.rollback()


def test_rollback_after_a_half_written_statement_says_so(books: Any) -> None:
    """Rows written before a statement stopped half-way went to Xero too, and rollback says that they stay."""
    busy = {row["taskId"] for row in books.rows("time")}
    (key,) = books.new_tasks(1)
    stuck = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row["taskId"] in busy)
    connection = books.connect(autocommit=False)
    with pytest.raises(xerosql.PartialWriteError):
        connection.cursor().executemany(
            "DELETE FROM Tasks WHERE Id = ?", [[key], [f"{stuck['projectId']}/{stuck['taskId']}"]]
        )
    with pytest.raises(xerosql.NotSupportedError, match="went to Xero at once"):
        connection.rollback()


def test_close_drops_an_open_transaction_and_says_nothing(manual: xerosql.Connection) -> None:
    """Closing with changes open rolls them back without an error."""
    manual.execute("INSERT INTO scratch.t VALUES (1)")
    manual.close()


def test_with_commits_on_success(books: Any) -> None:
    """Leaving the block without an exception commits, which a later error in closing would show."""
    with books.connect(autocommit=False) as connection:
        connection.execute("CREATE TABLE scratch.t (x integer)")
        connection.execute("INSERT INTO scratch.t VALUES (1)")


def test_an_error_on_scratch_inside_a_transaction_leaves_the_connection_usable(manual: xerosql.Connection) -> None:
    """After a failed statement the transaction can be rolled back and the connection used again."""
    manual.execute("INSERT INTO scratch.t VALUES (1)")
    with pytest.raises(xerosql.DataError):
        manual.execute("INSERT INTO scratch.t SELECT CAST('x' AS INTEGER)")
    manual.rollback()
    manual.execute("INSERT INTO scratch.t VALUES (5)")
    manual.commit()
    assert content(manual) == [5]


def test_commit_after_an_error_is_an_error_or_keeps_nothing_by_halves(manual: xerosql.Connection) -> None:
    """A transaction in which a statement failed is not half committed in silence; the connection stays usable."""
    manual.execute("INSERT INTO scratch.t VALUES (1)")
    with pytest.raises(xerosql.DataError):
        manual.execute("INSERT INTO scratch.t SELECT CAST('x' AS INTEGER)")
    try:
        manual.commit()
    except xerosql.OperationalError:
        assert content(manual) == []
    else:
        assert content(manual) == [1]
    manual.execute("INSERT INTO scratch.t VALUES (9)")
    assert content(manual)[-1] == 9


def test_scratch_is_each_connections_own(books: Any) -> None:
    """A scratch table of one connection does not exist for another."""
    books.run("CREATE TABLE scratch.mine AS SELECT 1 AS x")
    with pytest.raises(xerosql.ProgrammingError, match="no table"):
        books.connect().execute("SELECT * FROM scratch.mine")


def test_constraints_of_scratch_tables_are_integrity_errors(books: Any) -> None:
    """Scratch tables take constraints, and breaking one is an IntegrityError."""
    books.run("CREATE TABLE scratch.keyed (x integer PRIMARY KEY, y varchar NOT NULL)")
    books.run("INSERT INTO scratch.keyed VALUES (1, 'a')")
    for values in ("(1, 'b')", "(2, NULL)"):
        with pytest.raises(xerosql.IntegrityError):
            books.run(f"INSERT INTO scratch.keyed VALUES {values}")
    assert books.run("SELECT * FROM scratch.keyed").fetchall() == [(1, "a")]


@pytest.mark.parametrize("failing", ["CREATE TABLE scratch.t (x integer)", "ALTER TABLE scratch.u RENAME TO t"])
def test_rollback_as_a_statement_ends_a_transaction_that_has_failed(books: Any, failing: str) -> None:
    """Names cannot be looked up in it any more; ROLLBACK is planned all the same."""
    books.run("CREATE TABLE scratch.t (x integer)")
    books.run("BEGIN")
    books.run("CREATE TABLE scratch.u (x integer)")
    with pytest.raises(xerosql.DatabaseError, match="exists"):
        books.run(failing)
    books.run("ROLLBACK")
    assert content(books.connection) == []
    with pytest.raises(xerosql.ProgrammingError, match=r'no table "scratch.u"'):
        books.run("SELECT * FROM scratch.u")


def test_a_commit_that_fails_leaves_no_name_behind(books: Any) -> None:
    """A view that was replaced in it is what it was, and a table that hid another one hides it no more."""
    books.run("CREATE TABLE scratch.keyed (x integer PRIMARY KEY)")
    books.run("CREATE VIEW scratch.v AS SELECT 'before' AS told")
    users = books.run("SELECT count(*) FROM Users").fetchall()
    books.run("BEGIN")
    books.run("CREATE OR REPLACE VIEW scratch.v AS SELECT 'within' AS told")
    books.run("CREATE TEMP TABLE Users (x integer)")
    with pytest.raises(xerosql.IntegrityError):
        books.run("INSERT INTO scratch.keyed VALUES (1), (1)")
    with pytest.raises(xerosql.OperationalError, match="rolled back instead of committed"):
        books.run("COMMIT")
    assert books.run("SELECT told FROM scratch.v").fetchall() == [("before",)]
    assert books.run("SELECT count(*) FROM Users").fetchall() == users
