"""``ordersync console``: the rows behind the pages."""

import typer

from console import projection
from console.cli.running import at_desk, say
from console.desk import Desk

app = typer.Typer(help="What the pages show.", no_args_is_help=True)


@app.callback()
def rows() -> None:
    """What the pages show."""


@app.command("rebuild")
def rebuild(context: typer.Context) -> None:
    """Empty the rows and fill them again from the events."""

    async def act(desk: Desk) -> int:
        await desk.rows.clear()
        taken = 0
        while step := await projection.step(desk.store, desk.rows):
            taken += step
            say(f"{taken} events read")
        return taken

    typer.echo(f"rebuilt from {at_desk(context, act)} events")
