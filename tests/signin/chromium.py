"""A real browser for the sign-in pages: headless Chromium, spoken to over its debugging pipe.

Run as a program, it is what BROWSER names: it opens an address, allows access, and writes the text of the page that
it ends up on to a file: `python chromium.py FILE ADDRESS`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
)
SECONDS = 60
ABOVE_THE_PIPES = 10


def installed() -> str | None:
    """Where Chromium is, if it is."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """A browser with one page. Close it, or use it as a context manager."""

    def __init__(self) -> None:
        path = installed()
        assert path is not None, "no Chromium; run make browser"
        self._home = tempfile.mkdtemp(prefix="xerosql-chromium-")
        ours_out, theirs_in = _pipe()
        theirs_out, ours_in = _pipe()
        silence = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, theirs_out, 3), (os.POSIX_SPAWN_DUP2, theirs_in, 4)]
        actions += [(os.POSIX_SPAWN_DUP2, silence, number) for number in (0, 1, 2)]
        command = [path, *FLAGS, f"--user-data-dir={self._home}", "about:blank"]
        self._pid = os.posix_spawn(path, command, os.environ, file_actions=actions)
        for number in (theirs_in, theirs_out, silence):
            os.close(number)
        self._in, self._out = os.fdopen(ours_in, "wb", buffering=0), os.fdopen(ours_out, "rb", buffering=0)
        self._rest = b""
        self._count = 0
        self._session: str | None = None
        self._context: str | None = None

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session = None
        with contextlib.suppress(OSError, EOFError):  # gone already
            self.call("Browser.close")
        os.waitpid(self._pid, 0)
        self._in.close()
        self._out.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def forget(self) -> None:
        """Close the pages and be as new: what is kept of a site, such as its cookies, goes with them."""
        self._session = None
        if self._context:
            self.call("Target.disposeBrowserContext", browserContextId=self._context)
        self._context = self.call("Target.createBrowserContext")["browserContextId"]

    def open(self, address: str) -> None:
        """Show the address in a new page, which the other methods then mean."""
        self._session = None
        place = {"browserContextId": self._context} if self._context else {}
        target = self.call("Target.createTarget", url=address, **place)["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def until(self, script: str) -> Any:
        """The value of a JavaScript expression, when it has one that is true."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            value = self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")
            if value:
                return value
            time.sleep(0.05)
        message = f"{script} never became true on {self.text()!r}"
        raise AssertionError(message)

    def press(self, selector: str) -> None:
        """Press a button, when it is there."""
        self.until(f"document.readyState == 'complete' && !!document.querySelector({selector!r})")
        self.call("Runtime.evaluate", expression=f"document.querySelector({selector!r}).click()")

    def arrived(self) -> str:
        """The text of xerosql's own page, when the browser has come there."""
        self.until("document.title.endsWith('xerosql') && document.readyState == 'complete'")
        return self.text()

    def text(self) -> str:
        result = self.call("Runtime.evaluate", expression="document.body.innerText", returnByValue=True)
        return str(result["result"].get("value"))

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the DevTools protocol and its result. A page that is just being left has none."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._in.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._count:
                return answer.get("result") or {"result": {}}

    def _message(self) -> bytes:
        while b"\0" not in self._rest:
            chunk = self._out.read(65536)
            if not chunk:
                raise EOFError("Chromium has ended")
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return message


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are out of the way of 3 and 4, which Chromium wants."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, ABOVE_THE_PIPES) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


def allow(address: str) -> str:
    """What a user does who agrees, and the text of the page that they end up on."""
    with Chromium() as browser:
        browser.open(address)
        browser.press("#allow")
        return browser.arrived()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(allow(sys.argv[2]), encoding="utf-8")
