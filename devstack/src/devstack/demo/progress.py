"""What a person sees of the demo: a bar that fills, then a line per event."""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from devstack.demo.state import State
from lifecycle.status import Status


class Display:
    """Progress on stderr; on a terminal it moves, elsewhere it is one line per change."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("settled", total=total, note="")
        self._last = ""

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def show(self, state: State) -> None:
        """The orders as they are now."""
        note = _note(state)
        self._progress.update(self._task, completed=state.total - state.unfinished, note=note)
        if not self._console.is_terminal and note != self._last:
            sys.stderr.write(f"{note}\n")
        self._last = note


def _note(state: State) -> str:
    counts = state.by_status
    return (
        f"{counts[Status.SYNCED]} synced, {counts[Status.SYNCING]} syncing, "
        f"{counts[Status.NOT_ELIGIBLE]} not eligible, {counts[Status.SYNC_FAILED]} failed, "
        f"{state.delivered} delivered"
    )
