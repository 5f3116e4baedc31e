"""sys.statements: the connection's recent statements, and what each has cost."""

from xerosql.catalog.model import DECIMAL, INT, TEXT, TIMESTAMP, Column, Table

TABLE = Table(
    schema="sys",
    name="statements",
    item="statement",
    description="The last 1,000 statements of this connection, the one that reads this table included.",
    kind="VIEW",
    source="session",
    columns=(
        Column("Number", INT, "number", "Its place among the connection's statements, from 1.", unit="place", key=True, nullable=False),
        Column("StartedAt", TIMESTAMP, "started_at", "When it began, UTC.", nullable=False),
        Column("Statement", TEXT, "statement", "Its text as given, up to 10,000 characters; the values of parameters are not kept.", nullable=False),
        Column("Kind", TEXT, "kind", "What it is: SELECT, INSERT, UPDATE, DELETE, CREATE, SET and so on; NULL if it could not be planned."),
        Column("Status", TEXT, "status", "One of running (rows may be left to fetch), done, failed and cancelled.", nullable=False, values=("running", "done", "failed", "cancelled")),
        Column("Calls", INT, "calls", "Calls of Xero's API that it has made, repeated ones included.", unit="calls", nullable=False),
        Column("ExpectedCalls", INT, "expected_calls", "Calls that its queries were expected to make, a write's requests not included; NULL if nothing was estimated.", unit="calls"),
        Column("PagesReused", INT, "pages_reused", "Answers that it has not asked for, since they were fetched for other statements not longer ago than max_age.", unit="pages", nullable=False),
        Column("DataAge", DECIMAL, "data_age", "How old its oldest data was when it ended; NULL if it has used none of Xero's.", unit="seconds"),
        Column("RowsFetched", INT, "rows_fetched", "Rows that Xero has returned for it.", unit="rows", nullable=False),
        Column("RowsReturned", INT, "rows_returned", "Rows that it has handed to the program.", unit="rows", nullable=False),
        Column("Seconds", DECIMAL, "seconds", "How long it has taken, until its last row was fetched.", unit="seconds", nullable=False),
        Column("Error", TEXT, "error", "Why it failed, with the SQLSTATE; NULL if it did not."),
    ),
)
