"""Somebody at Superset's pages: a browser with a mouse and a keyboard, since these pages listen to nothing less."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

from tests.clients.superset.rest import PASSWORD, USER
from tests.web.browser import Browser

#: Pixels of the window.
WIDTH, HEIGHT = 1200, 760


class Analyst(Browser):
    """Works at one Superset. Elements are named by CSS selectors, or by the text that they show."""

    def sign_in(self, url: str) -> None:
        self.open("about:blank")
        self.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        self.go(f"{url}/login/")
        self.type_into("#username", USER)
        self.type_into("#password", PASSWORD)
        self.click("[data-test=login-button]")
        self.until("!location.pathname.startsWith('/login') && document.readyState == 'complete'")

    def click(self, selector: str) -> None:
        self._click(f"document.querySelector({json.dumps(selector)})")

    def click_text(self, text: str, within: str = "body") -> None:
        """The innermost element that shows just this text."""
        every = f"[...document.querySelectorAll({json.dumps(within + ' *')})]"
        self._click(f"{every}.filter(e => e.innerText?.trim() == {json.dumps(text)} && e.offsetParent).at(-1)")

    def _click(self, element: str) -> None:
        """Press the mouse on the middle of an element that has come to rest."""
        box_of = "e => e && (e.scrollIntoView({block: 'nearest'}), JSON.stringify(e.getBoundingClientRect()))"
        rest = f"({box_of})({element})"
        before, found = None, self.until(rest)
        while found != before:  # menus slide in
            before = found
            time.sleep(0.15)
            found = self.until(rest)
        box = json.loads(found)
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **place, button="left", clickCount=1)

    def type_into(self, selector: str, text: str) -> None:
        self.click(selector)
        self.type(text)

    def type(self, text: str) -> None:
        """Where the cursor is."""
        self.call("Input.insertText", text=text)

    def press_key(self, key: str, code: int, modifiers: int = 0) -> None:
        for kind in ("keyDown", "keyUp"):
            names: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
            self.call("Input.dispatchKeyEvent", type=kind, **names)

    def rest(self, seconds: float = 1.5) -> None:
        """Let what moves come to rest, for a picture, with the mouse out of the way."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=WIDTH - 4, y=HEIGHT - 4)
        time.sleep(seconds)

    def sees(self, text: str) -> None:
        """Wait until the page shows it."""
        self.until(f"document.body.innerText.includes({json.dumps(text)})")

    def picture(self, path: Path, selector: str = "body", height: float | None = None) -> None:
        """What an element looks like, or its upper part, as a PNG."""
        box = json.loads(
            self.until(f"JSON.stringify(document.querySelector({json.dumps(selector)})?.getBoundingClientRect())")
        )
        clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": height or box["height"], "scale": 1}
        found = self.call("Page.captureScreenshot", format="png", clip=clip)
        path.write_bytes(base64.b64decode(found["data"]))
