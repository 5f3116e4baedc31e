import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPHeaderDict

from xerosql.api.request import Headers, Request, Response, new_idempotency_key, path_of


@pytest.mark.parametrize("hostile", ["a/b", "../x", "a?b=c", "a#b", "a%2Fb", "a b", "é", "a;b", "a\r\nb", "{x}"])
def test_an_id_cannot_leave_its_segment(hostile: str) -> None:
    """Slashes, query and fragment marks, percent signs and line ends all arrive encoded."""
    path = path_of("/projects/{id}/tasks", id=hostile)
    assert path.count("/") == 3
    assert path.isascii()
    assert not set(path) & set("?# \r\n;{}")


@given(
    st.text(min_size=1).filter(
        lambda text: text not in {".", ".."} and not any("\ud800" <= c <= "\udfff" for c in text)
    )
)
def test_no_text_at_all_can_leave_its_segment(text: str) -> None:
    """Whatever the id, the path has as many segments as its template."""
    assert path_of("/a/{id}/b", id=text).count("/") == 3


@pytest.mark.parametrize("refused", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_refused(refused: str) -> None:
    """These have no encoding that servers leave alone."""
    with pytest.raises(ValueError, match="cannot stand"):
        path_of("/projects/{id}", id=refused)


def test_the_query_is_encoded_once() -> None:
    """Plain values go in; commas, spaces and quotes are encoded, repeated names kept."""
    request = Request("GET", "/p", (("states", "A,B"), ("where", 'Name=="x y"'), ("states", "C")))
    assert request.target == "/p?states=A%2CB&where=Name%3D%3D%22x+y%22&states=C"
    assert Request("GET", "/p").target == "/p"


def test_headers_are_found_in_any_case() -> None:
    """HTTP header names have no case."""
    headers = Headers({"Retry-After": "5"})
    assert headers["retry-after"] == headers.get("RETRY-AFTER") == "5"
    assert headers.get("x") is None
    assert list(headers) == ["retry-after"]
    assert len(headers) == 1


def test_a_repeated_header_field_is_one_joined_by_commas() -> None:
    """urllib3 keeps them apart when asked for its items."""
    fields = HTTPHeaderDict([("Vary", "A"), ("vary", "B")])
    assert dict(Headers(fields)) == {"vary": "A, B"}


def test_only_the_2xx_are_good_news() -> None:
    """204 is; a redirect is not."""
    assert Response(204).ok
    assert not Response(302).ok


def test_a_repr_shows_no_body_and_no_headers() -> None:
    """Bodies hold people's data."""
    assert "secret" not in repr(Request("POST", "/p", body=b"secret"))
    assert "secret" not in repr(Response(200, Headers({"x": "secret"}), b"secret"))


def test_idempotency_keys_differ_and_are_short_enough() -> None:
    """Xero takes up to 128 characters."""
    assert new_idempotency_key() != new_idempotency_key()
    assert len(new_idempotency_key()) <= 128
