"""What an error says without its own words: which server is away, or what failed where."""

from collections.abc import Iterator
from traceback import walk_tb
from types import TracebackType
from typing import Final

_SERVERS: Final = {
    "asyncpg": "the database at DATABASE_URL",
    "aiokafka": "Kafka at KAFKA_BOOTSTRAP",
}
"""By the driver that was asked last."""


def server_of(error: BaseException) -> str | None:
    """The server whose driver raised ``error``, with the setting that says where it is.

    None when no driver was asked: then the error is about something else.
    """
    if isinstance(error, BaseExceptionGroup):
        found = (server_of(part) for part in error.exceptions)
        return next((server for server in found if server is not None), None)
    for module in _modules(error.__traceback__):
        server = _SERVERS.get(module.partition(".")[0])
        if server is not None:
            return server
    return None


def what_and_where(error: BaseException) -> str:
    """Type, module and line: what may be logged of an error whose text may quote its data."""
    frames = list(walk_tb(error.__traceback__))
    if not frames:
        return type(error).__name__
    frame, line = frames[-1]
    return f"{type(error).__name__} in {frame.f_globals.get('__name__')}:{line}"


def _modules(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield str(traceback.tb_frame.f_globals.get("__name__", ""))
        traceback = traceback.tb_next
