"""A Superset, a simulated Xero and a server of ours, on this machine, with nothing of its user's in them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.clients.superset.rest import PASSWORD, USER
from xerosql.simulator import Simulator

ROOT = Path(__file__).parents[3]
#: Where `make clients` installs it; it pins older libraries than ours.
HOME = ROOT / ".venv-superset"
SECONDS = 120.0
#: Its processes, of which each request meets another one.
WORKERS = 2
CONFIG = """
SECRET_KEY = "only for a test, and long enough to be one"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db?check_same_thread=false"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
FEATURE_FLAGS = {{"ESTIMATE_QUERY_COST": True}}
"""
SERVE = "from xerosql.cli import main; main()"


def installed() -> bool:
    return (HOME / "bin" / "superset").exists()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """That of a user who has nothing configured, and whose directories are below `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XEROSQL_", "SUPERSET_"))}
    own = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XEROSQL_CONFIG": str(home / "config.toml")}
    return {**kept, **own, "NO_PROXY": "127.0.0.1,localhost", **more}


#: Profiles, each a sign-in of its own, so that what is kept for the one is not for the other.
PROFILES = ("books", "fresh")


def write_profiles(home: Path, simulator_url: str, tenant: str) -> None:
    """Profiles that reach a simulated organisation."""
    lines = []
    for profile in PROFILES:
        options = {"base_url": simulator_url, "identity_url": simulator_url, "access_token": profile, "tenant": tenant}
        lines += [f"[profiles.{profile}]", *(f'{name} = "{value}"' for name, value in options.items())]
        lines += ["calls_per_minute = 1000000", ""]
    path = home / "config.toml"
    path.write_text("\n".join(lines))
    path.chmod(0o600)


@contextmanager
def books(home: Path) -> Iterator[Simulator]:
    """A Xero behind a port, known by its profiles to whoever lives in `home`."""
    simulator = Simulator(limits=False)
    with simulator.serve() as server:
        write_profiles(home, server.url, simulator.tenants[0][0])
        yield simulator


@contextmanager
def superset(home: Path) -> Iterator[str]:
    """Its address, once it answers. Its own database is a file in `home`."""
    config = home / "superset_config.py"
    config.write_text(CONFIG.format(home=home))
    variables = {
        "SUPERSET_CONFIG_PATH": str(config),
        "SUPERSET_HOME": str(home),
        "FLASK_APP": "superset.app:create_app()",
        "PATH": f"{HOME / 'bin'}:{os.environ['PATH']}",
    }
    surroundings = environment(home, variables)
    prepare(home, surroundings)
    port = free_port()
    gunicorn = [str(HOME / "bin" / "gunicorn"), "-w", str(WORKERS), "-k", "gthread", "--threads", "8"]
    gunicorn += ["--graceful-timeout", "2"]
    with running([*gunicorn, "-b", f"127.0.0.1:{port}", "superset.app:create_app()"], home, surroundings, "superset"):
        await_answer(f"http://127.0.0.1:{port}/health", home / "superset.log")
        yield f"http://127.0.0.1:{port}"


def prepare(home: Path, surroundings: dict[str, str]) -> None:
    """Its tables, roles and one user. They are made once for an installation, and copied from then on."""
    made = HOME / "superset.db"
    if not made.exists():
        program = str(HOME / "bin" / "superset")
        admin = ["--username", USER, "--password", PASSWORD, "--firstname", "A", "--lastname", "B", "--email", "a@b.c"]
        for command in (["db", "upgrade"], ["fab", "create-admin", *admin], ["init"]):
            subprocess.run([program, *command], env=surroundings, check=True, capture_output=True, timeout=600)
        shutil.copy(home / "superset.db", made)
    shutil.copy(made, home / "superset.db")


@contextmanager
def server(home: Path, profile: str = "books", *options: str) -> Iterator[int]:
    """The port of `xerosql serve` on a profile."""
    port = free_port()
    command = [sys.executable, "-c", SERVE, "serve", "--profile", profile, "--port", str(port), *options]
    with running(command, home, environment(home, {}), "serve"):
        ends = time.monotonic() + SECONDS
        while not answers(port):
            assert time.monotonic() < ends, (home / "serve.log").read_text()
            time.sleep(0.1)
        yield port


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(command: list[str], home: Path, surroundings: dict[str, str], name: str) -> Iterator[None]:
    """A process that writes into `name`.log, ended with those that it started."""
    with (home / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=home, env=surroundings, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def await_answer(url: str, log: Path) -> None:
    ends = time.monotonic() + SECONDS
    with requests.Session() as session:
        session.trust_env = False
        while True:
            try:
                if session.get(url, timeout=5).ok:
                    return
            except (requests.ConnectionError, requests.Timeout):
                pass
            assert time.monotonic() < ends, log.read_text()[-5000:]
            time.sleep(0.2)
