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
from console.replay import NotReplayable
from runtime import logs
from runtime.admin import TopicRefused
from runtime.kafka import is_infrastructure
from runtime.migrations import MigrationProblem
from runtime.publisher import NotPublished
from runtime.settings import SettingsInvalid
from tiktok.errors import TikTokError
from vault.keys import VaultProblem

FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 5
T = TypeVar("T")

_SAID: Final[tuple[tuple[tuple[type[Exception], ...], int], ...]] = (
    ((SettingsInvalid, WrongVariant, AmbiguousOrder, NotReplayable), USAGE),
    ((UnknownOrder, UnknownShop), FAILED),
    ((Refused,), REFUSED),
    ((TikTokError, VaultProblem, MigrationProblem, TopicRefused, NotPublished), FAILED),
)
"""Errors whose own text is the sentence, and their exit code; the first that fits."""


def workplace(context: typer.Context) -> Workplace:
    """What this command works on."""
    return cast("Workplace", context.obj) if context.obj is not None else OnSettings()


def at_desk(context: typer.Context, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run ``work`` on events and rows."""

    async def run() -> T:
        async with workplace(context).desk() as desk:
            return await work(desk)

    return running(run)


def running(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work``; what stops it is said on stderr and becomes the exit code."""
    logs.configure("ordersync", "ERROR")
    try:
        return asyncio.run(_awaited(work))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        code, sentence = verdict(error)
        if sentence is None:
            raise
        say(sentence)
        raise typer.Exit(code) from None


def verdict(error: Exception) -> tuple[int, str | None]:
    """The exit code and the sentence of an error; no sentence: a surprise, shown as it is."""
    for kinds, code in _SAID:
        if isinstance(error, kinds):
            return code, str(error)
    if isinstance(error, ValidationError):
        fields = "; ".join(
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_input=False, include_url=False)
        )
        return USAGE, fields
    if is_infrastructure(error):
        return FAILED, f"database or Kafka cannot be used: {_why(error)}"
    return FAILED, None


def say(sentence: str) -> None:
    """Progress and problems, for people."""
    sys.stderr.write(f"{sentence}\n")


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _why(error: Exception) -> str:
    name = type(error).__name__
    if name in {"UndefinedTableError", "InvalidSchemaNameError"}:
        return "tables are missing, run `ordersync migrate`"
    return f"{name}; see `devstack status`, or DATABASE_URL and KAFKA_BOOTSTRAP"
