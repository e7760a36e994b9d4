"""How complete a shop is, more history, webhooks: said before it is done, done by name."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.console.tests import happenings as happen

from commandline.output import moment
from console.rows import ShopFetched
from console.shops.completeness import complete_until, reads_history
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.streams import reconciliation_stream, shop_stream
from tiktok.errors import Misconfigured
from tiktok.webhooks import SUBSCRIBED

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BEGINS = happen.NOW - timedelta(days=7)
Run = Any


class Side:
    """TikTok as far as these commands see it."""

    def __init__(self) -> None:
        self.counts: dict[str | None, int] = {None: 12, "AWAITING_SHIPMENT": 3, "COMPLETED": 4}
        self.asked: list[tuple[datetime, datetime]] = []
        self.going: dict[str, str] = {}
        self.error: Exception | None = None

    async def count(
        self, shop: Shop, since: datetime, until: datetime, status: str | None = None
    ) -> int:
        self.asked.append((since, until))
        return self.counts.get(status, 0)

    async def webhooks(self, shop: Shop) -> Mapping[str, str]:
        return self.going

    async def enable_webhook(self, shop: Shop, kind: str, address: str) -> None:
        if self.error:
            raise self.error
        self.going[kind] = address


@pytest.fixture
def side(opener: Any, monkeypatch: pytest.MonkeyPatch) -> Side:
    made = Side()

    @asynccontextmanager
    async def shop_calls() -> AsyncIterator[Side]:
        yield made

    url = "https://orders.example.com/webhooks/tiktok"
    monkeypatch.setattr(opener, "shop_calls", shop_calls, raising=False)
    monkeypatch.setattr(opener, "tiktok_webhook_url", lambda: url, raising=False)
    return made


@pytest.fixture
def run(run: Run, side: Side, story: Any) -> Run:
    """With one connected shop."""
    story.tell_all(story.shop())
    return run


def test_backfill_says_what_it_would_bring_and_changes_nothing(
    run: Run, side: Side, story: Any
) -> None:
    before = asyncio.run(story.folded())
    said = run("shop", "backfill", "--shop", happen.SHOP, "--since", "2020-01-01")
    assert said.exit_code == 0
    assert "12 orders" in said.stdout
    assert "at most 7 would be created" in said.stdout
    assert set(side.asked) == {(datetime(2020, 1, 1, tzinfo=UTC), before.window_begins_at)}
    assert asyncio.run(story.folded()) == before


def test_backfill_moves_the_window_and_says_who_moved_it(run: Run, story: Any) -> None:
    done = run("shop", "backfill", "--shop", happen.SHOP, "--since", "2020-01-01", "--execute")
    assert done.exit_code == 0
    last = story.history(shop_stream(happen.SHOP))[-1].event
    assert last == events.WindowMoved(
        shop_id=happen.SHOP,
        begins_at=datetime(2020, 1, 1, tzinfo=UTC),
        moved_by="tester (command line)",
        expected_orders=12,
    )


def test_a_window_is_never_moved_forward(run: Run, story: Any) -> None:
    before = asyncio.run(story.folded())
    refused = run("shop", "backfill", "--shop", happen.SHOP, "--since", "2099-01-01", "--execute")
    assert (refused.exit_code, refused.stdout) == (5, "")
    assert "earlier" in refused.stderr
    assert asyncio.run(story.folded()) == before


def test_an_unknown_shop_is_said(run: Run) -> None:
    result = run("shop", "backfill", "--shop", "999", "--since", "2020-01-01")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "999" in result.stderr


def test_webhooks_are_enabled_for_all_that_the_fetcher_acts_on(run: Run, side: Side) -> None:
    assert run("shop", "webhooks", "status", "--shop", happen.SHOP).exit_code == 1
    assert run("shop", "webhooks", "enable", "--shop", happen.SHOP).exit_code == 0
    address = "https://orders.example.com/webhooks/tiktok"
    assert side.going == dict.fromkeys(SUBSCRIBED, address)
    status = run("shop", "webhooks", "status", "--shop", happen.SHOP, "-o", "json")
    assert status.exit_code == 0
    assert json.loads(status.stdout) == {"webhooks": dict.fromkeys(SUBSCRIBED, address)}


def test_what_tiktok_refuses_is_one_sentence(run: Run, side: Side) -> None:
    side.error = Misconfigured("webhooks_put", "the address redirects")
    result = run("shop", "webhooks", "enable", "--shop", happen.SHOP)
    assert result.exit_code == 1
    assert "the address redirects" in result.stderr


def test_a_shop_shows_up_to_when_it_is_proven_complete(as_json: Any, run: Run, story: Any) -> None:
    def shown() -> Any:
        return as_json("shop", "ls")["shops"][0]["complete_until"]

    assert asyncio.run(story.folded()).window_begins_at == BEGINS
    assert shown() is None
    _prove(story, BEGINS + timedelta(days=1), NOW)
    assert shown() is None
    _prove(story, BEGINS, NOW)
    _prove(story, NOW, NOW + timedelta(hours=1))
    assert shown() == (NOW + timedelta(hours=1)).isoformat()
    assert "2026-11-25 13:00:00 UTC" in run("shop", "ls").stdout


def _prove(story: Any, begin: datetime, end: datetime) -> None:
    proof = happen.proven(happen.SHOP, begin, end)
    story.tell_all(story.tell(reconciliation_stream(happen.SHOP), proof))


def test_a_shop_whose_window_was_moved_back_is_not_complete_before_it_is_proven() -> None:
    shop = Shop(shop_id="1", window_begins_at=NOW - timedelta(days=30))
    week = ShopFetched("1", NOW - timedelta(days=7), NOW, NOW - timedelta(days=7))
    assert complete_until(shop, week) is None
    assert reads_history(shop, week)
    read = week.then(ShopFetched("1", read_back_to=NOW - timedelta(days=30)))
    assert complete_until(shop, read) is None
    assert not reads_history(shop, read)
    later = NOW + timedelta(hours=1)
    proven = read.then(ShopFetched("1", NOW - timedelta(days=30), later))
    assert complete_until(shop, proven.then(ShopFetched("1", NOW))) == later


def _read(story: Any, begin: datetime, end: datetime, orders: int) -> None:
    read = events.HistoryFetched(
        shop_id=happen.SHOP, window_begins_at=begin, window_ends_at=end, orders=orders
    )
    story.tell_all(story.tell(reconciliation_stream(happen.SHOP), read))


def test_a_backfill_shows_how_far_it_is(run: Run, story: Any) -> None:
    backfill = ("shop", "backfill", "--shop", happen.SHOP)

    def shown() -> str:
        return str(run(*backfill, "--status").stdout)

    _read(story, BEGINS, BEGINS + timedelta(days=7), 100)
    assert shown() == f"100 orders read, all since {moment(BEGINS)}\n"
    since = BEGINS - timedelta(days=2)
    run(*backfill, "--since", since.strftime("%Y-%m-%dT%H:%M:%S"), "--execute")
    assert "0 of 12 orders read, back to" in shown()
    _read(story, BEGINS - timedelta(days=1), BEGINS, 5)
    assert shown() == (
        f"5 of 12 orders read, back to {moment(BEGINS - timedelta(days=1))}; "
        f"orders begin at {moment(since)}\n"
    )
    _read(story, since, BEGINS - timedelta(days=1), 7)
    assert shown() == f"12 of 12 orders read, all since {moment(since)}\n"


def test_shop_ls_shows_how_far_history_is_read(as_json: Any, run: Run, story: Any) -> None:
    assert "history not read yet" in run("shop", "ls").stdout
    _read(story, BEGINS + timedelta(days=6), BEGINS + timedelta(days=7), 3)
    assert "history read back to" in run("shop", "ls").stdout
    _read(story, BEGINS, BEGINS + timedelta(days=6), 3)
    assert "not proven yet" in run("shop", "ls").stdout
    [listed] = as_json("shop", "ls")["shops"]
    assert listed["history_read_back_to"] == BEGINS.isoformat()
