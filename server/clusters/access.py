"""Which topics a cluster's credential may touch at the broker."""

from protocol import topics
from server.bus.errors import CredentialsUnavailable
from server.bus.permits import Credential, CredentialLookup
from server.clusters import store
from server.db.engine import UnitOfWork
from server.errors import Unavailable


def credential_lookup(reading: UnitOfWork) -> CredentialLookup:
    """Asked at every connection, so that what was enrolled or revoked counts at once."""

    async def lookup(user: str) -> Credential | None:
        try:
            async with reading() as session:
                found = await store.with_credential(session, user)
        except Unavailable as problem:
            raise CredentialsUnavailable(str(problem)) from problem
        if found is None:
            return None
        cluster, credential = found
        return Credential(
            user=cluster.id,
            client_id=cluster.id,
            secret_sha256=credential.secret_sha256,
            publish=tuple(topics.on_wire(topic) for topic in topics.upward(cluster=cluster.id)),
            subscribe=tuple(
                topics.on_wire(topic) for topic in topics.downward(station=cluster.station_id, cluster=cluster.id)
            ),
        )

    return lookup
