"""Which operation an address means. Paths match in either case, as Xero's own pages write them both ways."""

from __future__ import annotations

from collections.abc import Callable

from . import reads, writes
from .exchange import Answer, Refused, Request, not_allowed, not_found
from .world import Call

PREFIX = "/projects.xro/2.0/"

Operation = Callable[[Call], Answer]

OPERATIONS: dict[str, dict[str, Operation]] = {
    "projects": {"GET": reads.list_projects, "POST": writes.create_project},
    "projects/*": {"GET": reads.get_project, "PUT": writes.update_project, "PATCH": writes.patch_project},
    "projectsusers": {"GET": reads.list_users},
    "projects/*/tasks": {"GET": reads.list_tasks, "POST": writes.create_task},
    "projects/*/tasks/*": {"GET": reads.get_task, "PUT": writes.update_task, "DELETE": writes.delete_task},
    "projects/*/time": {"GET": reads.list_time, "POST": writes.create_time},
    "projects/*/time/*": {"GET": reads.get_time, "PUT": writes.update_time, "DELETE": writes.delete_time},
}


def find(request: Request) -> tuple[Operation, list[str]]:
    """The operation and the ids in its path, in lower case; raises Refused with 404 or 405."""
    path = request.path.lower()
    if not path.startswith(PREFIX):
        raise Refused(not_found(request))
    words = path[len(PREFIX) :].rstrip("/").split("/")
    shape = "/".join("*" if place % 2 else word for place, word in enumerate(words))
    methods = OPERATIONS.get(shape)
    if methods is None:
        raise Refused(not_found(request))
    if request.method not in methods:
        raise Refused(not_allowed(request))
    return methods[request.method], words[1::2]
