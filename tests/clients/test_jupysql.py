"""JupySQL: its magics in a real IPython, over `xerosql://demo`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("sql", reason="JupySQL has a virtual environment of its own: make clients")

SHELL = """\
import sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()


def cell(text):
    with capture_output():  # what a notebook would show below the cell
        done = shell.run_cell(text)
    if not done.success:
        sys.exit(f"{text} failed: {done.error_in_exec or done.error_before_exec}")
    return done.result


cell("%load_ext sql")
cell("%config SqlMagic.feedback = 0")
cell("%config SqlMagic.displaycon = False")
cell("%sql xerosql://demo")
"""


def shown(steps: str, home: Path) -> str:
    """What the steps print, in a Python and an IPython of their own; AssertionError if they say anything on stderr."""
    environment = {**os.environ, "HOME": str(home), "IPYTHONDIR": str(home), "MPLBACKEND": "agg"}
    command = [sys.executable, "-c", SHELL + textwrap.dedent(steps)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.replace("Closing xerosql://demo\n", "")  # JupySQL's last word


def test_a_line_and_a_cell_of_sql(tmp_path: Path) -> None:
    """With exact amounts, and a variable of the notebook."""
    steps = """
        (row,) = cell("%sql SELECT Name, TotalInvoicedValue FROM Projects ORDER BY Name LIMIT 1")
        print(tuple(row))
        print([tuple(row) for row in cell("%%sql\\nSELECT Status, count(*)\\nFROM Projects GROUP BY 1 ORDER BY 1")])
        cell("status = 'CLOSED'")
        print([tuple(row) for row in cell("%sql SELECT count(*) FROM Projects WHERE Status = '{{status}}'")])
        cell("%config SqlMagic.named_parameters = 'enabled'")
        print([tuple(row) for row in cell("%sql SELECT count(*) FROM Projects WHERE Status = :status")])
    """
    expected = """
        ("'Tui & Friends' launch", Decimal('13970.3200'))
        [('CLOSED', 15), ('INPROGRESS', 33)]
        [(15,)]
        [(15,)]
    """
    assert shown(steps, tmp_path).strip().splitlines() == textwrap.dedent(expected).strip().splitlines()


def test_a_result_becomes_a_frame_of_either_library(tmp_path: Path) -> None:
    steps = """
        cell("%%sql closed <<\\nSELECT Name, TotalInvoicedValue FROM Projects WHERE Status = 'CLOSED'")
        print(cell("closed.DataFrame()").shape, cell("closed.PolarsDataFrame()").schema["TotalInvoicedValue"])
    """
    assert shown(steps, tmp_path).startswith("(15, 2) Decimal(")


def test_tables_and_columns_are_listed(tmp_path: Path) -> None:
    steps = """
        print(str(cell("%sqlcmd tables")))
        print(str(cell("%sqlcmd columns --table Tasks")))
        print(str(cell("%sqlcmd columns --table limits --schema sys")))
    """
    listed = shown(steps, tmp_path)
    assert all(name in listed for name in ("Projects", "Tasks", "Time"))
    assert "NUMERIC(18, 4)" in listed
    assert "Calls that any sixty seconds may hold." in listed


def test_a_saved_query_is_built_upon_and_a_table_profiled_and_drawn(tmp_path: Path) -> None:
    steps = """
        cell("%%sql --save closed --no-execute\\nSELECT * FROM Projects WHERE Status = 'CLOSED'")
        print([tuple(row) for row in cell("%sql --with closed SELECT count(*) FROM closed")])
        print("unique" in str(cell("%sqlcmd profile --table Users")))
        print(type(cell("%sqlplot histogram --table Projects --column MinutesLogged")).__name__)
    """
    assert shown(steps, tmp_path).split() == ["[(15,)]", "True", "Axes"]


def test_writes_reach_xero_and_frames_scratch(tmp_path: Path) -> None:
    insert = "INSERT INTO Tasks (ProjectId, Name, ChargeType) SELECT ProjectId, 'Kerbs', 'NON_CHARGEABLE' FROM Projects"
    steps = f"""
        cell("%sql {insert} WHERE Name = 'Terminal signage'")
        print([tuple(row) for row in cell("%sql SELECT ChargeType FROM Tasks WHERE Name = 'Kerbs'")])
        cell("import pandas; rates = pandas.DataFrame({{'Currency': ['NZD', 'GBP'], 'ToNzd': [1.0, 2.2]}})")
        cell("%sql --no-index --persist scratch.rates")
        print([tuple(row) for row in cell("%sql SELECT * FROM scratch.rates")])
    """
    assert shown(steps, tmp_path).strip().splitlines() == ["[('NON_CHARGEABLE',)]", "[('NZD', 1.0), ('GBP', 2.2)]"]


def test_the_cells_of_the_page_run(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "connect" / "jupysql.md").read_text(encoding="utf-8")
    cells = re.findall(r"^```ipython\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    steps = f"""
        for text in {cells!r}:
            cell(text)
        print(len(cell("%sql SELECT * FROM scratch.rates")))
    """
    assert shown(steps, tmp_path).split() == ["2"]


def test_an_error_is_our_message(tmp_path: Path) -> None:
    steps = """
        with capture_output():
            done = shell.run_cell("%sql SELECT nope FROM Tasks")
        print(str(done.error_in_exec).splitlines()[0])
    """
    assert 'there is no column "nope" (line 1, column 8)' in shown(steps, tmp_path)
