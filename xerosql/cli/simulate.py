"""`xerosql simulate`: a Xero behind a port, and how to connect to it."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from xerosql.cli.outcome import Misuse
from xerosql.cli.progress import counted
from xerosql.simulator import Simulator

#: What clients of a simulator without limits are told not to wait for.
UNLIMITED = 1_000_000
#: Hosts to listen on, but not to connect to.
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
#: The one app that the simulator knows when it checks tokens.
APP = {"client_id": "demo", "client_secret": "demo-secret"}


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The options of the command. `projects` None is the demo; `state` the file to go on from and to save to."""

    host: str
    port: int
    state: Path | None
    projects: int | None
    tasks_per_project: int | None
    seed: int
    latency: float
    stale_reads: float
    stale_lists: float
    key_scope: str
    auth: bool
    limits: bool

    def run(self) -> None:
        """Listen until Ctrl-C or SIGTERM, then save."""
        simulator, ended = self.simulator(), Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        with simulator.serve(self.host, self.port) as server:
            sys.stdout.write(self.welcome(simulator, server.url, server.port))
            sys.stdout.flush()
            while not ended.wait(0.5):
                pass  # a wait without an end would not notice Ctrl-C on Windows
        if self.state is not None:
            simulator.save(self.state)
        saved = f"; saved to {self.state}" if self.state is not None else ""
        print(f"\nStopped after {counted(simulator.calls, 'call')}{saved}.", file=sys.stderr)

    def simulator(self) -> Simulator:
        """A new one, or the one that the state file holds."""
        names = ("latency", "stale_reads", "stale_lists", "key_scope", "auth", "limits")
        behaviour = {name: getattr(self, name) for name in names}
        if self.state is None or not self.state.exists():
            return Simulator(
                seed=self.seed, projects=self.projects, tasks_per_project=self.tasks_per_project, **behaviour
            )
        if self.projects is not None or self.tasks_per_project is not None:
            raise Misuse(f"{self.state} exists and says what there is; leave out --projects and --tasks-per-project")
        try:
            return Simulator.load(self.state, **behaviour)
        except ValueError as error:
            raise Misuse(f"{self.state}: {error}") from error

    def welcome(self, simulator: Simulator, url: str, port: int) -> str:
        """What there is, and how to get at it from Python and from the command line."""
        if self.host in ANYWHERE:
            url = f"http://127.0.0.1:{port}"
        options = self.connect_options(simulator, url)
        organisations = "\n".join(f"  {tenant}  {name}" for tenant, name in simulator.tenants)
        arguments = ", ".join(f"{name}={json.dumps(value)}" for name, value in options.items())
        variables = " ".join(f"XEROSQL_{name.upper()}={shlex.quote(str(value))}" for name, value in options.items())
        return (
            f"A simulated Xero listens at {url}\n\nOrganisations:\n{organisations}\n\n"
            f"From Python:\n  xerosql.connect({arguments})\n\n"
            f"From the command line:\n  {variables} xerosql shell\n\n"
            f"Its log: {url}/__simulator__/requests\nCtrl-C stops it.\n"
        )

    def connect_options(self, simulator: Simulator, url: str) -> dict[str, object]:
        """The options of `connect` that reach the first organisation."""
        signing_in = APP if self.auth else {"access_token": "anything"}
        tenant = simulator.tenants[0][0]
        options: dict[str, object] = {"base_url": url, "identity_url": url, **signing_in, "tenant": tenant}
        return options if self.limits else {**options, "calls_per_minute": UNLIMITED}
