"""The topics, and which of them a cluster's credential may touch (docs/protocol.md, "Topics")."""

ROOT = "loa/v1"
MAX_PAYLOAD_BYTES = 64_000


def rundown(station: str) -> str:
    return f"station/{station}/rundown"


def config(cluster: str) -> str:
    return f"cluster/{cluster}/config"


def presence(cluster: str) -> str:
    return f"cluster/{cluster}/presence"


def status(cluster: str) -> str:
    return f"cluster/{cluster}/status"


def server_state() -> str:
    return "server/state"


def on_wire(topic: str) -> str:
    """The MQTT topic of a name used as an audience; the root carries the version of the protocol."""
    return f"{ROOT}/{topic}"


def from_wire(topic: str) -> str:
    """The name behind an MQTT topic; raises ValueError for one outside our root."""
    prefix, name = topic[: len(ROOT) + 1], topic[len(ROOT) + 1 :]
    if prefix != f"{ROOT}/":
        raise ValueError(f"{topic!r} is not below {ROOT}/")
    return name


def downward(*, station: str, cluster: str) -> tuple[str, ...]:
    """What a cluster's receiver may read, and nothing else."""
    return (rundown(station), config(cluster), server_state())


def upward(*, cluster: str) -> tuple[str, ...]:
    """What a cluster's receiver may write, and nothing else."""
    return (presence(cluster), status(cluster))
