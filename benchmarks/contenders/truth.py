"""What the sums must be: every number from its digits to a Decimal, added as Decimals. Standard library only."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from urllib.request import Request, urlopen

from outcome import report


def items(url: str, tenant: str, path: str) -> Iterator[dict[str, object]]:
    """The items of all pages of a list; `path` ends where the page goes."""
    page, pages = 1, 1
    while page <= pages:
        asked = Request(  # noqa: S310 - the harness's own simulator
            f"{url}/projects.xro/2.0/{path}page={page}&pageSize=500",
            headers={"Authorization": "Bearer any", "Xero-Tenant-Id": tenant},
        )
        with urlopen(asked) as answer:  # noqa: S310 - as above
            content = json.loads(answer.read(), parse_float=Decimal, parse_int=Decimal)
        pages = int(content["pagination"]["pageCount"])
        yield from content["items"]
        page += 1


def sums(url: str, tenant: str) -> dict[str, Decimal]:
    """Amount by project."""
    added: dict[str, Decimal] = defaultdict(Decimal)
    for project in items(url, tenant, "Projects?states=INPROGRESS%2CCLOSED&"):
        for task in items(url, tenant, f"Projects/{project['projectId']}/Tasks?"):
            added[task["projectId"]] += task["totalAmount"]["value"]
    return added


if __name__ == "__main__":
    report(sums(*sys.argv[1:]))
