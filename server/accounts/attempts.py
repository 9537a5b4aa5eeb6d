"""Wrong passwords slow down the address and the account that they came for; nobody is shut out for good (REQ-49)."""

from dataclasses import dataclass, field

FREE_FAILURES = 5
LONGEST_WAIT_S = 300.0
REMEMBERED = 10_000


@dataclass(slots=True)
class Attempts:
    """Failures since the last success, by (address, account)."""

    _failures: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def wait_s(self, address: str, name: str, *, now_s: float) -> float:
        """Seconds until the next attempt is looked at; 0 when it may be made now."""
        count, last_s = self._failures.get((address, name), (0, 0.0))
        if count < FREE_FAILURES:
            return 0.0
        pause_s = min(LONGEST_WAIT_S, 2.0 ** (count - FREE_FAILURES + 1))
        return max(0.0, last_s + pause_s - now_s)

    def failed(self, address: str, name: str, *, now_s: float) -> None:
        count, _ = self._failures.pop((address, name), (0, 0.0))
        self._failures[address, name] = (count + 1, now_s)
        if len(self._failures) > REMEMBERED:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, address: str, name: str) -> None:
        self._failures.pop((address, name), None)
