"""A person at a browser, who follows links, presses buttons and fills in fields by what they are called."""

from __future__ import annotations

import json

from tests.signin.chromium import Chromium

READY = "document.readyState == 'complete' && location.href.startsWith('http')"


class Browser(Chromium):
    """Chromium with one page that is gone on with. `javascript` False switches the pages' own scripts off."""

    def visit(self, address: str, *, javascript: bool = True) -> None:
        """Go to an address in a page of its own."""
        self.open("about:blank")
        if not javascript:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.go(address)

    def go(self, address: str) -> None:
        """Go on to an address, and wait for it."""
        self.call("Page.navigate", url=address)
        self.until(READY)

    def press_text(self, text: str) -> None:
        """Press the link or button that is called so, and wait for the page that follows."""
        places = ", ".join(f"{part} {kind}" for part in ("main", "header") for kind in ("a", "button"))
        found = f"[...document.querySelectorAll('{places}')].find(e => e.innerText.trim() == {json.dumps(text)})"
        self.until(f"{READY} && !!({found})")
        self.call("Runtime.evaluate", expression=f"window.left = true; ({found}).click()")
        self.until(f"window.left !== true && {READY}")

    def fill(self, label: str, value: str) -> None:
        """Put a value into the field with that label, whose unit may follow in parentheses; a folded one counts too."""
        name = f"e.textContent.trim().split(/\\s*\\(/)[0] == {json.dumps(label)}"
        field = f"(document.getElementById([...document.querySelectorAll('label')].find(e => {name})?.htmlFor))"
        self.until(f"{READY} && !!{field}")
        self.call("Runtime.evaluate", expression=f"{field}.value = {json.dumps(value)}")

    def heading(self) -> str:
        return str(self.until("document.querySelector('h1') && document.querySelector('h1').innerText"))

    def has(self, text: str) -> bool:
        return text in self.text()
