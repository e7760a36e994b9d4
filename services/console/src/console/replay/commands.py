"""``ordersync replay``: a topic's events once more, from the store."""

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from commandline.output import Format, Output, print_facts, print_json, print_note
from connections.backpressure import Backpressure, lag_of
from console.backend import Backend
from console.cli.opening import on_backend
from console.replay import replaying
from console.replay.replaying import NotReplayable, Plan, Replay, Selection
from eventstore.postgres import PostgresEventStore
from runtime.publisher import open_publisher
from runtime.settings import Settings, load

app = typer.Typer(help="Replay events from the store.", no_args_is_help=True)
_DURATION = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LOOK_AGAIN_S = 1.0


@app.callback()
def replay_() -> None:
    """Replay events from the store."""


@app.command("topic")
def topic(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TOPIC", help="such as order-fetched")],
    since: Annotated[str, typer.Option(metavar="TIME", help="2026-11-23T10:00Z, or 6h ago: 6h")],
    until: Annotated[str | None, typer.Option(metavar="TIME", help="default: now")] = None,
    group: Annotated[str | None, typer.Option(help="only this group; default: all")] = None,
    execute: Annotated[bool, typer.Option("--execute", help="publish; else only say")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Send a topic's events to its groups again. Without --execute, only says what it would do."""

    async def act(backend: Backend) -> tuple[Plan, int | None]:
        now = backend.clock()
        ends = parse_time("--until", until, now) if until else now
        chosen = replaying.select(name, parse_time("--since", since, now), ends, group)
        planned = await replaying.plan(backend.store, chosen)
        return planned, await _execute(backend, chosen) if execute else None

    planned, published = on_backend(context, act)
    _print(planned, published, output)


def parse_time(option: str, text: str, now: datetime) -> datetime:
    """A time with its zone, or how long ago; NotReplayable says what is accepted."""
    try:
        at = _time(text, now)
    except (ValueError, OverflowError):  # the calendar has an end
        at = None
    if at is None:
        raise NotReplayable(
            f"{option}: expected a time with its zone, such as 2026-11-23T10:00:00Z, or how long "
            "ago, such as 90m, 6h, 2d"
        )
    return at


def _time(text: str, now: datetime) -> datetime | None:
    ago = _DURATION.fullmatch(text)
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo is not None else None


async def _execute(backend: Backend, chosen: Selection) -> int:
    settings = load(Settings)
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(
            open_publisher(settings.kafka_bootstrap, client_id="ordersync-replay")
        )
        shard, epoch = ("0", 0)
        if isinstance(backend.store, PostgresEventStore):
            shard, epoch = await backend.store.identity()
        return await Replay(
            store=backend.store,
            send=publisher.send,
            backpressure=Backpressure(
                lag_of(settings, replayed=True),
                _no_lane,
                backend.clocks.monotonic,
                ask_every_s=0.0,
                look_again_s=_LOOK_AGAIN_S,
            ),
            report=print_note,
            topic_prefix=settings.topic_prefix,
            shard=shard,
            epoch=epoch,
        ).execute(chosen)


async def _no_lane(_store: str) -> float:
    """A replay waits for groups only."""
    return 0.0


def _print(planned: Plan, published: int | None, output: Format) -> None:
    if output is Format.JSON:
        print_json(
            {
                "topic": planned.topic,
                "groups": list(planned.groups),
                "events": dict(planned.events),
                "streams": planned.orders,
                "records": planned.records,
                "published": published,
            }
        )
        return
    print_facts(
        [
            *((name, str(count)) for name, count in planned.events.items()),
            ("Orders, shops or products", str(planned.orders)),
            ("Groups", ", ".join(planned.groups)),
            ("Records", str(planned.records)),
        ]
    )
    if published is None:
        print_note("nothing was published; --execute publishes it")
    else:
        typer.echo(f"{published} records published")
