"""Reading an answer's body: to its end or not at all, unpacked, and never more of it than was allowed."""

from __future__ import annotations

import zlib
from http.client import HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import urllib3

_GZIP = 16 + zlib.MAX_WBITS  # how zlib is told to expect gzip's header and checksum
_MAGIC = b"\x1f\x8b"


def read_body(raw: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """The body, cut off one byte beyond `most`. Raises what urllib3 or http.client do when its end is missing.

    A body of known length is read in one piece and unpacked here, which spares the queue of buffers that urllib3 would
    put it through.
    """
    length, packing = raw.length_remaining, raw.headers.get("Content-Encoding", "")
    if length is None or length > most or packing not in {"", "gzip"}:
        return raw.read(most + 1, decode_content=True)
    body = raw.read(decode_content=False)
    if len(body) < length:
        raise HTTPException(f"{length - len(body)} bytes of the body are missing")
    return unpacked(body, most) if packing and body else body


def unpacked(packed: bytes, most: int) -> bytes:
    """A gzip body, cut off one byte beyond `most`. Raises HTTPException if it is none or its end is missing."""
    body, rest = _member(packed, most + 1)
    while rest.startswith(_MAGIC) and len(body) <= most:  # what else may follow is padding, and nobody reads that
        more, rest = _member(rest, most + 1 - len(body))
        body += more
    return body


def _member(packed: bytes, room: int) -> tuple[bytes, bytes]:
    """The first of the parts that a gzip file may consist of, at most `room` bytes of it, and what follows it."""
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = unpacking.decompress(packed, room)
    except zlib.error as error:
        raise HTTPException("the body is not gzip") from error
    if len(body) < room and not unpacking.eof:
        raise HTTPException("the end of the gzip body is missing")
    return body, unpacking.unused_data
