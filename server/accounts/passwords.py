"""Passwords as argon2id (REQ-49), off the event loop: checking one takes tens of milliseconds on purpose."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.db.base import LETTERS

_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_hex(16))
"""Checked for names that do not exist, so that they take as long as those that do."""


_at_once = asyncio.Semaphore(2)
"""A flood of log-ins must not take every thread and 64 MB each."""


def new_password() -> str:
    """100 random bits, in groups that can be read out."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(20))
    return "-".join(letters[i : i + 5] for i in range(0, 20, 5))


def hashed(password: str) -> str:
    return _hasher.hash(password)


async def fits(password: str, password_hash: str | None) -> bool:
    def check() -> bool:
        try:
            _hasher.verify(password_hash or _nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async with _at_once:
        return await asyncio.to_thread(check)
