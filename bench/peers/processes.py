"""Processes of one turn, started together and ended together."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from devstack import process
from devstack.process import Program


class Processes:
    """Python modules run as processes; each logs into the folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self._running: list[tuple[subprocess.Popen[bytes], Program]] = []

    def start(self, name: str, module: str, *arguments: str) -> None:
        """Run ``python -m module``."""
        argv = (sys.executable, "-m", module, *arguments)
        program = Program(name=name, argv=argv, env=self._environ)
        self._running.append((process.start(program, self._folder / f"{name}.log"), program))

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor time that each has used."""
        found = {}
        for running, program in self._running:
            times = psutil.Process(running.pid).cpu_times()
            found[program.name] = times.user + times.system
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for running, program in reversed(self._running):
            process.end(running, program)
