"""A minute of seeds that the commit's tree gives, every kept case, and the same twice over."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.apart import run_apart
from simulation.draw import draw
from simulation.many import explore
from simulation.one import CASES, read_case
from simulation.run import run

ROOT = Path(__file__).parents[2]


def _first_seed() -> int:
    """Of the commit's tree, so that a red run repeats."""
    asked = ["git", "rev-parse", "HEAD^{tree}"]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(said.stdout[:8], 16)


def test_every_promise_holds_for_a_minute_of_histories() -> None:
    first = _first_seed()
    report = explore(draw, run, 1.0, first, 1)
    assert report.histories
    repeat = [f"python -m simulation --seed {seed}: {how}" for seed, how in report.failed.items()]
    assert not repeat, f"seeds {first} to {first + report.histories - 1}: {repeat}"


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found_once_stays_mended(path: Path) -> None:
    assert not run_apart(run, read_case(path)).failures


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seed_gives_the_same_trace_in_every_process(seed: int) -> None:
    digests = {_digest(seed, hash_seed) for hash_seed in ("1", "2")}
    assert len(digests) == 1
    assert len(digests.pop()) == 64


def _digest(seed: int, hash_seed: str) -> str:
    command = [sys.executable, "-m", "simulation", "--digest", "--seed", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    said = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()
