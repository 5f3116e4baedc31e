"""Tokens: JWT-shaped access and identity tokens, opaque refresh tokens, and the proof of a code exchange (PKCE)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from .ids import digest, stable_id
from .rows import encode
from .state import Grant

ACCESS_LIFETIME = 1_800  # seconds
REFRESH_LIFETIME = 60 * 86_400.0
REFRESH_GRACE = 1_800.0  # a replaced refresh token goes on working this long
CODE_LIFETIME = 300.0
IDENTITY_LIFETIME = 300

ISSUER = "https://identity.xero.com"


def access_token(grant: Grant, now: float, serial: int, seed: int) -> str:
    claims: dict[str, Any] = {
        "nbf": int(now),
        "exp": int(now) + ACCESS_LIFETIME,
        "iss": ISSUER,
        "aud": f"{ISSUER}/resources",
        "client_id": grant.client_id,
        "jti": digest(seed, "jti", serial),
        "authentication_event_id": grant.auth_event_id,
        "scope": grant.scopes,
    }
    if not grant.custom:
        claims |= {"sub": digest(seed, "subject"), "xero_userid": stable_id(seed, "subject"), "auth_time": int(now)}
    return _signed(claims, seed)


def identity_token(grant: Grant, now: float, seed: int) -> str:
    """The id_token of a sign-in that asked for `openid`."""
    claims = {
        "nbf": int(now),
        "exp": int(now) + IDENTITY_LIFETIME,
        "iss": ISSUER,
        "aud": grant.client_id,
        "sub": digest(seed, "subject"),
        "xero_userid": stable_id(seed, "subject"),
        "email": "owner@harbourpine.example",
        "given_name": "Aroha",
        "family_name": "Tamihana",
    }
    return _signed(claims, seed)


def opaque(seed: int, kind: str, serial: int) -> str:
    return f"{digest(seed, kind, serial)}{digest(serial, kind, seed)}"[:43]


def challenge_of(verifier: str) -> str:
    """The S256 challenge that a verifier answers."""
    return _base64(sha256(verifier.encode()).digest())


def answers(verifier: str, challenge: str) -> bool:
    """Whether a verifier, of a length that RFC 7636 allows, is the one that the challenge was made of."""
    return 43 <= len(verifier) <= 128 and hmac.compare_digest(challenge_of(verifier), challenge)


def _signed(claims: dict[str, Any], seed: int) -> str:
    """Shaped like a JWT. The signature proves nothing: tokens are known by having been issued."""
    text = f"{_base64(encode({'alg': 'HS256', 'typ': 'JWT'}))}.{_base64(encode(claims))}"
    return f"{text}.{_base64(hmac.digest(f'simulator {seed}'.encode(), text.encode(), sha256))}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
