"""``python -m simulation --seed N | --plan FILE | --minutes M | --plants``: docs/simulation.md."""

import argparse
import json
import sys
from pathlib import Path

from simulation import environment
from simulation.draw import draw
from simulation.faults import FAULTS
from simulation.many import explore
from simulation.measure import measuring
from simulation.one import read_case, show
from simulation.planted import write_table
from simulation.run import run

HELD, FAILED, USAGE = 0, 1, 2


def main(given: list[str] | None = None) -> int:
    """0: every promise held; 1: one was broken; 2: the command cannot be understood."""
    parser = _parser()
    arguments = parser.parse_args(given)
    environment.prepare()
    if arguments.plants:
        return HELD if write_table(draw, run, arguments.processes) else FAILED
    if arguments.minutes is not None:
        return _many(parser, arguments)
    try:
        plan = read_case(arguments.plan) if arguments.plan else draw(arguments.seed)
    except (OSError, ValueError) as error:
        parser.error(f"--plan {arguments.plan}: {error}")
    return FAILED if show(plan, run, everything=arguments.all, short=arguments.digest) else HELD


def _many(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    with measuring(given.measure_every) as measure:
        try:
            measured = measure.of(run)
            report = explore(draw, measured, given.minutes, given.seeds, given.processes)
        except ValueError as error:
            parser.error(f"--minutes {given.minutes}: {error}")
        covered = measure.report()
    lacking = report.lacking(tuple(FAULTS)) + covered.lacking(report.histories)
    sys.stdout.write(f"{report.text()}{covered.text()}")
    sys.stdout.write("".join(f"LACKING {what}\n" for what in lacking))
    told = {**report.as_json(), "branches": covered.as_json(), "lacking": lacking}
    sys.stdout.write(f"{json.dumps(told, sort_keys=True)}\n")
    return FAILED if report.failed or lacking else HELD


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--seed", type=int, help="run the history of this seed")
    what.add_argument("--plan", type=Path, help="run the history of this file")
    what.add_argument("--minutes", type=float, help="run many histories for so long")
    what.add_argument("--plants", action="store_true", help="how soon each planted bug is found")
    parser.add_argument("--seeds", type=int, default=1, help="with --minutes: the first seed")
    parser.add_argument("--processes", type=_at_least_one, default=1, help="at a time")
    every = "with --minutes: one of so many histories is measured for branches (0: none)"
    parser.add_argument("--measure-every", type=int, default=10, help=every)
    parser.add_argument("--all", action="store_true", help="tell the whole story")
    parser.add_argument("--digest", action="store_true", help="say the trace's digest only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
