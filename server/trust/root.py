"""The root key, kept offline, and the signing key of the epoch that it certified.

The root is used at first run and at a restore, never between. It rests encrypted in `recovery/root-key.pem`; its
passphrase is printed once and stored nowhere. Whoever restores a backup starts a new epoch with it.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from joserfc.jwk import OKPKey

from protocol.signing import Signer, certify, generate_key, public
from runtime.files import write_whole
from server.db.base import LETTERS
from server.errors import Problem


class WrongPassphrase(Problem):
    pass


@dataclass(frozen=True, slots=True)
class Keys:
    """The folder `keys` (read at every start) and the folder `recovery` (to be moved off this machine)."""

    folder: Path
    recovery: Path

    @property
    def root_file(self) -> Path:
        return self.recovery / "root-key.pem"

    @property
    def signing_file(self) -> Path:
        return self.folder / "signing.json"

    @property
    def roots_file(self) -> Path:
        return self.folder / "roots.json"

    def create(self, *, now: datetime) -> str:
        """A new root and its first epoch; returns the passphrase, which is nowhere else."""
        root, passphrase = generate_key(), new_passphrase()
        pem = root.as_pem(private=True, password=passphrase)
        write_whole(self.root_file, pem, mode=0o600)
        write_whole(self.roots_file, json.dumps([public(root)]).encode())
        self._start_epoch(root, epoch=1, now=now)
        return passphrase

    def open_root(self, pem: bytes, passphrase: str) -> OKPKey:
        """The root key, when it is one that this station's receivers pinned. Raises WrongPassphrase."""
        root = load_root(pem, passphrase)
        if public(root) not in self.roots():
            vi, en = "Khóa gốc này không phải của đài này.", "This root key is another station's."
            raise WrongPassphrase("wrong-root", vi, en)
        return root

    def start_next_epoch(self, root: OKPKey, *, now: datetime) -> int:
        """After a restore: a new signing key, whose epoch outruns every message of the lost server.

        The number is the time in seconds: two restores of the same old backup still come one after the other.
        """
        epoch = max(self.signer().epoch + 1, int(now.timestamp()))
        self._start_epoch(root, epoch=epoch, now=now)
        return epoch

    def _start_epoch(self, root: OKPKey, *, epoch: int, now: datetime) -> None:
        key = generate_key()
        stored = {
            "epoch": epoch,
            "certificate": certify(root, key, epoch=epoch, issued=now),
            "key": key.as_dict(private=True),
        }
        write_whole(self.signing_file, json.dumps(stored).encode(), mode=0o600)

    def signer(self) -> Signer:
        stored = json.loads(self.signing_file.read_bytes())
        return Signer(OKPKey.import_key(stored["key"]), stored["certificate"], stored["epoch"])

    def roots(self) -> list[dict[str, Any]]:
        """The public root keys that receivers pin."""
        return list(json.loads(self.roots_file.read_bytes()))


def load_root(pem: bytes, passphrase: str) -> OKPKey:
    try:
        key = serialization.load_pem_private_key(pem, password=passphrase.strip().encode())
    except (ValueError, TypeError) as error:
        raise WrongPassphrase(
            "wrong-passphrase",
            "Cụm mật khẩu khôi phục không mở được khóa gốc. Hãy xem lại tờ khôi phục.",
            "The recovery passphrase does not open the root key. Look at the recovery sheet again.",
        ) from error
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return OKPKey.import_key(plain)


def new_passphrase() -> str:
    """120 random bits, in groups that can be copied by hand."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(24))
    return "-".join(letters[i : i + 4] for i in range(0, 24, 4))
