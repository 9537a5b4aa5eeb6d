"""What happens once in the life of a data directory."""

from dataclasses import dataclass
from pathlib import Path

from runtime.clock import Clock
from runtime.files import write_whole
from server.accounts.use_cases import give_administrator_a_password, reset_password
from server.data_folder import require_ours
from server.db.engine import create_engine, unit_of_work
from server.db.migrate import upgrade
from server.settings import Settings
from server.trust.authority import Authority
from server.trust.root import Keys


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made at first run, shown once, kept nowhere; None where they were made before."""

    admin_password: str | None
    recovery_passphrase: str | None


def authority_of(settings: Settings) -> Authority:
    return Authority(settings.data / "tls")


def keys_of(settings: Settings) -> Keys:
    return Keys(folder=settings.data / "keys", recovery=settings.data / "recovery")


async def initialise(settings: Settings, clock: Clock) -> Secrets:
    """Bring the data directory to where the server can start; what is there already is left as it is.

    Secrets that were made but never confirmed as shown (`shown`) are made anew: nobody has them. The database comes
    first, since it is what may fail.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    require_ours(settings.data)
    settings.data.chmod(0o700)
    authority, keys, now = authority_of(settings), keys_of(settings), clock.now()
    for folder in (authority.folder, keys.folder, keys.recovery):
        folder.mkdir(mode=0o700, exist_ok=True)
    engine = create_engine(settings.sqlalchemy_url)
    try:
        await upgrade(engine)
        if not authority.ca_certificate.exists():
            authority.create(name="Loa", now=now)
        if confirmation(settings).exists():
            return Secrets(admin_password=None, recovery_passphrase=None)
        async with unit_of_work(engine)() as session:
            password = await give_administrator_a_password(session, now=now)
        return Secrets(admin_password=password, recovery_passphrase=keys.create(now=now))
    finally:
        await engine.dispose()


async def new_password_for(settings: Settings, name: str) -> str:
    """Raises NotFound, or Unavailable."""
    engine = create_engine(settings.sqlalchemy_url)
    try:
        async with unit_of_work(engine)() as session:
            return await reset_password(session, name)
    finally:
        await engine.dispose()


def confirmation(settings: Settings) -> Path:
    return keys_of(settings).folder / "secrets-shown"


def shown(settings: Settings) -> None:
    """The secrets were shown: from now on they stand."""
    write_whole(confirmation(settings), b"")
