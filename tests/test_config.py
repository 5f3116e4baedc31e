import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xerosql.config import Settings, config_path, load_settings, sign_in_path
from xerosql.errors import InterfaceError

FILE = """
[profiles.default]
tenant = "Home"

[profiles.work]
client_id = "id"
client_secret = "s3cret"
scopes = ["projects", "accounting.contacts.read"]
tenant = "Work Ltd"
read_timeout = 30
proxies = {https = "http://proxy:3128"}
"""
Environ = dict[str, str]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Environ]:
    """Writes the configuration file and gives the environment that points at it."""

    def to(text: str, mode: int = 0o600) -> Environ:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return {"XEROSQL_CONFIG": str(path)}

    return to


def test_a_keyword_beats_the_environment_beats_the_profile_beats_the_default(write: Callable[..., Environ]) -> None:
    """The four layers, each seen through the gaps of the one above."""
    environ = write(FILE) | {"XEROSQL_TENANT": "Elsewhere", "XEROSQL_READ_TIMEOUT": "40"}
    settings = load_settings("work", {"tenant": "Here"}, environ)
    assert settings.tenant == "Here"
    assert settings.read_timeout == 40.0
    assert settings.scopes == ("projects", "accounting.contacts.read")
    assert settings.connect_timeout == 10.0
    assert settings.profile == "work"
    assert dict(settings.proxies) == {"https": "http://proxy:3128"}


def test_without_a_name_the_default_profile_is_used_if_there_is_one(
    write: Callable[..., Environ], tmp_path: Path
) -> None:
    """No file, or a file without it, is no error."""
    assert load_settings(None, {}, write(FILE)).tenant == "Home"
    assert load_settings(None, {}, write("[profiles.work]\n")).profile is None
    assert load_settings(None, {}, {"XEROSQL_CONFIG": str(tmp_path / "none")}).tenant is None


def test_the_environment_can_name_the_profile(write: Callable[..., Environ]) -> None:
    """And the caller's choice beats it."""
    environ = write(FILE) | {"XEROSQL_PROFILE": "work"}
    assert load_settings(None, {}, environ).tenant == "Work Ltd"
    assert load_settings("default", {}, environ).tenant == "Home"


def test_the_file_stands_in_the_users_configuration_directory() -> None:
    """Unless XEROSQL_CONFIG says otherwise; ~ is the user's home."""
    assert config_path({}).parts[-2:] == ("xerosql", "config.toml")
    assert config_path({"XEROSQL_CONFIG": "~/x.toml"}) == Path.home() / "x.toml"


def test_an_unknown_profile_is_an_error_that_lists_those_that_exist(write: Callable[..., Environ]) -> None:
    """With the file that was looked at."""
    environ = write(FILE)
    with pytest.raises(InterfaceError, match=r"no profile 'wrok' in .*config\.toml; it has default, work"):
        load_settings("wrok", {}, environ)
    with pytest.raises(InterfaceError, match="has none or does not exist"):
        load_settings("work", {}, {"XEROSQL_CONFIG": "/nowhere/config.toml"})


def test_an_unknown_option_is_an_error_with_near_names(write: Callable[..., Environ]) -> None:
    """As a keyword and in the file; None does not hide it."""
    with pytest.raises(InterfaceError, match="no option 'tenent'; did you mean tenant"):
        load_settings(None, {"tenent": "x"}, write(""))
    with pytest.raises(InterfaceError, match="no option 'tenent'"):
        load_settings(None, {"tenent": None}, write(""))
    with pytest.raises(
        InterfaceError, match=r"no option 'client_sercet' in profile 'a' of .*config\.toml; did you mean"
    ):
        load_settings("a", {}, write('[profiles.a]\nclient_sercet = "x"'))


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("tenant", 5, "a string"),
        ("read_timeout", "soon", "a number"),
        ("read_timeout", True, "a number"),
        ("read_timeout", "nan", "a number"),
        ("max_in_flight", 2.5, "a whole number"),
        ("autocommit", "maybe", "true or false"),
        ("autocommit", 1, "true or false"),
        ("scopes", [1], "a list of names"),
        ("scopes", 1, "a list of names"),
        ("proxies", ["x"], "a URL, or URLs by scheme"),
        ("token_expires_at", "tomorrow", r"a date and time \(ISO 8601\)"),
        ("verify", 3, "true, false or a path"),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error(option: str, value: object, expected: str) -> None:
    """Naming the option and what it must be."""
    with pytest.raises(InterfaceError, match=f"^{option} must be {expected}$"):
        load_settings(None, {option: value}, {"XEROSQL_CONFIG": "/nowhere"})


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("max_in_flight", "3", 3),
        ("max_wait", "1.5", 1.5),
        ("autocommit", "OFF", False),
        ("verify", "no", False),
        ("verify", "/etc/ca.pem", "/etc/ca.pem"),
        ("scopes", "projects, files", ("projects", "files")),
        ("search_path", "projects accounting", ("projects", "accounting")),
        ("proxies", "http://p:1", {"http": "http://p:1", "https": "http://p:1"}),
        ("token_expires_at", "2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("base_url", "http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_every_option_can_come_from_the_environment(option: str, text: str, value: object) -> None:
    """As text, read by the option's type."""
    environ = {"XEROSQL_CONFIG": "/nowhere", f"XEROSQL_{option.upper()}": text}
    assert getattr(load_settings(None, {}, environ), option) == value


def test_an_empty_variable_is_an_unset_one(write: Callable[..., Environ]) -> None:
    """Shells and CI systems leave them behind."""
    assert load_settings("work", {}, write(FILE) | {"XEROSQL_TENANT": ""}).tenant == "Work Ltd"


def test_none_leaves_an_option_to_the_layers_below(write: Callable[..., Environ]) -> None:
    """So that callers can pass on their own optional arguments; a token that was not given hides none either."""
    assert load_settings("work", {"tenant": None}, write(FILE)).tenant == "Work Ltd"
    environ = write('[profiles.default]\naccess_token="a"\n') | {"XEROSQL_TENANT": "Elsewhere"}
    settings = load_settings(None, dict.fromkeys(Settings.__dataclass_fields__), environ)
    assert settings == load_settings(None, {}, environ)
    assert (settings.access_token, settings.tenant, settings.read_timeout) == ("a", "Elsewhere", 100.0)


def test_tokens_of_two_layers_are_not_mixed(write: Callable[..., Environ]) -> None:
    """An access token given here is not renewed with the profile's refresh token."""
    environ = write('[profiles.default]\nclient_id="i"\naccess_token="a"\nrefresh_token="r"\n')
    settings = load_settings(None, {"access_token": "mine"}, environ)
    assert (settings.access_token, settings.refresh_token, settings.client_id) == ("mine", None, "i")
    assert load_settings(None, {}, environ).refresh_token == "r"


def test_a_broken_file_is_an_error_with_the_line(write: Callable[..., Environ], tmp_path: Path) -> None:
    """And never with the text that stands there."""
    with pytest.raises(InterfaceError, match=r"not valid TOML.*line 2") as caught:
        load_settings(None, {}, write("[profiles.a]\nclient_secret = s3cret\n"))
    assert "s3cret" not in str(caught.value)
    with pytest.raises(InterfaceError, match="cannot be read"):
        load_settings(None, {}, {"XEROSQL_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("text", ['tenant = "x"', "profiles = 3", "profiles = {a = 3}"])
def test_options_belong_into_a_profile(write: Callable[..., Environ], text: str) -> None:
    """A stray one would be silently without effect."""
    with pytest.raises(InterfaceError, match=r"must hold \[profiles.<name>\] tables"):
        load_settings(None, {}, write(text))


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such permissions")
def test_secrets_that_others_can_read_are_warned_about(write: Callable[..., Environ]) -> None:
    """With the command that helps; a file without secrets may be public."""
    with pytest.warns(UserWarning, match="chmod 600"):
        load_settings("work", {}, write(FILE, mode=0o644))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_settings("work", {}, write(FILE, mode=0o600))
        load_settings(None, {}, write('[profiles.default]\ntenant = "x"', mode=0o644))


def test_no_secret_is_in_the_repr_or_in_an_error() -> None:
    """Nor a proxy's password."""
    settings = Settings(
        access_token="s3cret-a",
        refresh_token="s3cret-b",
        client_secret="s3cret-c",
        proxies={"https": "http://u:s3cret@p"},
    )
    assert "s3cret" not in repr(settings)
    for option in ("read_timeout", "token_expires_at", "base_url", "autocommit"):
        with pytest.raises(InterfaceError) as caught:
            load_settings(None, {option: "s3cret"}, {"XEROSQL_CONFIG": "/nowhere"})
        assert "s3cret" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "option", ["connect_timeout", "read_timeout", "max_in_flight", "calls_per_minute", "max_body_bytes"]
)
def test_limits_of_zero_are_refused(option: str) -> None:
    """Nothing could ever be sent."""
    with pytest.raises(InterfaceError, match=f"{option} must be greater than zero"):
        Settings(**{option: 0})


@pytest.mark.parametrize(
    "url", ["api.xero.com", "ftp://x", "https://u:p@x", "https://x?a", "https://x#a", "https://a b"]
)
def test_a_base_url_is_plain(url: str) -> None:
    """Passwords in URLs end up in logs."""
    with pytest.raises(InterfaceError, match="base_url must be a plain"):
        Settings(base_url=url)


def test_configuring_imports_no_http_library() -> None:
    """`--help` and completion configure and do not connect."""
    program = (
        "import sys, xerosql.config as c; c.load_settings(None, {}, {'XEROSQL_CONFIG': '/nowhere'});"
        "print('requests' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.strip() == "False"


# -- What xerosql login keeps ----------------------------------------------------------------------------------------


def kept(environ: Environ, profile: str = "default", **options: str) -> str:
    """A sign-in as `xerosql login` writes it; what is not an option is none of the configuration's business."""
    path = sign_in_path(environ, profile)
    path.parent.mkdir(parents=True, exist_ok=True)
    own = {"client_id": "app", "base_url": "https://api.xero.com", "identity_url": "https://identity.xero.com"}
    path.write_text(json.dumps({"options": own | options, "access_token": "s3cret"}))
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def home(tmp_path: Path) -> Environ:
    return {"XEROSQL_HOME": str(tmp_path / "home"), "XEROSQL_CONFIG": str(tmp_path / "config.toml")}


def test_a_sign_in_is_a_profile_of_its_own(home: Environ) -> None:
    """It needs no table in the file; the default one is used without being named."""
    path = kept(home, tenant="Books")
    settings = load_settings(None, {}, home)
    assert (settings.profile, settings.token_file, settings.client_id) == ("default", path, "app")
    assert settings.tenant == "Books"
    other = kept(home, "../Städte & co")
    assert Path(other).parent == Path(path).parent
    assert load_settings("../Städte & co", {}, home).token_file == other


def test_everything_beats_what_the_sign_in_says(home: Environ) -> None:
    """The file, the environment and keywords name another organisation for the same sign-in."""
    path = kept(home, tenant="Books")
    Path(home["XEROSQL_CONFIG"]).write_text('[profiles.default]\ntenant = "File"\n')
    assert load_settings(None, {}, home).tenant == "File"
    assert load_settings(None, {}, home | {"XEROSQL_TENANT": "Env"}).tenant == "Env"
    settings = load_settings(None, {"tenant": "Here"}, home)
    assert (settings.tenant, settings.token_file) == ("Here", path)


@pytest.mark.parametrize(
    "other",
    [
        {"access_token": "mine"},
        {"refresh_token": "mine", "client_id": "app"},
        {"client_id": "another", "client_secret": "s"},
        {"base_url": "http://127.0.0.1:8400"},
        {"identity_url": "http://127.0.0.1:8400"},
    ],
)
def test_another_token_app_or_server_hides_the_sign_in(home: Environ, other: dict[str, str]) -> None:
    """Its tokens are for one app at one server, and are not to be shown to another."""
    kept(home, tenant="Books")
    settings = load_settings(None, other, home)
    assert (settings.token_file, settings.tenant) == (None, None)


def test_the_same_app_and_server_do_not(home: Environ) -> None:
    path = kept(home)
    same = {"client_id": "app", "base_url": "https://api.xero.com/"}
    assert load_settings(None, same, home).token_file == path


def test_a_token_file_can_be_named(home: Environ, tmp_path: Path) -> None:
    """One that is not there, or is something else, is an error; nobody meant to go without."""
    path = kept(home, "elsewhere", tenant="Books")
    settings = load_settings(None, {"token_file": path}, home)
    assert (settings.token_file, settings.client_id, settings.tenant) == (path, "app", "Books")
    with pytest.raises(InterfaceError, match="cannot be read: FileNotFoundError"):
        load_settings(None, {"token_file": str(tmp_path / "none")}, home)
    for text in ("", "[]", '{"options": 5}', '{"options": {"nonsense": "x"}}'):
        (tmp_path / "other").write_text(text)
        (tmp_path / "other").chmod(0o600)
        with pytest.raises(InterfaceError, match=r"not what xerosql login writes|no option 'nonsense'"):
            load_settings(None, {"token_file": str(tmp_path / "other")}, home)


def test_signing_in_takes_over_the_app_of_the_one_before(home: Environ) -> None:
    """Not its tokens; a broken one does not stand in the way, nor does a profile that is not there yet."""
    path = kept(home, tenant="Books")
    settings = load_settings(None, {}, home, signing_in=True)
    assert (settings.client_id, settings.token_file) == ("app", None)
    Path(path).write_text("broken")
    assert load_settings(None, {}, home, signing_in=True).client_id is None
    assert load_settings("new", {}, home, signing_in=True).profile == "new"


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_a_sign_in_that_others_can_read_is_warned_about(home: Environ) -> None:
    Path(kept(home)).chmod(0o644)
    with pytest.warns(UserWarning, match="others can read it; run: chmod 600"):
        load_settings(None, {}, home)


def test_a_profile_with_an_impossible_name_does_not_exist(home: Environ) -> None:
    for name in ("x" * 5000, "a\0b", "\ud800"):
        with pytest.raises(InterfaceError, match="there is no profile"):
            load_settings(name, {}, home)
