"""Whatever the platforms answer to a command is told and changes nothing; the second shop is served
as ever.
"""

import ast
import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from services.console.tests import happenings as happen
from services.console.tests.commands.conftest import AnswersBoth
from services.console.tests.two_shops import GOOD, is_told
from tests.world.poison import ANSWERS, unreadable

import console
from console.products.catalogues import Products
from console.shops.connecting import Seller
from console.shops.fetching import ShopCalls
from ordersync_contracts.streams import link_stream, shop_stream
from shopify.answers import CallFacts
from tiktok.errors import TikTokError

SHOP = f"--shop {happen.SHOP}"
STORE = f"{SHOP} --domain {happen.STORE}"


def documents() -> set[str]:
    """Every document that the console sends to Shopify, as its source says."""
    source = Path(inspect.getfile(console)).parent
    trees = [ast.parse(file.read_text()) for file in source.rglob("*.py")]
    calls = (node for tree in trees for node in ast.walk(tree))
    return {
        str(call.args[1].value)
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "execute"
        and len(call.args) == 3
        and isinstance(call.args[1], ast.Constant)
    }


BY_DOCUMENT = {
    "variants_by_ids": f"products link 1729000001 8801 {SHOP}",
    "variants_page": f"products suggest {SHOP}",
    "shop_info": f"shop connect-shopify {STORE}",
    "order_custom_id_definition_find": f"shop connect-shopify {STORE}",
    "order_custom_id_definition_create": f"shop connect-shopify {STORE}",
}


def test_every_document_of_the_console_is_poisoned_here() -> None:
    assert set(BY_DOCUMENT) == documents()


@pytest.mark.parametrize("answer", [name for name in ANSWERS if name != "surprise"])
@pytest.mark.parametrize("document", BY_DOCUMENT)
def test_whatever_shopify_answers_is_told_and_changes_nothing(
    run: Any,
    two: Any,
    story: Any,
    clock: Any,
    shopify_store: Any,
    document: str,
    answer: str,
) -> None:
    class Poisoned:
        """Answers the one document with poison, all others as ever."""

        def __init__(self, whole: Any) -> None:
            self._whole = whole

        async def execute(self, store: str, what: str, variables: Any, **guard: Any) -> Any:
            if what == document:
                reached.append(what)
                return await ANSWERS[answer](Facts(), None)  # type: ignore[arg-type]
            return await self._whole.execute(store, what, variables, **guard)

    @asynccontextmanager
    async def probe(domain: str, token: str) -> AsyncIterator[Any]:
        yield Poisoned(shopify_store.client(clock, token))

    @asynccontextmanager
    async def catalogues() -> AsyncIterator[Any]:
        yield two.sells, Poisoned(two.sells)

    two.store_probe, two.catalogues = probe, catalogues
    reached: list[str] = []
    before = story.history(shop_stream(happen.SHOP))
    links = story.history(link_stream(happen.SHOP, "1729000001"))
    result = run(*BY_DOCUMENT[document].split(), input="shpat_planted\n")
    assert is_told(result), result.exception
    assert reached
    assert result.exit_code in {1, 2, 5}
    assert "shpat_planted" not in result.output
    assert story.history(shop_stream(happen.SHOP)) == before
    assert story.history(link_stream(happen.SHOP, "1729000001")) == links
    assert run("order", "sync", "201", "--shop", GOOD).exit_code == 0


class Facts:
    """What an answer says of its call."""

    def facts(self) -> CallFacts:
        return CallFacts(sent_at=happen.NOW)


def kinds_of(error: type[TikTokError]) -> Iterator[type[TikTokError]]:
    """Every way a call of TikTok's fails."""
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


CALLS = {
    (Seller, "tokens"): "shop connect --callback https://o.io/?code=c&state={state}",
    (Seller, "shops"): "shop connect --callback https://o.io/?code=c&state={state}",
    (ShopCalls, "count"): f"shop backfill {SHOP} --since 2026-01-01 --execute",
    (ShopCalls, "webhooks"): f"shop webhooks status {SHOP}",
    (ShopCalls, "enable_webhook"): f"shop webhooks enable {SHOP}",
    (Products, "page"): f"products suggest {SHOP}",
    (Products, "detail"): f"products suggest {SHOP}",
}


def test_every_call_of_tiktok_is_poisoned_here() -> None:
    asked = {
        (side, name)
        for side in (Seller, ShopCalls, Products)
        for name, made in vars(side).items()
        if asyncio.iscoroutinefunction(made) and not name.startswith("_")
    }
    assert set(CALLS) == asked


@pytest.mark.parametrize("error", sorted(set(kinds_of(TikTokError)), key=str))
@pytest.mark.parametrize(("side", "call"), CALLS, ids=lambda it: getattr(it, "__name__", it))
def test_whatever_tiktok_answers_is_told_and_the_second_shop_is_served(
    run: Any,
    two: Any,
    side: type,
    call: str,
    error: type[TikTokError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fails(*_: object, **__: object) -> None:
        reached.append(call)
        raise error(call, "planted")

    reached: list[str] = []
    fake = {Seller: type(two._seller()), ShopCalls: AnswersBoth, Products: type(two.sells)}[side]
    two.sells.skus = {"1729000001", "1729000002"}
    monkeypatch.setattr(fake, call, fails)
    typed = CALLS[side, call]
    if "{state}" in typed:
        sent = run("shop", "connect").stdout
        typed = typed.format(state=sent.split("state=")[1].split()[0].split("&")[0])
    result = run(*typed.split())
    assert is_told(result), result.exception
    assert reached
    assert result.exit_code in {1, 2, 5}
    assert run("order", "sync", "201", "--shop", GOOD).exit_code == 0


def test_one_shop_that_cannot_be_read_holds_up_no_other_of_its_authorisation(
    run: Any, two: Any
) -> None:
    two.covered = ((happen.SHOP, "US"), ("7495000003", "US"))
    sent = run("shop", "connect").stdout
    state = sent.split("state=")[1].split()[0].split("&")[0]
    with unreadable(shop_stream(happen.SHOP)):
        result = run("shop", "connect", "--callback", f"https://o.io/?code=c&state={state}")
    assert (result.exit_code, result.stdout) == (0, "7495000003 connected\n")
    assert f"{happen.SHOP} not connected: what is known of it cannot be read" in result.stderr
