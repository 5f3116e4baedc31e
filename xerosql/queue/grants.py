"""The rights on the queue as GRANTs of PostgreSQL, for a queue that people reach by their own users.

A connection's `queue_rights` hold for what goes through xerosql. On a database that others can reach too, these
statements are what holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from xerosql.config import ALL_RIGHTS
from xerosql.errors import InterfaceError

#: To add tasks, and to work on them; connections have no such rights, since it takes a connection to do either.
WRITE, WORK = "write", "work"

_EVENTS = ("INSERT ON xero_task_event", "USAGE ON SEQUENCE xero_task_event_id_seq")
_KNOWN_TYPES = "SELECT (type, enabled, max_attempts, delay_minutes, more_dependencies) ON xero_task_type"
_SEEN_BY_ALL = ("SELECT ON xero_number", _KNOWN_TYPES)
_OF_TASKS = ("xero_task", "xero_task_subject", "xero_task_dependency", "xero_task_event", "xero_tenant", "xero_worker")

PRIVILEGES: dict[str, tuple[str, ...]] = {
    "xero_tasks": tuple(f"SELECT ON {name}" for name in _OF_TASKS),
    "xero_tasks_control": (
        "UPDATE, DELETE ON xero_task",
        "INSERT, UPDATE, DELETE ON xero_task_dependency",
        "INSERT, UPDATE, DELETE ON xero_task_subject",
        "UPDATE ON xero_tenant",
        *_EVENTS,
    ),
    "xero_task_types": ("SELECT ON xero_task_type",),
    "xero_task_types_edit": ("INSERT, UPDATE ON xero_task_type",),
    WRITE: (
        "UPDATE ON xero_number",
        "SELECT (task_id, event) ON xero_task_event",
        *(f"SELECT, INSERT ON {name}" for name in ("xero_task", "xero_task_subject", "xero_task_dependency")),
        "SELECT, INSERT ON xero_tenant",
        "INSERT ON xero_task_type",
        *_EVENTS,
    ),
    WORK: (
        "SELECT, UPDATE ON xero_task",
        "SELECT, UPDATE ON xero_task_subject",
        "SELECT, UPDATE ON xero_task_dependency",
        "SELECT, INSERT, UPDATE ON xero_tenant",
        "SELECT, INSERT, UPDATE, DELETE ON xero_worker",
        "INSERT ON xero_task_type",
        *_EVENTS,
    ),
}
#: What gives each right its meaning: nothing can be changed that cannot be seen.
_WITH = {"xero_tasks_control": "xero_tasks", "xero_task_types_edit": "xero_task_types"}


def grant_statements(role: str, rights: Collection[str]) -> list[str]:
    """The statements that give a role of PostgreSQL these rights: those of `queue_rights`, "write" and "work".

    InterfaceError for a right that there is not, and for a role's name that would need more than quotes.
    """
    known = (*ALL_RIGHTS, WRITE, WORK)
    for right in rights:
        if right not in known:
            raise InterfaceError(f"there is no right {right!r} on the queue; there are {', '.join(known)}")
    if not re.fullmatch(r"[^\x00\"]{1,63}", role):
        raise InterfaceError("a role of PostgreSQL has a name of up to 63 characters without quotes")
    wanted = [right for right in known if right in {*rights, *(_WITH.get(each) for each in rights)}]
    privileges = dict.fromkeys((*_SEEN_BY_ALL, *(each for right in wanted for each in PRIVILEGES[right])))
    return [f'GRANT {privilege} TO "{role}"' for privilege in privileges]
