"""The main job with Xero's own Python SDK and pandas. The SDK gives amounts as Decimal; pandas adds them as such."""

from __future__ import annotations

import sys

import pandas as pd
from outcome import report
from sdk_tasks import tasks


def sums(url: str, tenant: str) -> dict[str, object]:
    """Amount by project."""
    rows = [(task.project_id, task.total_amount.value) for task in tasks(url, tenant)]
    frame = pd.DataFrame(rows, columns=["project", "amount"])
    return frame.groupby("project")["amount"].sum().to_dict()


if __name__ == "__main__":
    report(sums(*sys.argv[1:]))
