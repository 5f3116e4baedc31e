"""The ids, and lists of ids, that the queries name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .facts import Organisation, Row

#: Well-formed, and of nothing.
UNKNOWN = "00000000-0000-4000-8000-000000000000"
MANY = (2, 3, 5, 40, 41, 100)

Names = dict[str, Any]


def names_of(organisation: Organisation) -> Names:
    """Each name with its id or its ids, the same in every run. What an organisation has none of has no name."""
    named = projects(organisation)
    return {**tenants(organisation), **named, **children(organisation, named), **people(organisation)}


def tenants(organisation: Organisation) -> Names:
    """The connection's own organisation, and the second and third."""
    ids = dict.fromkeys([organisation.tenant, *(tenant for tenant, _ in organisation.simulator.tenants)])
    return dict(zip(("tenant", "tenant2", "tenant3"), ids, strict=False))


def projects(organisation: Organisation) -> Names:
    """Single projects by what they are, and the last so many."""
    busy = [each for each in organisation.open if len(organisation.tasks_of[each["projectId"]]) > 2]
    empty = [each for each in organisation.projects if not organisation.tasks_of[each["projectId"]]]
    found = {"project": busy[:1], "project2": busy[1:2], "closed": organisation.closed[:1], "empty": empty[:1]}
    single = {name: rows[0]["projectId"] for name, rows in found.items() if rows}
    return {
        **single,
        **lists("projects", [each["projectId"] for each in organisation.projects]),
        **lists("closed", [each["projectId"] for each in organisation.closed]),
        "unknown": UNKNOWN,
    }


def children(organisation: Organisation, named: Mapping[str, str]) -> Names:
    """Tasks and time of the project that is named; the first ones of other projects end in that project's name."""
    found: Names = {}
    for name, ending in (("project", ""), ("project2", "_project2"), ("closed", "_closed")):
        if name not in named:
            continue
        for kind, key, rows in (
            ("task", "taskId", organisation.tasks_of[named[name]]),
            ("entry", "timeEntryId", organisation.time_of[named[name]]),
        ):
            ids = [each[key] for each in rows]
            pairs = [f"{named[name]}/{each}" for each in ids]
            found |= {f"{kind}{ending}": ids[0], f"{kind}_id{ending}": pairs[0]}
            found |= {} if ending else {**lists(f"{kind}s", ids), **lists(f"{kind}_ids", pairs)}
    return found


def people(organisation: Organisation) -> Names:
    """Who logged the most time, who comes after, and for whom most projects are, and fewest."""
    users = most(entry["userId"] for listed in organisation.time_of.values() for entry in listed)
    contacts = most(project["contactId"] for project in organisation.projects)
    by_id: dict[str, Row] = {user["userId"]: user for user in organisation.users}
    return {
        "user": users[0],
        "users2": users[:2],
        "person": by_id[users[0]]["name"],
        "contact": contacts[0],
        "contacts2": [contacts[0], contacts[-1]],
    }


def lists(name: str, ids: list[str]) -> Names:
    """The last so many ids, for every number that there are enough for."""
    return {f"{name}{number}": ids[-number:] for number in MANY if number <= len(ids)}


def most(values: Any) -> list[str]:
    """The values, the most frequent first."""
    return [value for value, _ in sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))]
