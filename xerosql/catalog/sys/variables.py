"""sys.variables: the connection's settings, which SET changes."""

from xerosql.catalog.model import TEXT, Column, Table

TABLE = Table(
    schema="sys",
    name="variables",
    item="setting",
    description="The settings of this connection, which SET changes and RESET puts back.",
    kind="VIEW",
    source="session",
    columns=(
        Column("Name", TEXT, "name", "The setting's name.", key=True, nullable=False),
        Column("Value", TEXT, "value", "Its value now, as text."),
        Column("Unit", TEXT, "unit", "What its numbers count.", nullable=False),
        Column("Default", TEXT, "default", "Its value when the connection began, which RESET gives it again."),
        Column("Description", TEXT, "description", "What it does, and what NULL means.", nullable=False),
    ),
)
