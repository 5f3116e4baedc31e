"""A worker in a process of its own, which kills itself as kill -9 would: at a step of the protocol, at its n-th time.

python -m tests.chaos.queue.worker XERO_URL TENANT QUEUE_URL [STEP N]
"""

from __future__ import annotations

import os
import signal
import sys

from tests.chaos.clock import ClientClock
from xerosql.api import Client
from xerosql.config import Settings
from xerosql.queue import worker
from xerosql.queue.model import Task
from xerosql.queue.store import Queue

#: A minute takes half a second.
SPEED = 120.0
#: Seconds, of those that pass fast, in which all must have come to rest.
HOUR = 3600.0


class Trap:
    """Ends the process at a step."""

    def __init__(self, step: str = "", times: str = "1") -> None:
        self.step = step
        self.left = int(times)

    def __call__(self, step: str, task: Task) -> None:
        self.left -= step == self.step
        if step == self.step and not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def main(xero_url: str, tenant: str, queue_url: str, *trap: str) -> None:
    clock = ClientClock(SPEED)
    worker.HEARTBEAT = worker.HEARTBEAT / SPEED
    settings = Settings(base_url=xero_url, tenant=tenant, access_token="x", share_limits=False, calls_per_minute=10**6)
    with Client(settings, clock=clock) as client:
        queue = Queue(queue_url, clock=clock)
        running = worker.worker_for(queue, client, settings, threads=2)
        running.sender.probe = Trap(*trap)
        running.run(drain=True, max_seconds=HOUR)
        queue.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
