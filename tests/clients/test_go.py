"""Go: pgx, and lib/pq, which Grafana's data source stands on too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import Side
from tests.clients.test_others import output

PACKAGES = Path("/usr/share/gocode")  # Debian's
PROGRAM = Path(__file__).with_name("golang") / "main.go"


def test_both_drivers_read_bind_and_tell_our_errors(ours: Side, tmp_path: Path) -> None:
    """Prepared and not, with an array, and going on after an error."""
    if not (PACKAGES / "src/github.com/jackc/pgx/v4").exists() or not (PACKAGES / "src/github.com/lib/pq").exists():
        pytest.skip("Debian's golang-github-jackc-pgx-v4-dev and golang-github-lib-pq-dev are not installed")
    places = {"GOPATH": str(PACKAGES), "GOCACHE": str(tmp_path), "GO111MODULE": "off", "HOME": str(tmp_path)}
    lines = output("go", "run", str(PROGRAM), f"{ours.url}?sslmode=disable", **places).splitlines()
    assert lines == [
        "pgx 'Tui & Friends' launch 13970.3200 2",
        'pgx ERROR: there is no column "nope" (line 1, column 8) (SQLSTATE 42703)',
        "pq 15 true",
    ]
