"""`devstack`: the whole system on one machine, in the folder it is called in.

Exit codes: 0 done; 1 a part did not start; 2 usage, a port in use, a folder that cannot be written,
or a stack that runs already. Results go to stdout, progress to stderr.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from devstack import detach, log_view, status_view
from devstack.cache import cache_folder
from devstack.demo.command import run_demo
from devstack.down import bring_down
from devstack.errors import StackProblem
from devstack.folder import StateFolder
from devstack.kafka import make_startup_cache
from devstack.up import Options, run

app = typer.Typer(
    name="devstack", help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False
)
Json = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]
Port = typer.Option(help="A port of 127.0.0.1 instead of any free one.", min=1, max=65535)


@app.command()
def up(
    *,
    detached: Annotated[bool, typer.Option("--detach", help="Return when all is ready.")] = False,
    as_json: Json = False,
    services: Annotated[bool, typer.Option(help="Also migrate and start our services.")] = True,
    kafka_port: Annotated[int | None, Port] = None,
    postgres_port: Annotated[int | None, Port] = None,
    tiktok_port: Annotated[int | None, Port] = None,
    shopify_port: Annotated[int | None, Port] = None,
    console_port: Annotated[int | None, Port] = None,
) -> None:
    """Start everything from empty data; until Ctrl-C, or with --detach until `devstack down`."""
    if detached:
        own = [word for word in sys.argv[1:] if word not in {"--detach", "--json"}]
        summary = detach.start(_here(), own, say=_say)
        if as_json:
            _show(summary, as_json=True)
        return
    options = Options(services, kafka_port, postgres_port, tiktok_port, shopify_port, console_port)
    run(
        _here(),
        options,
        os.environ,
        announce=_say,
        on_ready=lambda summary: _show(summary, as_json=as_json),
    )


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option(help="End when the 40 orders are settled.")] = False,
    as_json: Json = False,
) -> None:
    """TikTok Shop orders arrive in Shopify; then a new one every few seconds, until Ctrl-C."""
    result = run_demo(_here(), os.environ, once=once, say=_say)
    if result is None:
        return
    if as_json:
        typer.echo(json.dumps(result.to_json()))
    if once and not result.is_good:
        raise typer.Exit(1)


@app.command()
def down() -> None:
    """Stop everything that runs in this folder; its logs stay."""
    _say("stopped" if bring_down(_here()) else "nothing runs here")


@app.command()
def status(*, as_json: Json = False) -> None:
    """Show every process: its id, its state, how often it was started again."""
    processes = status_view.processes(_here())
    if as_json:
        typer.echo(json.dumps({"processes": processes}))
    elif processes:
        typer.echo(status_view.table(processes))
    else:
        _say("nothing runs here")


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="One process; without it all.")] = None,
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Print what the processes wrote."""
    for line in log_view.lines(_here(), name, follow=follow):
        typer.echo(line)


@app.command()
def prepare() -> None:
    """Download Kafka and record its start once, so that `up` is quick; `make install` does it."""
    make_startup_cache(cache_folder())
    _say(f"Kafka is ready to start, kept in {cache_folder()}")


def main() -> None:
    """Run the command; a problem of the stack is one sentence and an exit code."""
    try:
        app()
    except StackProblem as problem:
        _say(f"{detach.PREFIX}{problem}")
        sys.exit(problem.exit_code)


def _here() -> StateFolder:
    return StateFolder(Path.cwd() / ".devstack")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _show(summary: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary))
        return
    typer.echo(f"Orders page   {summary['console']}")
    typer.echo(f"TikTok Shop   {summary['tiktok']}   (simulator, shop {summary['shop_id']})")
    typer.echo(f"Shopify       {summary['shopify']}   (simulator, {summary['shopify_domain']})")
    typer.echo("Settings      .devstack/env      logs: devstack logs -f      stop: devstack down")
