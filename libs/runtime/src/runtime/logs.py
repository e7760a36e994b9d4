"""Logs: one JSON object a line on stderr, with nothing in it that came from a buyer.

An event has a static dotted name and its data in fields: ``log.info("order.drafted", lines=2)``.
What other libraries log goes the same way, under ``<logger>.<level>`` with their text in ``text``.
Processors here are the last line, not the first: callers log ids and codes, never payloads.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog

EventDict = MutableMapping[str, Any]

DROPPED = "[dropped]"
PRIVATE_KEYS = frozenset(
    {"body", "city", "data", "headers", "input", "message", "name", "note", "payload"}
    | {"postal_code", "raw", "street", "value", "zip"}
)
PRIVATE_PARTS = re.compile(
    "address|authorization|buyer|cookie|database_url|e_?mail|(first|last|full|nick)_?name"
    "|password|phone|recipient|secret|token"
)
"""A field with such a key, at any depth, is logged without its value."""

QUIET_AT = {
    "aiokafka": logging.WARNING,  # logs keys and values at DEBUG, partitions by the dozen at INFO
    "asyncio": logging.WARNING,
    "httpcore": logging.WARNING,  # logs headers
    "httpx": logging.WARNING,  # logs URLs with their query
    "aiohttp.access": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
}
"""Loggers of others never go below this level, whatever LOG_LEVEL says."""

_EVENT_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^\s/@]*@)?([^\s?#'\"]*)(?:[?#][^\s'\"]*)?")


def configure(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route structlog and stdlib logging to ``stream`` (default: stderr) as JSON lines."""
    shared: tuple[structlog.typing.Processor, ...] = (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _Service(service),
    )
    structlog.configure(
        processors=[*shared, name_event, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(shared))
    handler.addFilter(Repeats())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    _take_over_loggers(level)


def _formatter(shared: Sequence[structlog.typing.Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, name_foreign_event],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            describe_exception,
            drop_private,
            render,
        ],
    )


class Repeats(logging.Filter):
    """Lets a library say the same thing once in ``pause_s``: aiokafka without its broker says two
    hundred things a second. The same is: the same logger, level and text before formatting.
    """

    def __init__(self, pause_s: float = 5.0) -> None:
        super().__init__()
        self._pause_s = pause_s
        self._said: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is new; our own (structlog's, whose text is a dict) always are."""
        if not isinstance(record.msg, str):
            return True
        same = (record.name, record.levelno, record.msg)
        if record.created - self._said.get(same, 0.0) < self._pause_s:
            return False
        self._said[same] = record.created
        return True


def _take_over_loggers(level: str) -> None:
    """A library that writes past us (FastStream has a handler of its own) does so no more."""
    for name in tuple(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, floor in QUIET_AT.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelName(level)))


class _Service:
    """Adds which service speaks."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        event["service"] = self._service
        return event


def name_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An event whose name is not a static dotted one loses its text: it may hold anything."""
    if not _EVENT_NAME.fullmatch(str(event["event"])):
        event["event"] = "log.event_not_named"
    return event


def name_foreign_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Another library's record: named after its logger, text kept unless it tells an exception."""
    record: logging.LogRecord = event["_record"]
    if not event.get("exc_info"):
        event["text"] = event["event"]
    event["event"] = f"{record.name}.{record.levelname}".lower()
    return event


def describe_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An exception becomes its type and places; its text only if its class says ``safe = True``.

    Platforms echo what they were sent and pydantic quotes its input, so the texts of others'
    exceptions, and local variables, are never logged.
    """
    given = event.pop("exc_info", None)
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    event.pop("exception", None)
    event.pop("stack_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["error_at"] = _places(error.__traceback__)
        event["error_causes"] = _causes(error)
        if getattr(type(error), "safe", False) is True:
            event["error_text"] = str(error)
    return event


def drop_private(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Values under a private key go, at any depth; URLs lose user, password and query."""
    return {key: _cleaned(key, value) for key, value in event.items()}


def render(_logger: object, _method: str, event: EventDict) -> str:
    """One JSON line; an object without a JSON form is shown by its type alone."""
    return json.dumps(event, default=_plain, ensure_ascii=False)


def _cleaned(key: str, value: object) -> object:
    lowered = key.lower()
    if lowered in PRIVATE_KEYS or PRIVATE_PARTS.search(lowered):
        return DROPPED
    if isinstance(value, Mapping):
        return {str(k): _cleaned(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned("", item) for item in value]
    return _URL.sub(r"\1\2", value) if isinstance(value, str) else value


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | Path | Enum):
        return str(value)
    return f"<{type(value).__name__}>"


def _causes(error: BaseException) -> list[str]:
    causes: list[str] = []
    if isinstance(error, BaseExceptionGroup):
        causes.extend(type(part).__name__ for part in error.exceptions)
    seen = {id(error)}
    following = error.__cause__ or error.__context__
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        causes.append(type(following).__name__)
        following = following.__cause__ or following.__context__
    return causes


def _places(traceback: TracebackType | None) -> list[str]:
    places: list[str] = []
    while traceback is not None:
        frame = traceback.tb_frame
        module = frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{frame.f_code.co_name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-8:]
