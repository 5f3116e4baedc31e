"""The page in a real browser, with its scripts and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.browser import Browser
from tests.web.conftest import TOKEN, Office
from xerosql.web import Server


@pytest.fixture
def server(office: Office) -> Iterator[Server]:
    """The page of an office with a project and a task that are completed, and one that failed (3)."""
    project = office.add_project()
    office.add("INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)", project)
    office.add_wrong(project)
    office.work()
    with Server(office.connection, TOKEN, "127.0.0.1", 0) as server:
        yield server


def sign_in(browser: Browser, server: Server, *, javascript: bool = True) -> None:
    browser.visit(server.url, javascript=javascript)
    assert browser.heading() == "Sign in"
    browser.fill("Token", TOKEN)
    browser.press_text("Sign in")
    assert browser.heading() == "Xero Tasks"


def shown(browser: Browser) -> list[str]:
    """The numbers of the tasks in the list."""
    script = "[...document.querySelectorAll('td[data-label=Task]')].map(each => each.innerText.trim()).join(' ') + ' '"
    return str(browser.until(script)).split()


def test_who_has_the_token_signs_in_and_out(browser: Browser, server: Server) -> None:
    browser.visit(server.url)
    browser.fill("Token", "another token, which is wrong")
    browser.press_text("Sign in")
    assert browser.has("That is not the token")
    sign_in(browser, server)
    browser.press_text("Sign out")
    assert browser.heading() == "Sign in"
    browser.go(f"{server.url}tasks/3")
    assert browser.heading() == "Sign in"


def test_the_printed_address_signs_in_and_does_not_stay_in_the_bar(browser: Browser, server: Server) -> None:
    browser.visit(f"{server.url}sign-in?token={TOKEN.replace(' ', '+')}")
    assert browser.heading() == "Xero Tasks"
    assert browser.until("location.href") == server.url


def test_the_list_is_filtered_and_sorted_by_hand(browser: Browser, server: Server) -> None:
    sign_in(browser, server)
    assert shown(browser) == ["3", "2", "1"]
    browser.press_text("Need you 1")
    assert shown(browser) == ["3"]
    browser.press_text("All 3")
    browser.press_text("Task ↓")
    assert shown(browser) == ["1", "2", "3"]
    browser.fill("Xero Task Type", "CreateProject")
    browser.press_text("Filter")
    assert shown(browser) == ["1"]
    browser.press_text("Clear")
    assert shown(browser) == ["3", "2", "1"]


def test_the_list_keeps_itself_up_to_date_until_that_is_switched_off(
    browser: Browser, server: Server, office: Office
) -> None:
    sign_in(browser, server)
    assert browser.until("!document.getElementById('refresh').hidden")
    office.connection.execute("UPDATE queue.XeroTasks SET XeroTaskStatus = 'Skipped' WHERE XeroTaskId = 3")
    browser.call("Runtime.evaluate", expression="window.stayed = true; refresh()")
    browser.until("document.getElementById('live').innerText.includes('Skipped 1') && window.stayed")
    browser.call("Runtime.evaluate", expression="document.querySelector('#refresh input').click()")
    office.connection.execute("UPDATE queue.XeroTasks SET XeroTaskStatus = 'Pending' WHERE XeroTaskId = 3")
    browser.call("Runtime.evaluate", expression="refresh().then(() => { window.asked = true; })")
    browser.until("window.asked")
    assert browser.has("Skipped 1")
    browser.go(server.url)
    assert browser.until(
        "document.querySelector('#refresh input') && !document.querySelector('#refresh input').checked"
    )


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_failed_task_is_mended_and_retried(
    browser: Browser, server: Server, office: Office, javascript: bool
) -> None:
    """From the list to its page, its form, the question, and back: with links, fields and buttons alone."""
    sign_in(browser, server, javascript=javascript)
    browser.press_text("3")
    assert browser.has("The rate must be in the project's currency, NZD.")
    assert browser.has("Xero refused what was sent")
    browser.press_text("Edit what is sent")
    browser.fill("RateCurrency", "NZD")
    browser.press_text("Save")
    assert browser.heading() == "Send it again?"
    assert office.status(3) == "Failed"
    browser.press_text("Send again")
    assert browser.has("Task 3 will be sent again.")
    assert office.status(3) == "Pending"
    office.work()
    browser.go(f"{server.url}tasks/3")
    assert browser.has("Completed")
    assert browser.has("Row at Xero")


def test_everything_can_be_read_without_scripts(browser: Browser, server: Server) -> None:
    """The drawing is in the page, and so is the table behind it."""
    sign_in(browser, server, javascript=False)
    assert browser.until("document.getElementById('refresh').hidden")
    browser.press_text("History")
    assert browser.until("document.querySelectorAll('svg rect').length") >= 2
    assert browser.until("document.querySelectorAll('#numbers tbody tr').length") == 24
    browser.press_text("7 days")
    assert browser.until("document.querySelectorAll('#numbers tbody tr').length") == 28
    for link, heading in (
        ("Organisations", "Organisations"),
        ("Xero Task Types", "Xero Task Types"),
        ("Help", "What to do"),
    ):
        browser.press_text(link)
        assert browser.heading() == heading


def test_the_link_to_the_help_leads_to_the_part_that_matters(browser: Browser, server: Server) -> None:
    sign_in(browser, server)
    browser.press_text("3")
    browser.press_text("More about XERO_VALIDATION")
    assert str(browser.until("location.href")).endswith("/help#XERO_VALIDATION")
    assert browser.until("document.querySelector(':target').innerText.startsWith('Xero refused what was sent')")


def test_the_policy_keeps_foreign_scripts_from_running(browser: Browser, server: Server) -> None:
    """Also one that found its way into the page."""
    sign_in(browser, server)
    script = (
        "const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s); "
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">'); "
        "setTimeout(() => { window.waited = true; }, 300)"
    )
    browser.call("Runtime.evaluate", expression=script)
    browser.until("window.waited")
    assert browser.until("window.ran === undefined")


def test_a_narrow_page_needs_no_scrolling_sideways(browser: Browser, server: Server) -> None:
    sign_in(browser, server)
    for path in ("", "tasks/3", "tasks/3/edit", "history", "organisations", "types", "help"):
        browser.go(f"{server.url}{path}")
        browser.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
        assert browser.until("document.documentElement.scrollWidth <= 390 || 'too wide'") is True, path
