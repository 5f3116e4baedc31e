"""The simulator's own addresses, below `/__simulator__/`: what a test asks when the simulator is another process.

GET stats · GET requests (the log) · POST faults (one fault as JSON, or a list) · DELETE faults · POST reset
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from .exchange import Answer, Request, empty, not_allowed, not_found, ok
from .faults import Fault

if TYPE_CHECKING:
    from .simulator import Simulator

PREFIX = "/__simulator__/"


class FaultForm(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of `Fault`, checked for their types."""

    kind: str
    match: str | None = None
    times: int = 1
    after: int = 0
    retry_after: int | None = None
    seconds: float = 1.0


def respond(simulator: Simulator, request: Request) -> Answer:
    """Answer one of the addresses above. These requests are neither logged, counted nor limited."""
    desks: dict[str, dict[str, Callable[[], Answer]]] = {
        "stats": {"GET": lambda: ok(_stats(simulator))},
        "requests": {"GET": lambda: ok([record.as_row() for record in list(simulator.requests)])},
        "faults": {"POST": lambda: _add_faults(simulator, request.body), "DELETE": lambda: _clear_faults(simulator)},
        "reset": {"POST": lambda: _reset(simulator)},
    }
    methods = desks.get(request.path[len(PREFIX) :].strip("/"))
    if methods is None:
        return not_found(request)
    return methods[request.method]() if request.method in methods else not_allowed(request)


def _stats(simulator: Simulator) -> dict[str, Any]:
    return {
        "calls": simulator.calls,
        "identityCalls": simulator.identity_calls,
        "requests": len(simulator.requests),
        "tenants": [{"tenantId": tenant, "tenantName": name} for tenant, name in simulator.tenants],
    }


def _add_faults(simulator: Simulator, body: bytes) -> Answer:
    """Takes the fields of `Fault` by name. Adds all of them or, if one is wrong, none."""
    try:
        forms = msgspec.json.decode(body, type=FaultForm | list[FaultForm])
        faults = [Fault(**msgspec.structs.asdict(form)) for form in (forms if isinstance(forms, list) else [forms])]
    except (msgspec.MsgspecError, ValueError) as error:  # not the form that it should have, or a fault there is not
        return ok({"message": str(error)}, 400)
    for fault in faults:
        simulator.add_fault(fault)
    return empty()


def _clear_faults(simulator: Simulator) -> Answer:
    simulator.clear_faults()
    return empty()


def _reset(simulator: Simulator) -> Answer:
    simulator.reset()
    return empty()
