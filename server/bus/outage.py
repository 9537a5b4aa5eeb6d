"""Says once that something is lost and once that it is back."""

import structlog

log = structlog.get_logger()


class Outage:
    def __init__(self, what: str) -> None:
        self._what = what
        self._lost = False

    def begins(self, error: Exception) -> None:
        if not self._lost:
            log.warning("lost", what=self._what, error=type(error).__name__, detail=str(error))
        self._lost = True

    def ends(self) -> None:
        if self._lost:
            log.info("back", what=self._what)
        self._lost = False
