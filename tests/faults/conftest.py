"""The dice of a run: printed, and chosen again with FAULTS_SEED."""

import os
import random

import pytest


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Random moments and picks; a failing test shows the seed."""
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"\n{request.node.name}: FAULTS_SEED={seed}")
    return random.Random(seed)
