"""sys.limits: what is left of each organisation's quotas."""

from xerosql.catalog.model import INT, TEXT, TIMESTAMP, UUID, Column, Table

TABLE = Table(
    schema="sys",
    name="limits",
    item="organisation",
    description="What is left of the quotas of each organisation that this app has asked since the process began.",
    kind="VIEW",
    source="session",
    columns=(
        Column("TenantId", UUID, "tenant_id", "Xero's id of the organisation.", key=True, nullable=False),
        Column("Name", TEXT, "name", "Its name; NULL until Tenants has been read."),
        Column("MinuteRemaining", INT, "minute_remaining", "Calls that may be made at once before one has to wait.", unit="calls", nullable=False),
        Column("MinuteLimit", INT, "minute_limit", "Calls that any sixty seconds may hold.", unit="calls", nullable=False),
        Column("DayRemaining", INT, "day_remaining", "Calls left of the day's quota, by Xero's last answer; NULL until it has said.", unit="calls"),
        Column("DayLimit", INT, "day_limit", "The day's quota, as calls_per_day says or as Xero has shown it to be higher.", unit="calls"),
        Column("AppRemaining", INT, "app_remaining", "Calls left in this minute to the app for all its organisations; NULL until Xero has said.", unit="calls"),
        Column("InFlight", INT, "in_flight", "Calls that are under way now.", unit="calls", nullable=False),
        Column("ResetAt", TIMESTAMP, "reset_at", "When Xero answers again, UTC; NULL unless the day's quota is used up."),
    ),
)
