import gzip
import io
import os
import tracemalloc
import zlib
from http.client import HTTPException

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPResponse

from xerosql.api.body import read_body, unpacked

MEMBERS = st.lists(st.binary(max_size=300), min_size=1, max_size=3).map(
    lambda parts: b"".join(map(gzip.compress, parts))
)
PADDED = st.tuples(MEMBERS, st.sampled_from([b"", b"\0", b"\n", b"\0" * 512, b"garbage"])).map(b"".join)


def answer(sent: bytes, coding: str = "", length: str | None = None) -> HTTPResponse:
    """An answer of which these bytes arrived."""
    fields = {"Content-Length": str(len(sent)) if length is None else length, "Content-Encoding": coding}
    return HTTPResponse(io.BytesIO(sent), fields, 200, preload_content=False)


@given(sent=st.binary(max_size=300), most=st.integers(1, 400))
def test_a_plain_body_is_what_urllib3_would_read(sent: bytes, most: int) -> None:
    """Cut off one byte beyond the limit, so that the caller sees that there is more."""
    assert read_body(answer(sent), most) == answer(sent).read(most + 1) == sent[: most + 1]


@given(sent=PADDED, most=st.integers(1, 1000))
def test_a_gzip_body_is_what_urllib3_would_read(sent: bytes, most: int) -> None:
    """However many members it has, and whatever a server leaves behind them."""
    expected = answer(sent, "gzip").read(most + 1, decode_content=True)
    assert read_body(answer(sent, "gzip"), most) == expected
    assert unpacked(sent, most) == expected


@pytest.mark.parametrize("coding", ["", "GZIP", "deflate", "identity", "unheard-of"])
def test_other_ways_to_send_a_body_are_left_to_urllib3(coding: str) -> None:
    """Chunks, and codings that we never asked for."""
    text = b'{"items":[]}'
    sent = {"GZIP": gzip.compress, "deflate": zlib.compress}.get(coding, bytes)(text)
    assert read_body(answer(sent, coding), 100) == text
    assert read_body(answer(sent, coding, length="unknown"), 100) == text


def test_an_empty_body_is_no_broken_gzip() -> None:
    """Servers name the coding of bodies that they then leave out."""
    assert read_body(answer(b"", "gzip"), 100) == b""


def test_what_fits_only_unpacked_fits() -> None:
    """The limit is for what is kept; packing makes some bodies longer."""
    noise = os.urandom(1000)
    assert read_body(answer(gzip.compress(noise), "gzip"), 1000) == noise


@pytest.mark.parametrize("missing", [1, 4, 8, 12, 20])
def test_a_gzip_body_without_its_end_is_none(missing: int) -> None:
    """Even where the length was announced as what arrived: half a list looks like a whole one to nobody."""
    whole = gzip.compress(b"0123456789" * 30)
    with pytest.raises(HTTPException, match="end of the gzip body"):
        read_body(answer(whole[:-missing], "gzip"), 1000)
    with pytest.raises(HTTPException, match="end of the gzip body"):
        read_body(answer(whole + whole[:-missing], "gzip"), 1000)


def test_a_body_shorter_than_announced_is_none() -> None:
    """Whoever stands in for the network; http.client counts for itself."""
    with pytest.raises(HTTPException, match="2 bytes of the body are missing"):
        read_body(answer(b"[1, 2", length="7"), 1000)


def test_a_damaged_gzip_body_is_none() -> None:
    """No header, or a checksum that does not fit; zlib's own error is no HTTPException."""
    whole = gzip.compress(b"0123456789")
    for damaged in (b"abcd", whole[:-8] + bytes(8)):
        with pytest.raises(HTTPException, match="not gzip"):
            read_body(answer(damaged, "gzip"), 1000)


@pytest.mark.parametrize("members", [1, 50])
def test_a_gzip_bomb_takes_no_more_memory_than_is_allowed(members: int) -> None:
    """A hundred megabytes in a hundred kilobytes, in one member or in many."""
    bomb = gzip.compress(bytes(100_000_000 // members)) * members
    arrived = answer(bomb, "gzip")
    tracemalloc.start()
    try:
        assert len(read_body(arrived, 1_000_000)) == 1_000_001
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
