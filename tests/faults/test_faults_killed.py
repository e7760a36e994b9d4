"""Processes are killed in the middle of the work: nothing is lost, nothing is doubled."""

import random

import pytest
from tests.faults.strike import kill_9, pid_of, restarts
from tests.system.stack import System
from tests.system.traffic import Begin, assert_exactly_once, let_pass

SERVICES = ("relay", "fetcher", "mapper", "shopify-writer", "status-tracker")
SETTLE_WITHIN_S = 300.0


def test_every_service_may_be_killed(system: System, dice: random.Random, begin: Begin) -> None:
    traffic = begin()
    victims = list(SERVICES)
    dice.shuffle(victims)
    for victim in victims:
        let_pass(dice.uniform(0.2, 1.5))
        kill_9(system, victim)
    assert_exactly_once(traffic, SETTLE_WITHIN_S)
    assert [name for name in SERVICES if not restarts(system, name)] == []


def test_the_writer_may_be_killed_again_and_again(
    system: System, dice: random.Random, begin: Begin
) -> None:
    traffic = begin()
    before = restarts(system, "shopify-writer")

    def strike() -> None:
        pid_of(system, "shopify-writer")
        let_pass(dice.uniform(0.05, 1.2))
        kill_9(system, "shopify-writer")

    for _ in range(4):
        strike()
    assert_exactly_once(traffic, SETTLE_WITHIN_S)
    assert restarts(system, "shopify-writer") == before + 4


@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_server_may_be_killed(
    system: System, dice: random.Random, begin: Begin, server: str
) -> None:
    traffic = begin()
    let_pass(dice.uniform(2.0, 6.0))
    before = restarts(system, server)
    kill_9(system, server)
    assert_exactly_once(traffic, SETTLE_WITHIN_S)
    assert restarts(system, server) == before + 1
    assert pid_of(system, server)
