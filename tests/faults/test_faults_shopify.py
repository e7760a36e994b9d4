"""Shopify answers late, wrongly or not at all: what was created is found, never created again."""

from collections.abc import Iterable, Iterator

import pytest
from tests.system.history import Life
from tests.system.stack import System
from tests.system.traffic import Begin, assert_exactly_once
from tests.system.waiting import wait_until

SETTLE_WITHIN_S = 300.0
KINDS = (
    {"kind": "timeout_after_commit"},
    {"kind": "reset_after_commit"},
    {"kind": "late_commit", "delay_s": 1},
    {"kind": "status", "status": 500},
    {"kind": "throttle"},
    {"kind": "html"},
    {"kind": "truncated"},
    {"kind": "partial"},
)
CREATING = ("orderCreate", "fulfillmentCreate", "fulfillmentEventCreate")


@pytest.fixture
def faulty(system: System) -> Iterator[System]:
    """One call in a few is hit while orders arrive; none afterwards."""
    system.shopify.put_faults(
        *(
            {**kind, "match": {"operation": operation}, "probability": 0.04}
            for kind in KINDS
            for operation in CREATING
        ),
        {"kind": "status", "match": {"operation": "orderByIdentifier"}, "probability": 0.05},
    )
    yield system
    system.shopify.put_faults()


def test_whatever_shopify_answers_each_order_stands_there_once(
    faulty: System, begin: Begin
) -> None:
    traffic = begin()
    wait_until(traffic.has_ended, SETTLE_WITHIN_S)
    wait_until(
        lambda: "found" in outcomes(faulty.lives(traffic.arrived()).values()),
        SETTLE_WITHIN_S,
        lambda: "no answer was lost: the faults did not strike",
        every_s=1.0,
    )
    faulty.shopify.put_faults()
    assert outcomes(assert_exactly_once(traffic, SETTLE_WITHIN_S)) == {"created", "found"}


def outcomes(lives: Iterable[Life]) -> set[str]:
    """How the orders that stand in Shopify came to be known."""
    return {life.order.created.event.outcome for life in lives if life.order.created}
