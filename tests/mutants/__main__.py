"""``python -m tests.mutants [--count 400] [--seed 2026] [--jobs 2] [--only libs/mapping]``.

A sample of small changes to what decides, each against the tests of its folder. An unexplained
survivor makes it fail: write a test that kills it, or its reason into ``explained.toml``.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants import explained
from tests.mutants.mutations import Mutant, sample
from tests.mutants.targets import targets
from tests.mutants.trial import Unsound, Verdict, attempt, baseline

_PATIENCE, _AT_LEAST_S = 6.0, 60.0
"""A trial may take so many times as long as the tests do, on a machine that is busy meanwhile."""


def main() -> int:
    """0: every mutant was killed or is explained; 1: one was not; 2: the tests fail as they are."""
    given = _arguments()
    chosen = [target for target in targets() if target.path.startswith(given.only)]
    mutants = sample(chosen, given.count, given.seed)
    try:
        limits = _limits(mutants)
    except Unsound as unsound:
        _say(str(unsound))
        return 2
    started = time.monotonic()
    verdicts = list(_tried(mutants, limits, given.jobs))
    left = _report(verdicts)
    _say(f"{len(mutants)} mutants, seed {given.seed}, {time.monotonic() - started:.0f} s")
    return 1 if left else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="a folder, or the beginning of one")
    return parser.parse_args()


def _limits(mutants: Sequence[Mutant]) -> Mapping[str, float]:
    folders = sorted({mutant.target.tests for mutant in mutants})
    return {folder: max(_AT_LEAST_S, _PATIENCE * baseline(folder)) for folder in folders}


def _tried(
    mutants: Sequence[Mutant], limits: Mapping[str, float], jobs: int
) -> Iterator[tuple[Mutant, Verdict]]:
    def one(mutant: Mutant) -> Verdict:
        with tempfile.TemporaryDirectory(prefix="mutant-") as work:
            return attempt(mutant, Path(work), limits[mutant.target.tests])

    with ThreadPoolExecutor(jobs) as pool:
        for mutant, verdict in zip(mutants, pool.map(one, mutants), strict=True):
            if verdict not in (Verdict.KILLED, Verdict.TIMED_OUT):
                _say(f"{verdict.value}: {mutant}")
            yield mutant, verdict


def _report(verdicts: Sequence[tuple[Mutant, Verdict]]) -> list[Mutant]:
    """Prints the figures; returns what nobody explained."""
    entries = explained.known()
    counted = Counter((mutant.target.tests, verdict) for mutant, verdict in verdicts)
    for folder in sorted({folder for folder, _ in counted}):
        parts = [
            f"{counted[folder, kind]} {kind.value}" for kind in Verdict if counted[folder, kind]
        ]
        _say(f"{folder}: {', '.join(parts)}")
    alive = (Verdict.SURVIVED, Verdict.NOT_LOADED)
    survivors = [mutant for mutant, verdict in verdicts if verdict in alive]
    left = [mutant for mutant in survivors if mutant.key not in entries]
    _say(f"{len(survivors)} survived, {len(survivors) - len(left)} of them explained")
    for mutant in left:
        _say(f"\n{explained.entry_of(mutant)}")
    return left


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
