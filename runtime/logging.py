"""Structured logs: one JSON object a line for machines, plain lines on a terminal."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_WORDS = ("password", "secret", "token", "passphrase", "authorization", "cookie", "private_key")
PUBLIC_CODES = ("code_id", "exit_code", "status_code")


def _is_secret(name: str) -> bool:
    name = name.lower()
    if any(word in name for word in SECRET_WORDS):
        return True
    return name not in PUBLIC_CODES and "code" in name.replace("-", "_").split("_")


def _hidden(value: Any) -> Any:  # noqa: ANN401 -- Whatever a caller logs.
    if isinstance(value, Mapping):
        return {k: "…" if _is_secret(str(k)) else _hidden(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return value


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- structlog's own signature.
    """A last line of defence (REQ-56): a value whose name says secret never reaches a log, however deep it stands."""
    untouched = {"exc_info", "_record", "_from_structlog"}  # structlog's own, for the processors that follow.
    return {k: "…" if _is_secret(k) else v if k in untouched else _hidden(v) for k, v in event.items()}


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
