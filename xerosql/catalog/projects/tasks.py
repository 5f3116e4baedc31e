"""Tasks: the pieces of work that a project is planned and billed in."""

from xerosql.catalog.model import (
    INT,
    MONEY,
    PAIR,
    TENANT_ID,
    TEXT,
    UUID,
    Column,
    FrozenWhen,
    Parent,
    SameAsParent,
    Table,
    Write,
    ZeroWhen,
    amount,
    any_of,
    is_one,
    list_of,
    one_of,
)

LIST = "/projects.xro/2.0/Projects/{ProjectId}/Tasks"
ONE = "/projects.xro/2.0/Projects/{ProjectId}/Tasks/{TaskId}"
OPENED = ("CreateProject", "SetProjectStatus")
BODY = ("Name", "RateValue", "RateCurrency", "ChargeType", "EstimateMinutes")

TABLE = Table(
    schema="projects",
    name="Tasks",
    item="task",
    description="Tasks of every project: what is charged, how, what was estimated, worked and invoiced.",
    xero_page="https://developer.xero.com/documentation/api/projects/tasks",
    columns=(
        Column("Id", PAIR, "", "ProjectId and TaskId with a slash between them; names one task of the organisation.", key=True, nullable=False),
        Column("TaskId", UUID, "taskId", "Xero's id of the task, given when it is created.", nullable=False),
        Column("ProjectId", UUID, "projectId", "The project the task belongs to; a task never moves to another.", required=True, nullable=False),
        Column("Name", TEXT, "name", "What the task is called; need not be unique.", writable=True, required=True, max_length=100, nullable=False),
        Column("ChargeType", TEXT, "chargeType", "How work is billed: TIME by the hour, FIXED once, NON_CHARGEABLE not at all.", writable=True, required=True, values=("TIME", "FIXED", "NON_CHARGEABLE")),
        Column("RateValue", MONEY, "rate.value", "The price: per hour for TIME, in all for FIXED, 0 for NON_CHARGEABLE.", unit="RateCurrency", writable=True, required=True, minimum=0),
        Column("RateCurrency", TEXT, "rate.currency", "Currency of RateValue, always the project's; filled in when an INSERT leaves it out.", unit="ISO 4217 code", writable=True),
        Column("EstimateMinutes", INT, "estimateMinutes", "How long the task is expected to take.", unit="minutes", writable=True, minimum=1),
        Column("TotalMinutes", INT, "totalMinutes", "All time logged on the task.", unit="minutes"),
        *amount("TotalAmount", "totalAmount", "What the task comes to so far: the time at its rate, or the fixed price."),
        Column("MinutesToBeInvoiced", INT, "minutesToBeInvoiced", "Chargeable time not invoiced yet.", unit="minutes"),
        Column("MinutesInvoiced", INT, "minutesInvoiced", "Time that is on an invoice already.", unit="minutes"),
        Column("NonChargeableMinutes", INT, "nonChargeableMinutes", "Time logged while the task was NON_CHARGEABLE.", unit="minutes"),
        *amount("AmountToBeInvoiced", "amountToBeInvoiced", "What is still to be invoiced for the task."),
        *amount("AmountInvoiced", "amountInvoiced", "What has been invoiced for the task."),
        Column("Status", TEXT, "status", "ACTIVE; INVOICED once a fixed price is billed; LOCKED while Xero is changing it. Only ACTIVE tasks can be changed.", values=("ACTIVE", "INVOICED", "LOCKED")),
        Column("FixedMinutes", INT, "fixedMinutes", "Time logged on the task while it had a fixed price.", unit="minutes"),
        TENANT_ID,
    ),
    identity=("ProjectId", "TaskId"),
    settles=(("TaskId", "ProjectId"),),
    parent=Parent("projects.Projects", "ProjectId"),
    paths=(one_of(ONE), list_of(LIST, any_of("TaskId", "taskIds"), is_one("ChargeType", "chargeType"), typical=10)),
    insert=Write("POST", LIST, BODY, "CreateTask", "creates a task in a project", OPENED),
    updates=(Write("PUT", ONE, BODY, "UpdateTask", "changes a task", OPENED),),
    delete=Write("DELETE", ONE, (), "DeleteTask", "deletes a task", (*OPENED, "UpdateTimeEntry", "DeleteTimeEntry")),
    rules=(
        ZeroWhen("RateValue", "ChargeType", "NON_CHARGEABLE"),
        SameAsParent("RateCurrency", "CurrencyCode"),
        FrozenWhen("Status", ("INVOICED", "LOCKED"), "Xero changes and deletes only ACTIVE tasks"),
    ),
)
