"""From a command to its exit code: one sentence on stderr for whatever stops it.

Our own errors say ``safe``: their text is that sentence. The code is what the error says
(``exit_code``), else USAGE for a ValueError, which is about what was typed, else FAILED.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import typer
from pydantic import ValidationError

from commandline.output import print_note
from runtime import logs
from runtime.outage import server_of

FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 5
T = TypeVar("T")
_DRIVERS: Final = {"asyncpg", "aiokafka"}
_NO_TABLES: Final = {"UndefinedTableError", "InvalidSchemaNameError"}


def run(work: Callable[[], Awaitable[T]], *, explained: tuple[type[Exception], ...] = ()) -> T:
    """Run ``work``; what stops it is said on stderr and becomes the exit code.

    ``explained``: further errors whose own text is the sentence; exit code 1.
    """
    logs.configure("ordersync", "ERROR")
    try:
        return asyncio.run(_awaited(work))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        is_explained = isinstance(error, explained)
        code, sentence = (FAILED, str(error)) if is_explained else verdict(error)
        if sentence is None:
            raise
        print_note(sentence)
        raise typer.Exit(code) from None


def verdict(error: Exception) -> tuple[int, str | None]:
    """The exit code and the sentence of an error; no sentence: a surprise, shown as it is."""
    if isinstance(error, ValidationError):
        fields = "; ".join(
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_input=False, include_url=False)
        )
        return USAGE, fields
    if _is_away(error):
        return FAILED, f"{server_of(error) or 'a server'} cannot be used: {_why(error)}"
    if not getattr(type(error), "safe", False):
        return FAILED, None
    usual = USAGE if isinstance(error, ValueError) else FAILED
    return getattr(type(error), "exit_code", usual), str(error)


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _is_away(error: Exception) -> bool:
    """By the drivers' names: loading them only to compare would double a command's time."""
    drivers = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, OSError | TimeoutError) or not drivers.isdisjoint(_DRIVERS)


def _why(error: Exception) -> str:
    name = type(error).__name__
    if name in _NO_TABLES:
        return "tables are missing, run `ordersync migrate`"
    return f"{name}; see `devstack status`"
