"""A writer that is paused for longer than its lease comes back and creates nothing twice."""

import os
import random
import signal

from tests.faults.strike import pid_of
from tests.system.stack import System
from tests.system.traffic import Begin, assert_exactly_once, let_pass

SETTLE_WITHIN_S = 300.0
LEASE_S, LOCK_S = 10.0, 20.0


def test_a_paused_writer_creates_nothing_twice(
    system: System, dice: random.Random, begin: Begin
) -> None:
    traffic = begin(rate_per_s=6.0)
    let_pass(dice.uniform(1.0, 4.0))
    for lasts in (dice.uniform(LEASE_S + 1, LEASE_S + 5), dice.uniform(LOCK_S + 1, LOCK_S + 5)):
        pid = pid_of(system, "shopify-writer")
        os.kill(pid, signal.SIGSTOP)
        try:
            let_pass(lasts)
        finally:
            os.kill(pid, signal.SIGCONT)
        let_pass(dice.uniform(0.5, 2.0))
    assert_exactly_once(traffic, SETTLE_WITHIN_S)
