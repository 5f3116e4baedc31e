"""The pages that a user's browser sees while signing in: which app wants what, and what may not be."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .exchange import Answer, Body, Request
from .state import Organisation

ALLOW = "allow"

_FRAME = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} - simulated Xero</title></head>
<body style="font: 1.1rem/1.5 sans-serif; max-width: 34rem; margin: 10vh auto">
<h1>{title}</h1>
{body}
</body>
</html>
"""
_FORM = """\
<p>The app <b>{client}</b> asks for:</p>
<ul>{scopes}</ul>
<form method="post">
<p>{organisations}</p>
<button id="allow" name="decision" value="allow">Allow access</button>
<button id="cancel" name="decision" value="cancel">Cancel</button>
</form>
<p>This is a simulation: no password is asked for, and nothing here is real.</p>
"""


def wants_pages(request: Request) -> bool:
    """Whether a browser asks, which shows pages, or a program, for which consent is given at once."""
    return "text/html" in request.headers.get("accept", "")


def consent_page(client: str, scopes: Iterable[str], organisations: Iterable[Organisation]) -> Answer:
    """What the user is asked. The form goes to the address that it came from, so that nothing of that is lost."""
    boxes = "<br>".join(
        f'<label><input type="checkbox" name="organisation" value="{escape(each.tenant_id)}"'
        f"{' checked' if place == 0 else ''}> {escape(each.name)}</label>"
        for place, each in enumerate(organisations)
    )
    asked = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    return _page(200, "Allow access?", _FORM.format(client=escape(client), scopes=asked, organisations=boxes))


def error_page(code: str, sentence: str) -> Answer:
    """What a user sees whom Xero will not send back to the app."""
    return _page(400, "Sorry, something went wrong", f"<p>Error: {escape(code)}</p><p>{escape(sentence)}</p>")


def _page(status: int, title: str, body: str) -> Answer:
    text = _FRAME.format(title=escape(title), body=body)
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Answer(status, Body(text.encode()), headers)
