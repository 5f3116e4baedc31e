"""Users: the people who can log time."""

from xerosql.catalog.model import TENANT_ID, TEXT, UUID, Column, Table, list_of

TABLE = Table(
    schema="projects",
    name="Users",
    item="user",
    description="The people who can log time on projects, each once although Xero may list one several times.",
    xero_page="https://developer.xero.com/documentation/api/projects/users",
    kind="VIEW",
    columns=(
        Column("UserId", UUID, "userId", "Xero's id of the person.", key=True, nullable=False),
        Column("Name", TEXT, "name", "Full name."),
        Column("Email", TEXT, "email", "E-mail address."),
        TENANT_ID,
    ),
    paths=(list_of("/projects.xro/2.0/ProjectsUsers", typical=10),),
    unique=("UserId",),
)
