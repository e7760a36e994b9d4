"""The demo on its own stack: brought up, played, and taken down when it ends."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devstack.demo.play import Play, Result
from devstack.folder import StateFolder
from devstack.up import Options, run
from runtime.clock import monotonic

Say = Callable[[str], None]


@dataclass
class _Ending:
    """What the playing thread leaves behind."""

    result: Result | None = None
    problems: list[BaseException] = field(default_factory=list)


def run_demo(
    folder: StateFolder, environ: Mapping[str, str], *, once: bool, say: Say
) -> Result | None:
    """Bring the stack up and play; ``once`` ends by itself, else Ctrl-C does.

    Raises what ``devstack.up.run`` raises, and whatever went wrong in the play.
    """
    began = monotonic()
    ending = _Ending()

    def on_ready(summary: dict[str, str]) -> None:
        play = Play(summary, say, monotonic, began)
        thread = threading.Thread(target=_play, args=(play, once, ending, say), daemon=True)
        thread.start()

    run(folder, Options(), environ, announce=say, on_ready=on_ready)
    for problem in ending.problems:
        raise problem
    return ending.result


def _play(play: Play, once: bool, ending: _Ending, say: Say) -> None:
    """Beside the supervisor, which goes on starting again what dies; then asks it to stop."""
    try:
        ending.result = asyncio.run(play.once())
        if not once:
            say(f"all settled: {ending.result.to_json()}")
            asyncio.run(play.go_on())
    except BaseException as problem:  # noqa: BLE001  # carried to the main thread
        ending.problems.append(problem)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
