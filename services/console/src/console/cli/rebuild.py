"""``ordersync console``: the rows behind the pages."""

import typer

from commandline.output import print_note
from console import projection
from console.backend import Backend
from console.cli.opening import on_backend

app = typer.Typer(help="What the pages show.", no_args_is_help=True)


@app.callback()
def rows() -> None:
    """What the pages show."""


@app.command("rebuild")
def rebuild(context: typer.Context) -> None:
    """Empty the rows and fill them again from the events."""

    async def act(backend: Backend) -> int:
        await backend.rows.clear()
        taken = 0
        while step := await projection.step(backend.store, backend.rows):
            taken += step
            print_note(f"{taken} events read")
        return taken

    typer.echo(f"rebuilt from {on_backend(context, act)} events")
