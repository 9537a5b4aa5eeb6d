"""Wrong passwords and codes slow down the address and the name they came for; nobody is shut out for good (REQ-49).

An attempt is counted before it is looked at, so that many at once gain nothing; a success forgets those before it.
"""

from dataclasses import dataclass, field

from server.errors import TooManyAttempts

FREE = 5
FREE_OF_ADDRESS = 40
"""One address tries many names: an office behind one line may, a guesser soon waits."""
LONGEST_WAIT_S = 300.0
REMEMBERED = 10_000
EVERYONE = ""


@dataclass(slots=True)
class Attempts:
    """Attempts since the last success, by (address, name)."""

    _counted: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def begin(self, address: str, name: str, *, now_s: float) -> None:
        """Count an attempt. Raises TooManyAttempts, uncounted, while it has to wait."""
        wait_s = max(
            self._wait_s((address, name), FREE, now_s), self._wait_s((address, EVERYONE), FREE_OF_ADDRESS, now_s)
        )
        if wait_s > 0:
            raise TooManyAttempts(
                "too-many-attempts",
                f"Thử sai nhiều lần. Hãy thử lại sau {wait_s:.0f} giây.",
                f"Too many wrong attempts. Try again in {wait_s:.0f} seconds.",
                headers={"Retry-After": str(int(wait_s) + 1)},
            )
        for key in ((address, name), (address, EVERYONE)):
            count, _ = self._counted.pop(key, (0, 0.0))
            self._counted[key] = (count + 1, now_s)
        while len(self._counted) > REMEMBERED:
            del self._counted[next(iter(self._counted))]

    def succeeded(self, address: str, name: str) -> None:
        self._counted.pop((address, name), None)
        self._counted.pop((address, EVERYONE), None)

    def _wait_s(self, key: tuple[str, str], free: int, now_s: float) -> float:
        count, last_s = self._counted.get(key, (0, 0.0))
        if count < free:
            return 0.0
        return max(0.0, last_s + min(LONGEST_WAIT_S, 2.0 ** min(count - free + 1, 20)) - now_s)
