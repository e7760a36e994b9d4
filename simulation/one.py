"""One history, told; and when it fails, made smaller and kept as a case."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from simulation.apart import run_apart
from simulation.plan import Plan
from simulation.result import Result
from simulation.shrink import shrink
from simulation.trace import story

CASES = Path(__file__).parent.parent / "tests/simulation/cases"


def show(
    plan: Plan, run: Callable[[Plan], Result], *, everything: bool, short: bool, cases: Path = CASES
) -> bool:
    """Whether it failed. ``short``: the digest is all that is said and kept."""
    result = run_apart(run, plan)
    if short:
        sys.stdout.write(f"{result.digest}\n")
        return bool(result.failures)
    about = [] if everything else [failure.about for failure in result.failures]
    sys.stdout.write(story(result.trace, about))
    for failure in result.failures:
        sys.stdout.write(f"BROKEN {failure.promise}: {failure.about}: {failure.how}\n")
    if result.failures:
        path = keep(result, run, cases)
        kept = f"kept in {path}" if path else "not kept: run again, it did not fail"
        sys.stdout.write(f"{kept}\n")
    return bool(result.failures)


def keep(result: Result, run: Callable[[Plan], Result], cases: Path) -> Path | None:
    """Writes the smallest plan that breaks the first promise; named by promise and digest.

    None: it did not fail again, so there is nothing that would be red until it is mended.
    """
    promise = result.failures[0].promise
    small = shrink(result.plan, promise, lambda plan: run_apart(run, plan))
    shown = run_apart(run, small)
    failure = next((one for one in shown.failures if one.promise == promise), None)
    if failure is None:
        return None
    found = f"{failure.promise}: {failure.about}: {failure.how}"
    path = cases / f"{_slug(promise)}-{shown.digest[:12] or f'seed-{small.seed}'}.json"
    cases.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"found": found, "plan": asdict(small)}, indent=1) + "\n")
    return path


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def read_case(path: Path) -> Plan:
    """The plan of a kept case, or of a file that is one. ValueError names what cannot be read."""
    held = json.loads(path.read_text())
    is_case = isinstance(held, dict) and "plan" in held
    return Plan.parse(json.dumps(held["plan"] if is_case else held))
