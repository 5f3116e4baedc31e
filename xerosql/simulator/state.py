"""What the simulated Xero remembers: plain records, the same in memory and in a saved file.

Only what was written is kept; whatever Xero derives (minutes logged, amounts to be invoiced) is computed in
`totals.py` each time it is asked for, so the two cannot disagree. Money is `Decimal` throughout.
`gc=False`: the records form a tree, and the collector walking 200,000 of them would be most of the run time.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

ZERO = Decimal(0)

TASK_STATES = ("ACTIVE", "INVOICED", "LOCKED")
TIME_STATES = ("ACTIVE", "LOCKED", "INVOICED")
PROJECT_STATES = ("INPROGRESS", "CLOSED")
CHARGE_TYPES = ("TIME", "FIXED", "NON_CHARGEABLE")


class User(Struct, gc=False):
    """A person who may log time. Two rows may carry one `user_id`: the real API was seen to do that."""

    user_id: str
    name: str
    email: str


class Contact(Struct, gc=False):
    """Whom a project is for. The Projects API names contacts only by id; the name serves whoever reads the data.

    An archived contact keeps its projects and gets no new ones.
    """

    contact_id: str
    name: str
    archived: bool = False


class Task(Struct, gc=False):
    """`rate` is per hour for TIME, once for FIXED, zero for NON_CHARGEABLE, in the organisation's currency."""

    task_id: str
    name: str
    charge_type: str
    rate: Decimal
    estimate_minutes: int | None = None
    status: str = "ACTIVE"


class TimeEntry(Struct, gc=False):
    """`duration` in minutes; `date_utc` in whole seconds, `date_entered_utc` with seven fractional digits."""

    time_entry_id: str
    user_id: str
    task_id: str
    date_utc: str
    date_entered_utc: str
    duration: int
    description: str | None = None
    status: str = "ACTIVE"
    invoice_id: str | None = None


class Sums(Struct, gc=False):
    """Money on a project that no endpoint can change (expenses, deposits, lump invoices), in the project's currency."""

    expense_to_be_invoiced: Decimal = ZERO
    expense_invoiced: Decimal = ZERO
    project_invoiced: Decimal = ZERO
    deposit: Decimal = ZERO
    deposit_applied: Decimal = ZERO
    credit_notes: Decimal = ZERO


class Project(Struct, gc=False):
    """`version` grows with every change in the project, its tasks or its time; caches compare it."""

    project_id: str
    contact_id: str
    name: str
    deadline_utc: str | None = None
    estimate: Decimal | None = None
    status: str = "INPROGRESS"
    sums: Sums = field(default_factory=Sums)
    tasks: dict[str, Task] = field(default_factory=dict)
    time: dict[str, TimeEntry] = field(default_factory=dict)
    version: int = 0


class Organisation(Struct, gc=False):
    """One tenant. `version` grows with every change anywhere inside it."""

    tenant_id: str
    name: str
    currency: str
    users: list[User] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    projects: dict[str, Project] = field(default_factory=dict)
    version: int = 0


class Connection(Struct, gc=False):
    """That the app may read an organisation; `auth_event_id` names the consent that allowed it.

    Its two times are UTC without saying so: Xero writes no zone behind them.
    """

    connection_id: str
    tenant_id: str
    auth_event_id: str
    created_utc: str
    updated_utc: str


class Grant(Struct, gc=False):
    """What a sign-in allows. `custom` marks a custom connection: no user, one organisation, no refresh token."""

    client_id: str
    scopes: list[str]
    auth_event_id: str
    custom: bool = False
    public: bool = False


class AccessToken(Struct, gc=False):
    grant: Grant
    expires: float


class RefreshToken(Struct, gc=False):
    """`replaced` is when it was first exchanged; it still works for a grace period after that."""

    grant: Grant
    expires: float
    replaced: float | None = None


class Code(Struct, gc=False):
    """An authorisation code: works once, for five minutes, for the redirect URI it was issued to."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires: float


class State(Struct, gc=False):
    """Everything that survives a restart."""

    seed: int
    organisations: list[Organisation]
    connections: list[Connection] = field(default_factory=list)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    serial: int = 0
