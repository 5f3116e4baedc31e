"""XeroTenants: the organisations of the queue, their dealers, and why nothing is sent to one just now."""

from xerosql.catalog.model import INT, TEXT, TIMESTAMP, UUID, Column, Table, Write

TABLE = Table(
    schema="queue",
    name="XeroTenants",
    item="organisation",
    description="The organisations that the queue knows: which dealer each belongs to, and whether it is paused.",
    source="queue",
    insert_instead="An organisation is added with its first task, or when a worker that reaches it starts.",
    delete_instead="To stop sending to it: UPDATE XeroTenants SET PausedUntil = TIMESTAMP '9999-12-31' WHERE TenantId = …",
    columns=(
        Column("TenantId", UUID, "tenant_id", "Xero's id of the organisation.", key=True, nullable=False),
        Column("Name", TEXT, "name", "What it is called at Xero, as the last worker that reached it was told."),
        Column("DealerCode", TEXT, "dealer_code", "The dealer whose organisation it is, in your own words.", writable=True, max_length=100),
        Column("PausedUntil", TIMESTAMP, "paused_until", "Nothing is sent before, UTC; the year 9999: until it is set to NULL.", writable=True),
        Column("Reason", TEXT, "reason", "Why it is paused: rate limit, authorisation, offline, needs attention (too many tasks failed alike), or paused by a person.", values=("rate limit", "authorisation", "offline", "needs attention", "paused")),
        Column("DayLimitRemaining", INT, "day_remaining", "Calls left of the day's quota, by the last answer to a worker.", unit="calls"),
        Column("FailedInARow", INT, "failed_in_a_row", "Tasks that failed one after the other with the same code; ten pause the organisation.", unit="tasks", nullable=False),
    ),
    updates=(Write("SET", "", ("DealerCode", "PausedUntil")),),
)
