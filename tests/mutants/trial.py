"""One trial: a folder's tests against one changed module, in a process of its own."""

import os
import resource
import subprocess
import sys
import time
from enum import Enum
from pathlib import Path
from typing import Final

from tests.mutants.mutations import Mutant
from tests.mutants.targets import ROOT

_MEMORY: Final = 4 << 30
"""A mutant that never stops may also never stop taking memory: bytes of address space."""

_PYTEST: Final = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no")


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    NOT_LOADED = "not loaded"


class Unsound(Exception):
    """The tests fail without any mutant: nothing can be learnt."""


def baseline(folder: str) -> float:
    """How long the folder's tests take as they are, in seconds. Raises Unsound."""
    started = time.monotonic()
    done = _run(folder, {}, None)
    if done.returncode != 0:
        raise Unsound(f"{folder}: its tests fail as they are\n{done.stdout}{done.stderr}")
    return time.monotonic() - started


def attempt(mutant: Mutant, work: Path, limit_s: float) -> Verdict:
    """Runs the tests against one mutant; ``work`` is an empty folder of its own."""
    source, loaded = work / "mutant.py", work / "loaded"
    source.write_text(mutant.source, encoding="utf-8")
    planted = {
        "MUTANT_MODULE": mutant.target.module,
        "MUTANT_SOURCE": str(source),
        "MUTANT_LOADED": str(loaded),
    }
    try:
        done = _run(mutant.target.tests, planted, limit_s)
    except subprocess.TimeoutExpired:
        return Verdict.TIMED_OUT
    if not loaded.exists():
        return Verdict.NOT_LOADED
    return Verdict.SURVIVED if done.returncode == 0 else Verdict.KILLED


def _run(
    folder: str, planted: dict[str, str], limit_s: float | None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *_PYTEST, "-p", "tests.mutants.planted", folder]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **planted},
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
        preexec_fn=_limit_memory,
    )


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
