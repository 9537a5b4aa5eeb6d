"""Receivers as processes of their own: enrolled by a one-time code, playing into a WAV file."""

from dataclasses import dataclass
from pathlib import Path

from cli.answers import EnrolmentCode
from cli.server import Server, understood
from deploy.demo.processes import Program, Programs, run


@dataclass(frozen=True, slots=True)
class Receiver:
    name: str
    """Of its cluster."""
    cluster: str
    folder: Path

    @property
    def wav(self) -> Path:
        return self.folder / "heard.wav"

    def play(self, programs: Programs, output: str) -> Program:
        """`output` as `loa-receiver run --output` takes it."""
        return programs.start(self.folder.name, "loa-receiver", "run", "--data", str(self.folder), "--output", output)


def enrol(server: Server, cluster: str, name: str, folder: Path) -> Receiver:
    """Raises DemoFailed where the receiver is refused."""
    code = understood(EnrolmentCode, server.post(f"/clusters/{cluster}/enrolment-code"))
    folder.mkdir(parents=True, exist_ok=True)
    run("loa-receiver", "enrol", code.address, code.code, "--data", str(folder))
    return Receiver(name, cluster, folder)
