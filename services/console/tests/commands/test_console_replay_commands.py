"""``ordersync replay``: what it prints where, and its exit codes."""

import json
from typing import Any

import pytest

Run = Any


def test_replay_is_a_dry_run_that_counts(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101"), story.order("102"))
    result = run("replay", "topic", "order-fetched", "--since", "1d", "-o", "json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {
        "topic": "order-fetched",
        "groups": ["mapper", "status-tracker"],
        "events": {"OrderFetched": 2},
        "streams": 2,
        "records": 4,
        "published": None,
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("orders", "--since", "1d"), "order-fetched"),
        (("order-fetched", "--since", "yesterday"), "--since"),
        (("order-fetched", "--since", "2026-11-23T10:00:00"), "zone"),
        (("order-fetched", "--since", "1d", "--group", "relay"), "mapper"),
        (("order-eligible", "--since", "1d"), "nobody"),
    ],
)
def test_a_replay_that_cannot_be_is_a_usage_error(
    arguments: tuple[str, ...], says: str, run: Run
) -> None:
    result = run("replay", "topic", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
