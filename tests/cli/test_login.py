"""`xerosql login` and `logout`, with a browser of a few lines; the real one is in tests/signin."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

import xerosql as driver
from tests.cli.conftest import xerosql
from tests.signin.memory import Memory
from xerosql.cli import login as login_module
from xerosql.simulator import Fault, Server, Simulator


@pytest.fixture
def xero(monkeypatch: pytest.MonkeyPatch, nothing_configured: None) -> Iterator[Server]:
    """A Xero that checks tokens, and an environment that points at it."""
    with Simulator(auth=True, limits=False).serve() as server:
        monkeypatch.setenv("XEROSQL_BASE_URL", server.url)
        monkeypatch.setenv("XEROSQL_IDENTITY_URL", server.url)
        monkeypatch.setattr("xerosql.api.retry.Policy.backoff", lambda *_: 0.0)
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XEROSQL_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "signins"


def get(address: str) -> tuple[int, str, str | None]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    answer = response.status, response.read().decode(), response.headers["Location"]
    connection.close()
    return answer


class Browser:
    """Goes where it is sent, changed by `on_the_way`, and remembers the last page."""

    def __init__(self) -> None:
        self.on_the_way: Callable[[str], str] = lambda address: address
        self.pages: list[tuple[int, str]] = []
        self.seen: list[str] = []

    def open(self, address: str) -> bool:
        self.seen.append(address)
        status, text, location = get(address)
        if location is not None:
            status, text, _ = get(self.on_the_way(location))
        self.pages.append((status, text))
        return True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    made = Browser()
    monkeypatch.setattr(webbrowser, "open", made.open)
    return made


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        number: int = held.getsockname()[1]
        return number


def options_in(home: Path, profile: str = "default") -> dict[str, str]:
    found: dict[str, str] = json.loads((home / f"{profile}.json").read_text())["options"]
    return found


def test_a_sign_in_is_kept_and_connect_uses_it(xero: Server, home: Path, browser: Browser, port: int) -> None:
    """The page says that it worked, the terminal what is connected and that one must be chosen."""
    result = xerosql("login", "--client-id", "demo", "--port", str(port))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Signed in as profile default" in result.stdout
    assert "Several are connected" in result.stdout
    assert browser.pages[0][0] == 200
    assert "You are signed in" in browser.pages[0][1]
    tenant = xero.simulator.tenants[1][1]
    with driver.connect(tenant=tenant) as connection:
        assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (13,)
    with driver.connect() as connection, pytest.raises(driver.AuthenticationError, match="say which one with tenant="):
        connection.execute("SELECT count(*) FROM Projects")


def test_a_profile_remembers_its_organisation(xero: Server, home: Path, browser: Browser, port: int) -> None:
    """By name or id in any case; the profile need stand in no file."""
    tenant, name = xero.simulator.tenants[1]
    for wanted in (name.upper(), tenant):
        arguments = ["--client-id", "demo", "--port", str(port), "--profile", "yard", "--tenant", wanted]
        assert xerosql("login", *arguments).exit_code == 0
        shown = xerosql("query", "--profile", "yard", "-f", "csv", "SELECT count(*) AS n FROM Projects")
        assert shown.stdout == "n\n13\n", shown.stderr


def test_an_organisation_that_is_not_connected_is_told_and_nothing_is_kept(
    xero: Server, home: Path, browser: Browser, port: int
) -> None:
    result = xerosql("login", "--client-id", "demo", "--port", str(port), "--tenant", "Nobody")
    assert result.exit_code == 1
    assert "'Nobody' is not connected. Connected: Harbour" in result.stderr
    assert "&#x27;Nobody&#x27; is not connected" in browser.pages[0][1]
    assert not (home / "default.json").exists()


def test_the_app_is_asked_for_once(xero: Server, home: Path, browser: Browser, port: int) -> None:
    """The next sign-in of the profile takes it from the one before."""
    assert xerosql("login", "--port", str(port), given="demo\n").exit_code == 0
    assert xerosql("login", "--port", str(port)).exit_code == 0
    assert options_in(home)["client_id"] == "demo"


def test_without_an_app_and_a_terminal_it_says_what_to_give(home: Path) -> None:
    result = xerosql("login", given="")
    assert result.exit_code == 2
    assert "give it with --client-id" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "scope"),
    [
        ([], "offline_access+projects"),
        (["--read-only"], "offline_access+projects.read"),
        (["--scopes", "accounting.reports.aged.read"], "offline_access+projects+accounting.reports.aged.read"),
        (["--schemas", "projects, files", "--read-only"], "offline_access+projects.read+files.read"),
    ],
)
def test_no_more_is_asked_for_than_is_needed(
    xero: Server, home: Path, browser: Browser, port: int, arguments: list[str], scope: str
) -> None:
    assert xerosql("login", "--client-id", "demo", "--port", str(port), *arguments).exit_code == 0
    assert f"scope={scope}&" in browser.seen[0]


def test_a_refused_scope_is_told_in_the_terminal_and_on_the_page(
    xero: Server, home: Path, browser: Browser, port: int
) -> None:
    result = xerosql("login", "--client-id", "demo", "--port", str(port), "--scopes", "everything")
    assert result.exit_code == 1
    for text in (result.stderr, browser.pages[0][1]):
        assert "the app may not ask for it (invalid_scope)" in text


def test_a_code_that_xero_does_not_take_is_told(xero: Server, home: Path, browser: Browser, port: int) -> None:
    """It is old, used or somebody else's; the page and the terminal say so, without the code."""
    browser.on_the_way = lambda address: address.replace("code=", "code=0ld")
    result = xerosql("login", "--client-id", "demo", "--port", str(port))
    assert result.exit_code == 1
    assert "older than five minutes" in result.stderr
    assert "0ld" not in result.stderr + result.stdout + browser.pages[0][1]


def test_a_taken_port_is_told_before_the_browser_opens(xero: Server, home: Path, browser: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        result = xerosql("login", "--client-id", "demo", "--port", str(held.getsockname()[1]))
    assert result.exit_code == 1
    assert "is taken" in result.stderr
    assert browser.seen == []


def test_when_nobody_comes_back_the_redirect_address_is_what_to_look_at(
    home: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a wrong one Xero shows a page and sends nobody back."""
    monkeypatch.setattr(login_module, "PATIENCE", 0.0)
    monkeypatch.setattr(webbrowser, "open", lambda _: True)
    result = xerosql("login", "--client-id", "demo", "--port", str(port))
    assert result.exit_code == 1
    assert f"add http://localhost:{port}/callback, letter by letter" in result.stderr


def test_strangers_do_not_end_the_wait(xero: Server, home: Path, browser: Browser, port: int) -> None:
    """Somebody who knows the port but not the state gets a page of their own."""
    strange: list[tuple[int, str, str | None]] = []
    ours = browser.open

    def open_(address: str) -> bool:
        strange.append(get(f"http://127.0.0.1:{port}/callback?{urlencode({'code': 'theirs', 'state': 'guessed'})}"))
        return ours(address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webbrowser, "open", open_)
        assert xerosql("login", "--client-id", "demo", "--port", str(port)).exit_code == 0
    assert strange[0][0] == 400
    assert "belongs to another sign-in" in strange[0][1]
    assert browser.pages[0][0] == 200


@pytest.mark.parametrize(("pasted", "words"), [("hello", "paste the whole address"), ("?code=x&state=y", "another")])
def test_a_wrong_paste_is_told(xero: Server, home: Path, pasted: str, words: str) -> None:
    result = xerosql("login", "--client-id", "demo", "--no-browser", given=f"{pasted}\n")
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_custom_connection_is_kept_with_its_secret(xero: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser; it asks for no scope unless told, and connect() needs neither id nor secret afterwards."""
    monkeypatch.setenv("XEROSQL_CLIENT_SECRET", "demo-secret")
    result = xerosql("login", "--client-id", "demo", "--client-credentials", "--profile", "nightly")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "demo-secret" not in result.stdout
    assert b"scope" not in xero.simulator.requests[0].body
    monkeypatch.delenv("XEROSQL_CLIENT_SECRET")
    with driver.connect("nightly") as connection:
        assert connection.execute("SELECT count(*) FROM Projects").fetchone() == (48,)
    assert xero.simulator.identity_calls == 2 + 1  # a token and /connections to sign in, /connections to choose
    result = xerosql("logout", "--profile", "nightly")
    assert "disconnect the app there" in result.stdout


def test_a_wrong_secret_is_told_and_not_shown(xero: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROSQL_CLIENT_SECRET", "wrong-s3cret")
    result = xerosql("login", "--client-id", "demo", "--client-credentials")
    assert result.exit_code == 1
    assert "client_id or client_secret is wrong" in result.stderr
    assert "s3cret" not in result.stderr
    monkeypatch.delenv("XEROSQL_CLIENT_SECRET")
    result = xerosql("login", "--client-id", "demo", "--client-credentials", given="")
    assert result.exit_code == 2
    assert "give it with XEROSQL_CLIENT_SECRET" in result.stderr


def test_a_web_app_proves_itself_with_its_secret(
    xero: Server, home: Path, browser: Browser, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No challenge in the address; the secret is kept, and renews the token later."""
    monkeypatch.setenv("XEROSQL_CLIENT_SECRET", "demo-secret")
    assert xerosql("login", "--client-id", "demo", "--with-secret", "--port", str(port)).exit_code == 0
    assert "code_challenge" not in browser.seen[0]
    monkeypatch.delenv("XEROSQL_CLIENT_SECRET")
    path = home / "default.json"
    path.write_text(path.read_text().replace('"expires_at": "2', '"expires_at": "1'))
    assert xerosql("query", "--tenant", xero.simulator.tenants[0][0], "SELECT count(*) FROM Projects").exit_code == 0
    assert b"grant_type=refresh_token" in b"".join(each.body for each in xero.simulator.requests)


def test_the_demo_needs_no_sign_in(home: Path) -> None:
    for command in ("login", "logout"):
        result = xerosql(command, "--profile", "demo")
        assert result.exit_code == 2
        assert "needs no sign-in" in result.stderr


def test_a_token_that_goes_before_the_sign_in_is_pointed_out(
    xero: Server, home: Path, browser: Browser, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROSQL_ACCESS_TOKEN", "other-s3cret")
    result = xerosql("login", "--client-id", "demo", "--port", str(port))
    assert result.exit_code == 0
    assert "will be used instead of this sign-in" in result.stderr
    assert "s3cret" not in result.stderr


def test_a_keyring_keeps_the_secrets_that_last_unless_told_otherwise(
    xero: Server,
    home: Path,
    browser: Browser,
    port: int,
    memory: Memory,
) -> None:
    """Renewing reads and writes it; `--no-keyring` and `logout` leave nothing there."""
    arguments = ["login", "--client-id", "demo", "--port", str(port), "--tenant", xero.simulator.tenants[0][0]]
    assert "with its secrets in the keyring" in xerosql(*arguments).stdout
    path = home / "default.json"
    (entry,) = memory.entries.values()
    refresh_token = json.loads(entry)["refresh_token"]
    assert refresh_token not in path.read_text()
    path.write_text(path.read_text().replace('"expires_at": "2', '"expires_at": "1'))
    assert xerosql("query", "SELECT count(*) FROM Projects").exit_code == 0
    (entry,) = memory.entries.values()
    assert json.loads(entry)["previous"] == refresh_token
    assert "with the secrets in the keyring" in xerosql("doctor").stdout
    assert xerosql(*arguments, "--no-keyring").exit_code == 0
    assert memory.entries == {}
    assert xerosql(*arguments).exit_code == 0
    assert xerosql("logout").exit_code == 0
    assert memory.entries == {}


# -- Logout ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(xero: Server, home: Path, browser: Browser, port: int) -> Path:
    assert xerosql("login", "--client-id", "demo", "--port", str(port)).exit_code == 0
    return home / "default.json"


def test_logout_ends_the_sign_in_at_xero_and_here(xero: Server, signed_in: Path) -> None:
    result = xerosql("logout")
    assert result.stdout == "Profile default is signed out, at Xero too.\n"
    assert not signed_in.exists()
    assert xero.simulator.rows(xero.simulator.tenants[0][0])["tenants"] == []
    result = xerosql("logout")
    assert result.exit_code == 1
    assert "profile default is not signed in" in result.stderr


def test_logout_forgets_nothing_when_xero_does_not_answer(xero: Server, signed_in: Path) -> None:
    """Or the sign-in would live on at Xero with nobody to end it; --local says that this is meant."""
    xero.simulator.add_fault(Fault("503", match="revocation", times=5))
    result = xerosql("logout")
    assert result.exit_code == 1
    assert "nothing was forgotten" in result.stderr
    assert "xerosql logout --local" in result.stderr
    assert signed_in.exists()
    result = xerosql("logout", "--local")
    assert "Xero was not asked" in result.stdout
    assert not signed_in.exists()
    assert len(xero.simulator.rows(xero.simulator.tenants[0][0])["tenants"]) == 3


def test_logout_asks_the_server_that_the_sign_in_is_from(
    xero: Server, signed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the environment points now."""
    with Simulator(auth=True, limits=False).serve() as other:
        monkeypatch.setenv("XEROSQL_IDENTITY_URL", other.url)
        assert xerosql("logout").exit_code == 0
        assert other.simulator.requests == []
    assert xero.simulator.requests[-1].path == "/connect/revocation"


def test_login_leaves_no_thread_behind(xero: Server, home: Path, browser: Browser, port: int) -> None:
    xerosql("login", "--client-id", "demo", "--port", str(port))
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert not [thread for thread in threading.enumerate() if "serve_forever" in thread.name]
