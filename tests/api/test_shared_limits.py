"""The account of all processes: the rules of `limits`, with leases and a queue. Pure, so that no file is needed."""

import math
import random

import pytest

from xerosql.api.refusal import Quota, Refusal
from xerosql.api.request import Headers
from xerosql.api.shared_limits import Account, DayOver, Quotas, Wait, give_back, learn, refresh, refused, take, used

XERO = Quotas()
WALL = 1_800_000_000.0


def calls(account: Account, number: int, now: float, quotas: Quotas = XERO) -> None:
    """So many calls that begin and end now."""
    for place in range(number):
        assert take(account, f"c{now}.{place}", quotas, now, WALL) is None
        give_back(account, f"c{now}.{place}", now, counted=True)


def test_five_places_and_a_sixth_waits() -> None:
    """Whoever asks; a place that is given back goes to the one who waits."""
    account = Account()
    assert [take(account, str(name), XERO, 0.0, WALL) for name in range(5)] == [None] * 5
    assert take(account, "sixth", XERO, 0.0, WALL) == Wait(0.05, math.inf)
    give_back(account, "2", 0.1, counted=True)
    assert take(account, "sixth", XERO, 0.1, WALL) is None


def test_a_minute_is_sixty_seconds_from_the_answers() -> None:
    """The sixty-first call waits until a minute after the answer to the first, and a quarter of a second at most."""
    account = Account()
    calls(account, 30, 100.1)
    calls(account, 30, 110.0)
    verdict = take(account, "x", XERO, 120.0, WALL)
    assert isinstance(verdict, Wait)
    assert 100.1 + 60 <= 120.0 + verdict.expected <= 100.1 + 60.25
    assert verdict.seconds == 1.0
    refresh(account, 160.3)
    assert take(account, "x", XERO, 160.3, WALL) is None


def test_the_queue_is_first_come_first_served() -> None:
    """A process that gives a place back does not get it again before those who waited."""
    account = Account()
    assert take(account, "busy", Quotas(max_in_flight=1), 0.0, WALL) is None
    assert take(account, "patient", Quotas(max_in_flight=1), 0.0, WALL) is not None
    give_back(account, "busy", 0.1, counted=True)
    assert take(account, "busy again", Quotas(max_in_flight=1), 0.1, WALL) is not None
    assert take(account, "patient", Quotas(max_in_flight=1), 0.12, WALL) is None


def test_a_waiter_that_is_gone_does_not_hold_up_the_others() -> None:
    """Killed: it is forgotten after three seconds. Given up: at once."""
    one = Quotas(max_in_flight=1)
    account = Account()
    take(account, "holder", one, 0.0, WALL)
    take(account, "killed", one, 0.0, WALL)
    take(account, "gave up", one, 0.0, WALL)
    give_back(account, "holder", 0.1, counted=True)
    give_back(account, "gave up", 0.1, counted=False)
    refresh(account, 1.0)
    assert take(account, "next", one, 1.0, WALL) is not None
    refresh(account, 3.1)
    assert take(account, "next", one, 3.1, WALL) is None


def test_a_killed_processs_place_comes_back() -> None:
    """When its lease ends; the call counts as one that was made."""
    account = Account()
    take(account, "killed", Quotas(max_in_flight=1, lease=110.0), 0.0, WALL)
    refresh(account, 109.9)
    assert take(account, "next", Quotas(max_in_flight=1), 109.9, WALL) is not None
    refresh(account, 110.0)
    assert used(account, 110.0) == 1
    assert take(account, "next", Quotas(max_in_flight=1), 110.0, WALL) is None
    give_back(account, "killed", 111.0, counted=True)  # it was only slow after all: it has counted already
    refresh(account, 111.0)
    assert used(account, 111.0) == 2


def test_what_was_never_sent_costs_nothing() -> None:
    """Xero cannot have counted it."""
    account = Account()
    take(account, "x", XERO, 0.0, WALL)
    give_back(account, "x", 0.0, counted=False)
    assert used(account, 0.0) == 0


def test_a_used_up_day_is_over_for_all_until_it_ends() -> None:
    """By the wall clock, which a restart of the machine does not set back."""
    account = Account()
    refused(account, Refusal(Quota.DAY, 3600.0), 0.0, WALL)
    assert take(account, "x", XERO, 1.0, WALL + 1) == DayOver(WALL + 3600)
    assert take(account, "x", XERO, 3601.0, WALL + 3601) is None


def test_a_day_without_an_end_is_tried_again_after_a_minute() -> None:
    """By one call, which is refused without cost and may bring the end."""
    account = Account()
    refused(account, Refusal(Quota.DAY, None), 0.0, WALL)
    assert take(account, "x", XERO, 1.0, WALL + 1) == DayOver(None)
    assert take(account, "x", XERO, 61.0, WALL + 61) is None
    assert take(account, "y", XERO, 61.0, WALL + 61) == Wait(0.05, math.inf)


def test_no_more_calls_fly_than_are_left_of_the_day() -> None:
    """Two left: the third waits for their answers."""
    account = Account()
    learn(account, Headers({"X-DayLimit-Remaining": "2"}), XERO, 0.0, 0.0)
    assert [take(account, name, XERO, 0.0, WALL) for name in "ab"] == [None, None]
    assert take(account, "c", XERO, 0.0, WALL) is not None


@pytest.mark.parametrize(
    ("quota", "seconds", "held"),
    [
        (Quota.MINUTE, 13.0, 13.0),
        (Quota.MINUTE, None, 60.0),
        (Quota.CONCURRENT, None, 0.5),
        (Quota.CONCURRENT, 4.0, 4.0),
    ],
)
def test_a_refusal_holds_everybody(quota: Quota, seconds: float | None, held: float) -> None:
    """For as long as Xero says, or as is usual."""
    account = Account()
    refused(account, Refusal(quota, seconds), 0.0, WALL)
    verdict = take(account, "x", XERO, 0.0, WALL)
    assert isinstance(verdict, Wait)
    assert verdict.expected == held
    assert take(account, "x", XERO, held, WALL) is None


def test_what_other_machines_use_is_learnt_from_the_answers_and_forgotten() -> None:
    """Xero says that ten are left and this machine used one: 49 were theirs, until a fresh window shows."""
    account = Account()
    calls(account, 1, 0.0)
    learn(account, Headers({"X-MinLimit-Remaining": "10"}), XERO, 0.0, 0.0)
    assert used(account, 0.0) == 50
    calls(account, 1, 30.0)
    learn(account, Headers({"X-MinLimit-Remaining": "59"}), XERO, 30.0, 30.0)
    assert used(account, 30.0) == 2
    learn(account, Headers({"X-MinLimit-Remaining": "0"}), XERO, 30.0, 30.0)
    refresh(account, 91.0)
    assert used(account, 91.0) == 0


def test_this_machines_own_calls_are_not_taken_for_others() -> None:
    """Xero's count and ours agree."""
    account = Account()
    for number in range(20):
        calls(account, 1, float(number))
        learn(account, Headers({"X-MinLimit-Remaining": str(59 - number)}), XERO, float(number), float(number))
    assert used(account, 19.0) == 20


def test_the_whole_apps_minute_holds_everybody() -> None:
    """Xero allows an app ten thousand calls a minute over all its organisations."""
    account = Account()
    learn(account, Headers({"X-AppMinLimit-Remaining": "0"}), XERO, 0.0, 0.0)
    assert take(account, "x", XERO, 59.0, WALL) is not None
    assert take(account, "x", XERO, 60.0, WALL) is None


def test_a_restarted_machine_begins_anew() -> None:
    """Its clock is younger than the account; the end of the day stays."""
    account = Account()
    refresh(account, 50_000.0)
    take(account, "x", XERO, 50_000.0, WALL)
    refused(account, Refusal(Quota.MINUTE, 60.0), 50_000.0, WALL)
    refused(account, Refusal(Quota.DAY, 600.0), 50_000.0, WALL)
    refresh(account, 20.0)
    assert used(account, 20.0) == 0
    assert take(account, "y", XERO, 20.0, WALL) == DayOver(WALL + 600)
    assert take(account, "y", XERO, 20.0, WALL + 601) is None


@pytest.mark.parametrize("seed", range(20))
def test_no_minute_ever_holds_more_than_sixty_and_all_is_used(seed: int) -> None:
    """Random calls of random length, some of killed processes: no minute of Xero's, wherever it begins, has more."""
    chance, account, now = random.Random(seed), Account(), 0.0
    flying: dict[str, float] = {}
    sent: list[float] = []
    for step in range(3000):
        now += chance.random() * 0.2
        refresh(account, now)
        for name in [name for name, ends in flying.items() if ends <= now]:
            del flying[name]
            if chance.random() > 0.02:  # else its process was killed before it could say so
                give_back(account, name, now, counted=True)
        if take(account, f"w{step}" if chance.random() < 0.1 else "w", Quotas(lease=20.0), now, WALL) is None:
            name = "w" if "w" in account.leases else f"w{step}"
            account.leases[f"f{step}"] = account.leases.pop(name)
            flying[f"f{step}"] = now + chance.random() * 3
            sent.append(now)
        assert len(account.leases) <= 5
    assert all(later - earlier >= 60 for earlier, later in zip(sent, sent[60:], strict=False))
    assert len(sent) > 120
