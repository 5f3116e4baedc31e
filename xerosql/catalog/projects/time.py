"""Time: the entries people log against tasks."""

from xerosql.catalog.model import (
    DATE,
    INT,
    PAIR,
    TENANT_ID,
    TEXT,
    TIMESTAMP,
    UUID,
    Column,
    FrozenWhen,
    Parent,
    Table,
    Write,
    any_of,
    day_from,
    day_to,
    is_one,
    list_of,
    one_of,
)

LIST = "/projects.xro/2.0/Projects/{ProjectId}/Time"
ONE = "/projects.xro/2.0/Projects/{ProjectId}/Time/{TimeEntryId}"
BODY = ("UserId", "TaskId", "Date", "Duration", "Description")
OPENED = ("CreateProject", "SetProjectStatus", "CreateTask", "UpdateTask")
STATES = ("ACTIVE", "LOCKED", "INVOICED")

TABLE = Table(
    schema="projects",
    name="Time",
    item="time entry",
    description="Time entries: who worked on which task, on which day and for how long.",
    xero_page="https://developer.xero.com/documentation/api/projects/time",
    columns=(
        Column("Id", PAIR, "", "ProjectId and TimeEntryId with a slash between them; names one entry of the organisation.", key=True, nullable=False),
        Column("TimeEntryId", UUID, "timeEntryId", "Xero's id of the entry, given when it is created.", nullable=False),
        Column("UserId", UUID, "userId", "Who did the work, a UserId of Users.", writable=True, required=True),
        Column("ProjectId", UUID, "projectId", "The project of the task.", required=True, nullable=False),
        Column("TaskId", UUID, "taskId", "The task worked on.", writable=True, required=True),
        Column("Date", DATE, "dateUtc", "The day the work was done, as UTC counts days.", unit="day", writable=True, required=True),
        Column("DateEntered", TIMESTAMP, "dateEnteredUtc", "When the entry was typed in.", unit="UTC"),
        Column("Duration", INT, "duration", "How long the work took.", unit="minutes", writable=True, required=True, minimum=1, maximum=59940),
        Column("Description", TEXT, "description", "What was done, in the words of whoever did it.", writable=True),
        Column("Status", TEXT, "status", "ACTIVE, LOCKED while Xero is changing it, or INVOICED. Only ACTIVE entries can be changed.", values=STATES),
        TENANT_ID,
    ),
    identity=("ProjectId", "TimeEntryId"),
    settles=(("TaskId", "ProjectId"), ("TimeEntryId", "ProjectId")),
    parent=Parent("projects.Projects", "ProjectId", empty_when="MinutesLogged"),
    paths=(
        one_of(ONE),
        list_of(
            LIST,
            is_one("UserId", "userId"),
            is_one("TaskId", "taskId"),
            any_of("Status", "states", always=STATES),
            day_from("Date", "dateAfterUtc"),
            day_to("Date", "dateBeforeUtc"),
            typical=50,
        ),
    ),
    insert=Write("POST", LIST, BODY, "CreateTimeEntry", "logs time on a task", OPENED),
    updates=(Write("PUT", ONE, BODY, "UpdateTimeEntry", "changes a time entry", OPENED),),
    delete=Write("DELETE", ONE, (), "DeleteTimeEntry", "deletes a time entry", OPENED),
    rules=(FrozenWhen("Status", ("INVOICED", "LOCKED"), "Xero changes and deletes only ACTIVE time entries"),),
)
