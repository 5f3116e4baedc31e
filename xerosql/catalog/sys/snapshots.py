"""sys.snapshots: what has been fetched and may be used again."""

from xerosql.catalog.model import INT, TEXT, TIMESTAMP, UUID, Column, Table

TABLE = Table(
    schema="sys",
    name="snapshots",
    item="snapshot",
    description="What this sign-in has fetched and a SELECT may be answered from, if max_age allows it.",
    kind="VIEW",
    source="session",
    columns=(
        Column("Request", TEXT, "request", "What was asked of Xero: path and parameters.", key=True, nullable=False),
        Column("TenantId", UUID, "tenant_id", "Xero's id of the organisation that was asked.", key=True, nullable=False),
        Column("Kind", TEXT, "kind", "A whole list, one object, or the count of a list.", key=True, nullable=False, values=("list", "object", "count")),
        Column("FetchedAt", TIMESTAMP, "fetched_at", "When it was asked for, UTC; of several pages the first.", nullable=False),
        Column("RowCount", INT, "row_count", "How many rows the list has; NULL for an object.", unit="rows"),
        Column("Size", INT, "size", "The room that it takes, compressed.", unit="bytes", nullable=False),
    ),
)
