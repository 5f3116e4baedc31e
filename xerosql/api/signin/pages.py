"""What the browser shows when it has come back from Xero. No scripts, and nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Page:
    """One page and the status it is sent with."""

    status: int
    html: str


_FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} - xerosql</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem; color: #222 }}
h1 {{ font-size: 1.5rem }}
@media (prefers-color-scheme: dark) {{ body {{ background: #1b1b1b; color: #ddd }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def signed_in(organisations: Iterable[str]) -> Page:
    """The sign-in worked."""
    listed = "".join(f"<li>{escape(name)}</li>" for name in organisations)
    connected = f"<p>Connected organisations:</p><ul>{listed}</ul>" if listed else ""
    return _page(200, "You are signed in", f"{connected}<p>Close this page and go back to the terminal.</p>")


def failed(sentence: str) -> Page:
    """The sign-in did not work, and why."""
    return _page(400, "The sign-in did not work", f"<p>{escape(sentence)}</p>")


def nothing_here(address: str) -> Page:
    """Somebody came without an answer of Xero's."""
    return _page(404, "Nothing here", f"<p>xerosql waits for an answer of Xero's at {escape(address)}.</p>")


def _page(status: int, title: str, body: str) -> Page:
    return Page(status, _FRAME.format(title=escape(title), body=body))
