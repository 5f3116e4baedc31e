"""Identifiers that look random and are not: the same seed and words give the same id, on every machine."""

from __future__ import annotations

from hashlib import blake2b

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def digest(*words: object) -> str:
    """32 hexadecimal digits drawn from the words."""
    return blake2b("\x1f".join(map(str, words)).encode(), digest_size=16).hexdigest()


def stable_id(*words: object) -> str:
    """A lower-case UUID (version 4 in shape) drawn from the words."""
    h = digest(*words)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:]}"


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in the dashed form; Xero takes either case."""
    return len(text) == 36 and [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12] and _is_hex(text)


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdefABCDEF-" for c in text)
