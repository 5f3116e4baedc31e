"""What a URL says: profile, organisation, options, and a custom connection's client."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

import xerosql
from xerosql.sqlalchemy import XeroDialect

URLS = {
    "xerosql://": ([], {"autocommit": False}),
    "xerosql://office": (["office"], {"autocommit": False}),
    "xerosql://office/Acme%20Ltd": (["office"], {"tenant": "Acme Ltd", "autocommit": False}),
    "xerosql://office?max_calls=50&autocommit=true": (["office"], {"max_calls": "50", "autocommit": "true"}),
    "xerosql://?profile=my%20books": (["my books"], {"autocommit": False}),
    "xerosql://an-id:a%2Fsecret@/Acme": (
        [],
        {"client_id": "an-id", "client_secret": "a/secret", "tenant": "Acme", "autocommit": False},
    ),
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_becomes_what_connect_takes(url: str) -> None:
    assert tuple(XeroDialect().create_connect_args(make_url(url))) == URLS[url]


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "client_secret"])
def test_a_secret_in_the_query_is_refused_without_being_told(name: str) -> None:
    """Only the password of a URL is kept out of logs."""
    with pytest.raises(xerosql.InterfaceError, match=f"{name} would be shown") as caught:
        create_engine(f"xerosql://?{name}=hush").connect()
    assert "hush" not in str(caught.value)


def test_an_option_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(Exception, match="no option 'max_cals'"):
        create_engine("xerosql://demo?max_cals=5").connect()


def test_the_demo_needs_no_account() -> None:
    engine = create_engine("xerosql://demo?max_calls=5&search_path=sys,projects")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM Projects").scalar() > 0
        settings = connection.connection.dbapi_connection.settings
        assert (settings.max_calls, settings.search_path, settings.autocommit) == (5, ("sys", "projects"), False)
    assert engine.dialect.default_schema_name == "sys"
    assert engine.dialect.server_version_info == (0, 1, 0)
