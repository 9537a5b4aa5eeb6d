"""Tokens and secrets that programs carry: 256 random bits, of which only the hash is kept."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_sha256(token: str) -> str:
    """A plain hash is enough: random bits need neither salt nor slowness."""
    return hashlib.sha256(token.encode()).hexdigest()


def fits(token: str, expected_sha256: str) -> bool:
    return hmac.compare_digest(token_sha256(token), expected_sha256)
