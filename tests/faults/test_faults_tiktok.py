"""TikTok answers late, wrongly or not at all: every order is fetched in the end, none twice."""

from collections.abc import Iterator

import pytest
from tests.system.stack import System
from tests.system.traffic import Begin, assert_exactly_once
from tests.system.waiting import wait_until

SETTLE_WITHIN_S = 300.0
KINDS = (
    {"kind": "status", "status": 500},
    {"kind": "throttle"},
    {"kind": "html"},
    {"kind": "truncated"},
    {"kind": "reset"},
    {"kind": "reset_after_commit"},
    {"kind": "timeout_before", "delay_s": 1},
)


@pytest.fixture
def faulty(system: System) -> Iterator[System]:
    """About every second call is hit while orders arrive; none afterwards."""
    system.tiktok.put_faults(*({**kind, "match": {}, "probability": 0.1} for kind in KINDS))
    yield system
    system.tiktok.put_faults()


def test_whatever_tiktok_answers_every_order_arrives(faulty: System, begin: Begin) -> None:
    traffic = begin()
    wait_until(traffic.has_ended, SETTLE_WITHIN_S, every_s=1.0)
    faulty.tiktok.put_faults()
    assert_exactly_once(traffic, SETTLE_WITHIN_S)
    log = (faulty.folder / ".devstack" / "logs" / "fetcher.log").read_text()
    assert "shop.not_read" in log, "no call failed: the faults did not strike"
