"""Tenants: the organisations the connection can ask."""

from xerosql.catalog.model import BOOL, TEXT, UUID, Column, Table

TABLE = Table(
    schema="projects",
    name="Tenants",
    item="organisation",
    description="The organisations the signed-in user has connected; costs one call, of no organisation's quota.",
    xero_page="https://developer.xero.com/documentation/guides/oauth2/tenants",
    kind="VIEW",
    source="connections",
    columns=(
        Column("TenantId", UUID, "tenant_id", "Xero's id of the organisation.", key=True, nullable=False),
        Column("Name", TEXT, "name", "The organisation's name."),
        Column("Type", TEXT, "type", "ORGANISATION, or PRACTICE for an accountant's own."),
        Column("IsActive", BOOL, "is_active", "True for the organisation that statements ask unless they name another."),
    ),
)
