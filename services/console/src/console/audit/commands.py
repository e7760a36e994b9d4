"""``ordersync audit``: is what is stored what was appended?"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from commandline.output import Format, Output, print_json, print_note
from commandline.running import FAILED, run
from console.audit import verification
from console.audit.verification import Report
from eventstore.stored import StoredEvents, open_stored
from runtime.settings import Settings, load

app = typer.Typer(help="The event store: verify it, export it.", no_args_is_help=True)
T = TypeVar("T")
_SHOWN = 20


@app.command("verify")
def verify(output: Output = Format.TABLE) -> None:
    """Follow the hash chain through all events and compare it with every record in Kafka.

    Names each row that was changed, removed or put in, and a tail that was cut; then exits with 1.
    """
    report = _on_events(
        lambda store, settings: verification.verify(
            store, settings.kafka_bootstrap, settings.topic_prefix
        )
    )
    if output is Format.JSON:
        print_json(asdict(report))
    else:
        _print(report)
    if report.findings:
        raise typer.Exit(FAILED)


@app.command("export")
def export(
    after: Annotated[int, typer.Option(min=0, help="the position before the first event")] = 0,
    until: Annotated[int | None, typer.Option(min=1, help="the last position")] = None,
) -> None:
    """Print the events of a range of positions, a line of JSON each (NDJSON)."""

    async def print_lines(store: StoredEvents, _: Settings) -> None:
        async for line in verification.export(store, after, until):
            typer.echo(line)

    _on_events(print_lines)


def _on_events(work: Callable[[StoredEvents, Settings], Awaitable[T]]) -> T:
    async def act() -> T:
        settings = load(Settings)
        async with open_stored(settings.database_url.get_secret_value()) as store:
            return await work(store, settings)

    return run(act)


def _print(report: Report) -> None:
    typer.echo(f"{report.events} events up to position {report.head}, chain {report.chain[:16]}…")
    typer.echo(f"{report.records} records in Kafka compared")
    for finding in report.findings[:_SHOWN]:
        print_note(finding.text)
    if len(report.findings) > _SHOWN:
        print_note(f"and {len(report.findings) - _SHOWN} more (see --output json)")
    if not report.findings:
        typer.echo("everything is as it was appended")
