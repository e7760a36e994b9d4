"""``python -m bench NAME… [--json]``; the names are in ``BENCHES`` and docs/measuring.md."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog
import uvloop

from bench import (
    budget,
    claims,
    drain,
    fetching,
    grown,
    hop,
    latency,
    mapping,
    pipeline,
    relay,
    split,
    store,
)
from bench.result import Result, keep
from bench.say import say
from bench.servers import BenchServers, servers
from bench.size import FULL, QUICK, Size
from runtime.garbage import collect_seldom

Bench = Callable[[BenchServers, Size], Awaitable[tuple[Result, dict[str, Any]]]]
BENCHES: dict[str, Bench] = {
    "store": store.run,
    "relay": relay.run,
    "hop": hop.run,
    "mapping": mapping.run,
    "pipeline": pipeline.run,
    "budget": budget.run,
    "claims": claims.run,
    "fetching": fetching.run,
    "latency": latency.run,
    "drain": drain.run,
    "growth": grown.run,
    "split": split.run,
}
LONG = frozenset({"drain", "growth", "split"})
"""Measured only when asked for by name: they fill databases of gigabytes first."""


def main() -> None:
    """Measure what was asked for; the result is the last line of stdout with ``--json``."""
    arguments = _arguments()
    size = QUICK if arguments.quick else FULL
    if arguments.orders is not None:
        size = replace(size, drain_orders=arguments.orders)
    for name in arguments.names or [name for name in BENCHES if name not in LONG]:
        say(f"== {name}")
        with servers() as own, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result, details = runner.run(_run(BENCHES[name], own, size))
        path = keep(result, details, quick=size.quick)
        for kind in ("ratios", "figures", "counters"):
            for key, value in getattr(result, kind).items():
                say(f"{kind[:-1]:8} {key:32} {value:>12,}")
        say(f"kept in {path}")
        if arguments.json:
            sys.stdout.write(f"{result.line()}\n")


async def _run(bench: Bench, own: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """As a service runs: on uvloop, collecting garbage seldom; saying only what is wrong."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    collect_seldom()
    return await bench(own, size)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="|".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one line of JSON per bench")
    parser.add_argument("--quick", action="store_true", help="less of everything: under a minute")
    parser.add_argument("--orders", type=int, help="how many wait in ``drain``")
    return parser.parse_args()


if __name__ == "__main__":
    main()
