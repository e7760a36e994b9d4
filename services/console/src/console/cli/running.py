"""From a command to its exit code: one sentence on stderr for whatever stops it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

import typer
from pydantic import ValidationError

from console.actions import Refused, UnknownShop, WrongVariant
from console.cli.workplace import OnSettings, Workplace
from console.desk import Desk
from console.queries import AmbiguousOrder, UnknownOrder
from runtime import logs
from runtime.outage import server_of
from runtime.settings import SettingsInvalid

FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 5
T = TypeVar("T")
Kinds = tuple[type[Exception], ...]

_SAID: Final[tuple[tuple[Kinds, int], ...]] = (
    ((SettingsInvalid, WrongVariant, AmbiguousOrder), USAGE),
    ((UnknownOrder, UnknownShop), FAILED),
    ((Refused,), REFUSED),
)
"""Errors whose own text is the sentence, and their exit code; the first that fits."""
_DRIVERS: Final = {"asyncpg", "aiokafka"}
_NO_TABLES: Final = {"UndefinedTableError", "InvalidSchemaNameError"}


def workplace(context: typer.Context) -> Workplace:
    """What this command works on."""
    return cast("Workplace", context.obj) if context.obj is not None else OnSettings()


def at_desk(context: typer.Context, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run ``work`` on events and rows."""

    async def run() -> T:
        async with workplace(context).desk() as desk:
            return await work(desk)

    return running(run)


def running(work: Callable[[], Awaitable[T]], *, said: Kinds = ()) -> T:
    """Run ``work``; what stops it is said on stderr and becomes the exit code.

    ``said``: further errors whose own text is the sentence; exit code 1.
    """
    logs.configure("ordersync", "ERROR")
    try:
        return asyncio.run(_awaited(work))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        code, sentence = (FAILED, str(error)) if isinstance(error, said) else verdict(error)
        if sentence is None:
            raise
        say(sentence)
        raise typer.Exit(code) from None


def verdict(error: Exception) -> tuple[int, str | None]:
    """The exit code and the sentence of an error; no sentence: a surprise, shown as it is.

    Our own errors say ``safe``; those that are a ValueError are about what was typed.
    """
    for kinds, code in _SAID:
        if isinstance(error, kinds):
            return code, str(error)
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
    return USAGE if isinstance(error, ValueError) else FAILED, str(error)


def say(sentence: str) -> None:
    """Progress and problems, for people."""
    sys.stderr.write(f"{sentence}\n")


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
