"""A stateful Xero on this machine: the demo, the tests, and anyone's sandbox.

    from xerosql.simulator import Simulator
    with Simulator().serve() as server:
        print(server.url)            # Projects API at /projects.xro/2.0, sign-in at /connect/token

It stands alone: nothing else of xerosql is imported here, and a client in any language can talk to it.
"""

from .clock import Clock, ManualClock, SystemClock
from .faults import KINDS as FAULT_KINDS
from .faults import ConnectionReset, Fault, Truncated
from .journal import RequestRecord
from .server import Server
from .simulator import Simulator

__all__ = [
    "FAULT_KINDS",
    "Clock",
    "ConnectionReset",
    "Fault",
    "ManualClock",
    "RequestRecord",
    "Server",
    "Simulator",
    "SystemClock",
    "Truncated",
]
