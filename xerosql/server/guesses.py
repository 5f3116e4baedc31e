"""Wrong passwords: how many of them are looked at. Nothing waits here; the clock is given."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

#: Wrong passwords that cost no time, for each user and address; after them one is looked at in so many seconds.
FREE, PAUSE = 10, 1.0
#: After so many seconds without one they are forgotten.
FORGOTTEN = 600.0
#: Users and addresses that are remembered, so that made-up names do not fill the memory.
REMEMBERED = 10_000

Key = tuple[str, str]


@dataclass(slots=True)
class Account:
    """The wrong passwords of one user from one address, and when the next one is looked at."""

    wrong: int = 0
    last: float = 0.0
    free_at: float = 0.0


class Guesses:
    """Remembers who was wrong. The same for names that exist and for those that do not."""

    def __init__(self, free: int = FREE, pause: float = PAUSE) -> None:
        self.free = free
        self.pause = pause
        self.accounts: OrderedDict[Key, Account] = OrderedDict()
        self.lock = Lock()

    def wait(self, key: Key, now: float) -> float:
        """Seconds until a password of this user may be looked at. Whoever asks has a place in the line from now on."""
        with self.lock:
            account = self.accounts.get(key)
            if account is None or account.wrong < self.free or now - account.last > FORGOTTEN:
                return 0.0
            begins = max(now, account.free_at)
            account.free_at = begins + self.pause
            return begins - now

    def wrong(self, key: Key, now: float) -> None:
        """The password was wrong."""
        with self.lock:
            account = self.accounts.pop(key, None)
            if account is None or now - account.last > FORGOTTEN:
                account = Account()
            self.accounts[key] = account
            account.wrong, account.last = account.wrong + 1, now
            if account.wrong == self.free:
                account.free_at = now + self.pause
            if len(self.accounts) > REMEMBERED:
                self.accounts.popitem(last=False)

    def right(self, key: Key) -> None:
        """The password was right: the next wrong one is the first."""
        with self.lock:
            self.accounts.pop(key, None)
