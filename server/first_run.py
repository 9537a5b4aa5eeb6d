"""What happens once in the life of a data directory."""

from dataclasses import dataclass

from runtime.clock import Clock
from server.accounts.use_cases import create_first_administrator
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
    """Bring the data directory to where the server can start; what is there already is left as it is."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.data.chmod(0o700)
    authority, keys, now = authority_of(settings), keys_of(settings), clock.now()
    for folder in (authority.folder, keys.folder, keys.recovery):
        folder.mkdir(mode=0o700, exist_ok=True)
    if not authority.ca_certificate.exists():
        authority.create(name="Loa", now=now)
    passphrase = None if keys.signing_file.exists() else keys.create(now=now)
    engine = create_engine(settings.sqlalchemy_url)
    try:
        await upgrade(engine)
        async with unit_of_work(engine)() as session:
            password = await create_first_administrator(session, now=now)
    finally:
        await engine.dispose()
    return Secrets(admin_password=password, recovery_passphrase=passphrase)
