"""Structured logs: one JSON object a line for machines, plain lines on a terminal."""

import logging
import sys
from typing import Any

import structlog

SECRET_WORDS = ("password", "secret", "token", "passphrase", "code", "authorization")


def hide_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- structlog's own signature.
    """A last line of defence (REQ-56): a value whose name says secret never reaches a log."""
    return {k: "…" if any(word in k.lower() for word in SECRET_WORDS) else v for k, v in event.items()}


def configure(*, program: str, level: str = "INFO", json: bool | None = None) -> None:
    """Send every log line of the process to standard error; `json` is by default on where no terminal is."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(program=program)
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[foreign], level=max(number, logging.WARNING), force=True)
