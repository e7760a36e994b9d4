"""The dice of a run, and the orders that arrive while something breaks."""

import os
import random
import sys
from collections.abc import Iterator

import pytest
from tests.system.stack import System
from tests.system.traffic import Begin, Traffic
from tests.system.waiting import wait_until

COUNT = 60
ARRIVED_WITHIN_S = 240.0


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Random moments and picks; the seed is shown by a failing test, FAULTS_SEED sets it."""
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"{request.node.name}: FAULTS_SEED={seed}\n")
    return random.Random(seed)


@pytest.fixture
def begin(system: System, dice: random.Random) -> Iterator[Begin]:
    """Lets orders begin to arrive, a few a second; also a failing test's come to their end."""
    begun: list[Traffic] = []

    def begin(rate_per_s: float = 4.0) -> Traffic:
        seed = dice.randrange(10**6)
        begun.append(Traffic.begins(system, count=COUNT, rate_per_s=rate_per_s, seed=seed))
        return begun[-1]

    yield begin
    for traffic in begun:
        wait_until(traffic.has_ended, ARRIVED_WITHIN_S)
