"""Every page, its rights, and what becomes of what is entered."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import TOKEN, Office
from xerosql.config import ALL_RIGHTS
from xerosql.queue.troubleshooting import ADVICE
from xerosql.web import create_app

LOOKING = ("xero_tasks", "xero_task_types")


@pytest.fixture
def filled(office: Office) -> Office:
    """Task 1 and 2 completed, 3 failed; names as somebody would choose who wants to break the page."""
    project = office.add_project("<script>alert(1)</script>")
    office.add("INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)", project)
    office.add_wrong(project, '"><img src=x onerror=alert(1)>')
    office.work()
    return office


def signed_in(office: Office, *rights: str) -> FlaskClient:
    """A browser that is signed in at a page with these rights, or all."""
    connection = office.connect(queue_rights=rights) if rights else office.connection
    client = create_app(connection, TOKEN).test_client()
    assert client.get("/sign-in", query_string={"token": TOKEN}).status_code == 302
    return client


@pytest.fixture
def client(filled: Office) -> FlaskClient:
    return signed_in(filled)


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def form_token(client: FlaskClient, path: str) -> str:
    """What a form carries that came from this page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def post(client: FlaskClient, path: str, **values: Any) -> Any:
    """Send the form of the page, as a browser would."""
    token = form_token(client, "/")
    return client.post(path, data={**values, "csrf_token": token})


# -- The list ----------------------------------------------------------------------------------------------------------


def numbers(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'<td data-label="Task"><a href="/tasks/(\d+)"', page)]


def test_the_list_has_the_captions_of_the_documents(client: FlaskClient) -> None:
    page = text(client, "/")
    for caption in (
        "Xero Task Type", "Xero Task Status", "Customer", "Dealer Code", "Added Date", "Completed Date"
    ):  # fmt: skip
        assert f"{caption}</a></th>" in page or f"{caption}<span" in page
    assert numbers(page) == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=Failed", [3]),
        ("status=Failed&status=Completed", [3, 2, 1]),
        ("type=CreateProject", [1]),
        ("type=CreateProject&status=Failed", []),
        ("customer=nobody", []),
        ("dealer=NORTH", [3, 2, 1]),
        ("dealer=SOUTH", []),
        ("added_from=2020-01-01&added_to=2099-01-01", [3, 2, 1]),
        ("added_to=2020-01-01", []),
        ("completed_from=2020-01-01", [2, 1]),
        ("completed_to=2020-01-01", []),
        ("sort=XeroTaskId&dir=asc", [1, 2, 3]),
        ("sort=XeroTaskStatus&dir=asc", [2, 1, 3]),
        ("sort=nonsense&status=nonsense&page=nonsense", [3, 2, 1]),
        ("page=2", []),
        ("page=99999999999999999999", []),
    ],
)
def test_the_list_is_filtered_and_sorted(filled: Office, client: FlaskClient, query: str, found: list[int]) -> None:
    filled.connection.execute("UPDATE queue.XeroTenants SET DealerCode = 'NORTH' WHERE Name LIKE 'Harbour%'")
    assert numbers(text(client, f"/?{query}")) == found


def test_a_customer_is_found_by_the_beginning_of_the_id(filled: Office, client: FlaskClient) -> None:
    customer = filled.one("SELECT Customer FROM queue.XeroTasks WHERE XeroTaskId = 1")
    assert numbers(text(client, f"/?customer={customer[:6].upper()}")) == [3, 2, 1]


def test_the_list_is_paged(office: Office) -> None:
    """Fifty at a time, with the filters kept."""
    for _ in range(51):
        office.add_project()
    client = signed_in(office)
    page = text(client, "/?type=CreateProject")
    assert len(numbers(page)) == 50
    assert "1–50 of 51" in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    page = text(client, following[1].replace("&amp;", "&"))
    assert numbers(page) == [1]
    assert 'rel="prev"' in page


def test_a_day_that_is_none_is_told(client: FlaskClient) -> None:
    assert "is no day" in text(client, "/?added_from=yesterday", 400)


def test_an_empty_queue_says_how_tasks_come(office: Office) -> None:
    assert "The queue is empty" in text(signed_in(office), "/")


# -- A task ------------------------------------------------------------------------------------------------------------


def test_a_tasks_page_tells_everything(client: FlaskClient) -> None:
    page = text(client, "/tasks/3")
    for part in (
        "must be in the project&#39;s currency",
        ADVICE["XERO_VALIDATION"].heading,
        "/help#XERO_VALIDATION",
        "POST /projects.xro/2.0/Projects/",
        "&#34;currency&#34;: &#34;USD&#34;",
        "&#34;RateValue&#34;: 12.50",
        "correlation id",
        "What it waits for",
        "What happened",
    ):
        assert part in page


def test_a_tasks_buttons_are_what_can_be_done_with_it(client: FlaskClient) -> None:
    def buttons(number: int) -> set[str]:
        return set(re.findall(rf'class="button[^"]*" href="/tasks/{number}/(\w+)"', text(client, f"/tasks/{number}")))

    assert buttons(3) == {"edit", "retry", "resolve", "skip", "cancel"}
    assert buttons(1) == set()


def test_why_a_task_waits_is_told(office: Office) -> None:
    project = office.add_project()
    office.add("INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)", project)
    client = signed_in(office)
    assert "Task 1 comes first" in text(client, "/tasks/2")
    assert "waits for task 1" in text(client, "/")
    office.connection.execute("UPDATE queue.XeroTenants SET PausedUntil = TIMESTAMP '9999-12-31' WHERE Reason IS NULL")
    assert ADVICE["paused"].happened in text(client, "/tasks/1")


def test_a_task_that_there_is_not_is_404(client: FlaskClient) -> None:
    for path in ("/tasks/99", "/tasks/99/edit", "/tasks/99/retry", "/tasks/99/preview"):
        assert "There is no task 99" in text(client, path, 404)
    assert client.get("/tasks/x").status_code == 404
    assert client.get("/tasks/3/explode").status_code == 404


def test_what_would_be_sent_is_shown_and_not_sent(filled: Office, client: FlaskClient) -> None:
    filled.simulator.reset_counters()
    page = text(client, "/tasks/3/preview")
    assert "POST /projects.xro/2.0/Projects/" in page
    assert "Nothing was sent" in page
    assert {each.method for each in filled.simulator.requests} <= {"GET"}


# -- The verbs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "after"), [("retry", "Pending"), ("cancel", "Cancelled"), ("skip", "Skipped")])
def test_a_verb_asks_and_then_does_it(filled: Office, client: FlaskClient, verb: str, after: str) -> None:
    """Looking at the question changes nothing; the answer does, and the page says so."""
    assert "<form" in text(client, f"/tasks/3/{verb}")
    assert filled.status(3) == "Failed"
    answer = post(client, f"/tasks/3/{verb}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tasks/3")
    assert filled.status(3) == after
    assert "Task 3 " in text(client, "/tasks/3")


def test_a_verb_that_a_task_does_not_take_is_409(filled: Office, client: FlaskClient) -> None:
    assert "does not take that" in text(client, "/tasks/1/retry", 409)
    assert post(client, "/tasks/1/cancel").status_code == 409
    assert post(client, "/tasks/3/absent").status_code == 409
    assert filled.status(1) == "Completed"


def test_a_task_is_resolved_with_a_row_that_is_looked_up(filled: Office, client: FlaskClient) -> None:
    row = filled.one("SELECT Id FROM Tasks WHERE Status = 'ACTIVE' ORDER BY Id LIMIT 1")
    for entered, complaint in (
        ("", "creates a row: set ResultId too"),
        ("nonsense", "is no Id"),
        (f"{row[:36]}/00000000-0000-0000-0000-000000000000", "Xero has no task"),
    ):
        answer = post(client, "/tasks/3/resolve", result_id=entered)
        assert answer.status_code == 409
        assert complaint in answer.text
        assert filled.status(3) == "Failed"
    assert post(client, "/tasks/3/resolve", result_id=f" {row} ").status_code == 302
    assert filled.status(3) == "Completed"


def test_several_tasks_are_sent_again_all_or_none(filled: Office, client: FlaskClient) -> None:
    assert "Send 1 task again?" in text(client, "/retry?task=3")
    answer = post(client, "/retry", task=["3", "1"])
    assert answer.status_code == 409
    assert "task 1 is Completed" in answer.text
    assert filled.status(3) == "Failed"
    assert post(client, "/retry", task=["3"]).status_code == 302
    assert filled.status(3) == "Pending"
    assert client.get("/retry").status_code == 302


# -- Editing -----------------------------------------------------------------------------------------------------------


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="value-(\w+)" value="([^"]*)"', page))


def test_the_form_has_a_field_for_each_value_and_for_each_that_could_be(client: FlaskClient) -> None:
    page = text(client, "/tasks/3/edit")
    found = fields(page)
    assert (found["RateValue"], found["RateCurrency"], found["EstimateMinutes"]) == ("12.50", "USD", "")
    assert "Currency of RateValue" in page


def test_a_value_is_mended_and_the_rest_stays_digit_by_digit(filled: Office, client: FlaskClient) -> None:
    """Then the page asks whether it is to be sent again."""
    answer = post(client, "/tasks/3/edit", **{"value-RateCurrency": "NZD"})
    assert answer.headers["Location"] == "/tasks/3/retry"
    parameters = filled.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3")
    assert '"RateValue":12.50' in parameters
    assert '"RateCurrency":"NZD"' in parameters
    assert post(client, "/tasks/3/retry").status_code == 302
    filled.work()
    assert filled.status(3) == "Completed"


def test_a_value_can_be_added_and_left_out(filled: Office, client: FlaskClient) -> None:
    post(client, "/tasks/3/edit", **{"value-RateCurrency": "", "value-EstimateMinutes": "90"})
    parameters = filled.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3")
    assert "RateCurrency" not in parameters
    assert '"EstimateMinutes":90' in parameters


def test_what_cannot_be_is_told_and_what_was_entered_stays(filled: Office, client: FlaskClient) -> None:
    before = filled.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3")
    answer = post(client, "/tasks/3/edit", **{"value-RateValue": "much", "value-Name": "Kept <b>"})
    assert answer.status_code == 409
    assert "RateValue takes" in answer.text
    assert fields(answer.text)["RateValue"] == "much"
    assert fields(answer.text)["Name"] == "Kept &lt;b&gt;"
    assert filled.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3") == before


def test_the_values_can_be_written_as_json(filled: Office, client: FlaskClient) -> None:
    parameters = filled.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3")
    assert post(client, "/tasks/3/edit", json="{").status_code == 409
    assert post(client, "/tasks/3/edit", json=parameters.replace("USD", "NZD")).status_code == 302
    assert "NZD" in filled.one("SELECT Parameters FROM queue.XeroTasks WHERE XeroTaskId = 3")


# -- History, organisations, types, help -------------------------------------------------------------------------------


@pytest.mark.parametrize("span", ["day", "week", "month", "nonsense"])
def test_the_history_is_drawn_from_the_numbers_beside_it(client: FlaskClient, span: str) -> None:
    """The last row is what is there now."""
    page = text(client, f"/history?span={span}")
    assert "<svg viewBox" in page
    assert 'role="img"' in page
    newest = re.search(r'<th scope="row">now</th>(.*?)</tr>', page, re.DOTALL)
    assert newest is not None
    assert re.findall(r"<td>([\d,-]+)</td>", newest[1]) == ["0", "0", "0", "0", "1", "2", "0", "0", "2"]
    assert "1 Failed</title>" in page


def test_an_organisation_is_paused_and_resumed(filled: Office, client: FlaskClient) -> None:
    tenant = filled.options["tenant"]
    assert "Harbour &amp; Pine Studio" in text(client, "/organisations")
    assert "Pause Harbour &amp; Pine Studio?" in text(client, f"/organisations/{tenant}/pause")
    assert post(client, f"/organisations/{tenant}/pause").status_code == 302
    page = text(client, "/organisations")
    assert "until it is resumed" in page
    assert "Resume" in page
    assert post(client, f"/organisations/{tenant}/resume").status_code == 302
    assert filled.one("SELECT PausedUntil FROM queue.XeroTenants WHERE TenantId = ?", tenant) is None


def test_an_organisation_gets_a_dealer_code(filled: Office, client: FlaskClient) -> None:
    tenant = filled.options["tenant"]
    post(client, f"/organisations/{tenant}/dealer", dealer=" NORTH ")
    assert filled.one("SELECT DealerCode FROM queue.XeroTenants WHERE TenantId = ?", tenant) == "NORTH"
    assert ">NORTH<" in text(client, "/")
    unknown = "00000000-0000-0000-0000-000000000000"
    assert client.get(f"/organisations/{unknown}/pause").status_code == 404
    assert post(client, f"/organisations/{unknown}/dealer", dealer="x").status_code == 400


def test_a_type_is_changed(filled: Office, client: FlaskClient) -> None:
    page = text(client, "/types/CreateTask")
    values = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page))
    description = re.search(r"<textarea[^>]*>([^<]*)</textarea>", page)
    assert description is not None
    values |= {"Description": description[1], "DisplayName": "Post a <task>"}
    values.pop("csrf_token", None)
    values.pop("Enabled", None)
    assert post(client, "/types/CreateTask", **values).status_code == 302
    assert "Post a &lt;task&gt;" in text(client, "/types")
    assert "switched off" in text(client, "/types")
    assert filled.one("SELECT Enabled FROM queue.XeroTaskTypes WHERE XeroTaskType = 'CreateTask'") is False
    answer = post(client, "/types/CreateTask", **{**values, "MaxAttempts": "many"})
    assert answer.status_code == 409
    assert "MaxAttempts" in answer.text
    assert client.get("/types/Nonsense").status_code == 404


def test_the_help_has_all_the_advice(client: FlaskClient) -> None:
    page = text(client, "/help")
    for advice in ADVICE.values():
        assert f'id="{advice.anchor}"' in page
        assert advice.heading in page


# -- Rights ------------------------------------------------------------------------------------------------------------


def test_who_may_only_look_has_no_buttons_and_gets_nowhere_without_them(filled: Office) -> None:
    client = signed_in(filled, *LOOKING)
    for path in ("/", "/tasks/3", "/organisations", "/types"):
        page = text(client, path)
        assert not re.findall(r"<button(?! class=\"quiet\")(?! class=\"main\">Filter)", page), path
        assert not re.search(r'class="button[ "]', page)
    tenant = filled.options["tenant"]
    for path in (
        "/tasks/3/retry",
        "/tasks/3/edit",
        "/retry?task=3",
        f"/organisations/{tenant}/pause",
        "/types/CreateTask",
    ):
        assert client.get(path).status_code == 403, path
    for path in ("/tasks/3/retry", "/tasks/3/edit", "/retry", f"/organisations/{tenant}/resume", "/types/CreateTask"):
        assert post(client, path, task="3").status_code == 403, path
    assert filled.status(3) == "Failed"


def test_the_types_take_a_right_of_their_own(filled: Office) -> None:
    client = signed_in(filled, "xero_tasks", "xero_tasks_control")
    page = text(client, "/")
    assert "/types" not in page
    assert "CreateTask" in page
    assert "queue_rights" in text(client, "/types", 403)
    only_types = signed_in(filled, "xero_task_types", "xero_task_types_edit")
    assert only_types.get("/").headers["Location"] == "/types"
    assert "Xero Task Types" in text(only_types, "/types")
    for path in ("/tasks/3", "/history", "/organisations", "/tasks/3/preview"):
        assert only_types.get(path).status_code == 403, path


def test_no_right_at_all_shows_nothing(filled: Office) -> None:
    client = signed_in(filled, "none")
    for path in ("/", "/tasks/3", "/history", "/organisations", "/types"):
        assert client.get(path).status_code == 403, path


def test_all_rights_are_what_a_connection_has_by_default(filled: Office) -> None:
    assert set(filled.connection.settings.queue_rights) == set(ALL_RIGHTS)


# -- What is typed is text ---------------------------------------------------------------------------------------------


def test_no_value_of_the_queue_becomes_markup(filled: Office, client: FlaskClient) -> None:
    """Names, messages of Xero's, workers, dealers: whatever is in them is shown as it is."""
    from xerosql.queue.tables import EVENTS, TASKS, TENANTS, WORKERS

    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    with filled.connection.session.queue.changing() as (database, now):
        database.execute(
            TASKS.update().values(
                error_message=evil, customer=evil, worker=evil, path=evil, body=evil.encode(),
                correlation_id=evil, status="Failed", error_code="XERO_VALIDATION", own_id=evil,
            )
        )  # fmt: skip
        database.execute(EVENTS.update().values(message=evil, who=evil))
        database.execute(TENANTS.update().values(name=evil, dealer_code=evil))
        row = {"worker": evil, "host": evil, "process": 1, "machine": "", "started_at": now, "heartbeat_at": now}
        database.execute(WORKERS.insert().values(**row))
    paths = (
        "/",
        "/tasks/1",
        "/tasks/3",
        "/tasks/3/retry",
        "/tasks/3/edit",
        "/retry?task=3",
        "/organisations",
        "/history",
    )
    for path in (*paths, f"/?customer={evil}", f"/?dealer={evil}"):
        page = text(client, path)
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert 'onerror=alert(1)>"' not in page


def attributes(page: str) -> list[str]:
    """The names of all attributes of all elements."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(name for name, _ in attrs)

    Reader().feed(page)
    return found


def test_no_page_has_a_script_or_a_style_in_it(client: FlaskClient) -> None:
    """Nothing that the policy of the page would have to make an exception for."""
    for path in ("/", "/tasks/3", "/tasks/3/edit", "/tasks/3/retry", "/history", "/organisations", "/types", "/help"):
        page = text(client, path)
        assert re.findall(r"<script(?! src=)", page) == []
        assert "<style" not in page
        assert [name for name in attributes(page) if name == "style" or name.startswith("on")] == []


def test_every_page_has_a_title_a_language_and_labels(client: FlaskClient) -> None:
    """What a reader of the screen needs: each field is named, each page has one heading of the first order."""
    for path in (
        "/",
        "/tasks/3",
        "/tasks/3/edit",
        "/tasks/3/resolve",
        "/history",
        "/organisations",
        "/types/CreateTask",
    ):
        page = text(client, path)
        assert '<html lang="en">' in page
        assert page.count("<h1") == 1, path
        named = set(re.findall(r'<label for="([^"]+)"', page))
        for field in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            if 'type="hidden"' in field or "aria-label=" in field:
                continue
            found = re.search(r'\sid="([^"]+)"', field)
            assert found is not None, field
            assert found[1] in named, field
