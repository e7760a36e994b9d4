"""A first shop whose inputs are poisoned, and a second whose rows, pages and bulk syncs go on."""

import asyncio
import json
import random
import string
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final

from services.console.tests import happenings as happen
from services.console.tests.browser import Browser
from services.console.tests.story import Story

from console.app import Console
from console.rows import OrderFilter
from eventstore.store import ANY_VERSION, MAX_EVENT_BYTES, Append
from ordersync_contracts import events
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.generate.examples import example_text
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import (
    link_stream,
    order_stream,
    products_stream,
    reconciliation_stream,
    shop_stream,
)
from runtime.turns import is_set_within

BAD, GOOD, BAD_ORDER, BAD_SKU = happen.SHOP, "7495000002", "666", "1729000666"
GOOD_STORE: Final = "second.myshopify.com"
BUYER: Final = "planted@buyer.example"
"""What a poisoned payload holds in the place of a text: no answer to a person may repeat it."""
IN_TIME_S: Final = 5.0
_IDS: Final = {"shop_id": BAD, "order_id": BAD_ORDER, "sku_id": BAD_SKU}
Change = Callable[[Any], Any]


class TwoShops:
    """Two shops with an order each; whatever is poisoned is the first one's."""

    def __init__(self, story: Story, console: Console, browser: Browser, rows: Any) -> None:
        self.story, self.console, self.browser, self.rows = story, console, browser, rows
        self._orders = count(200)

    async def open(self) -> None:
        await self.story.shop(BAD)
        await self.story.shop(GOOD, store=GOOD_STORE)
        await self.story.order(BAD_ORDER, happen.eligible(BAD_ORDER))

    async def tell(self, event: type[Event], data: bytes) -> str:
        """These bytes stand in the event's stream of the first shop; which one that is."""
        stream, example = stream_of(event), events_example(event)
        new = NewEvent(fact_id(stream, data.hex()[:64]), example, happen.NOW, Trace("planted"))
        vars(new)["data"] = data
        await self.story.store.append([Append(stream, ANY_VERSION, (new,))])
        return stream

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Every task of the console runs, and none ends by itself."""
        running = [asyncio.create_task(task()) for task in self.console.tasks.values()]
        try:
            yield
            assert not [task for task in running if task.done()]
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def second_goes_on(self) -> None:
        """A new order of the second shop gets its row and is asked for by a bulk sync, in time."""
        order_id = str(next(self._orders))
        fetched = happen.snapshot(order_id, GOOD)
        eligible = happen.eligible(order_id, GOOD)
        stream = order_stream(GOOD, order_id)
        await self.story.tell(stream, fetched, eligible)
        async with asyncio.timeout(IN_TIME_S):
            await self.until(lambda: self._is_shown(order_id))
            submission = self.console.bulk.backend.submission(f"bulk-{order_id}")
            await self.console.bulk.begin(OrderFilter(), submission, 1000)
            await self.until(lambda: self._is_asked(stream))

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        while not await is_so():
            await a_moment()

    async def is_done(self, run_id: str) -> bool:
        shown = await self.console.bulk.runs.shown()
        return [run.is_done for run in shown if run.id == run_id] == [True]

    async def _is_shown(self, order_id: str) -> bool:
        return order_id in await self.shown(GOOD)

    async def _is_asked(self, stream: str) -> bool:
        return "SyncRequested" in await self.story.names(stream)

    async def shown(self, shop_id: str) -> list[str]:
        return [row.order_id for row in await self.rows.orders(OrderFilter(shop_id=shop_id))]

    async def pages_go_on(self) -> None:
        """Every page answers, and those of the second shop show its orders."""
        (newest, *_) = await self.shown(GOOD)
        for path, says in {
            "/orders": newest,
            f"/orders?shop={GOOD}": newest,
            "/orders/live": newest,
            f"/orders/{GOOD}/{newest}": "Fetched from TikTok",
            f"/orders/{BAD}/{BAD_ORDER}": BAD_ORDER,
            "/products": "Pine candle",
            f"/settings?shop={GOOD}": GOOD,
        }.items():
            answer = await self.browser.get(path)
            assert (answer.status_code, says in answer.text) == (200, True), path


async def a_moment(seconds: float = 0.01) -> None:
    await is_set_within(asyncio.Event(), seconds)


def is_told(result: Any) -> bool:
    """One sentence and an exit code, not a trace; and nothing of a buyer's."""
    is_whole = result.exception is None or isinstance(result.exception, SystemExit)
    says = result.exit_code == 0 or result.stderr.strip()
    return bool(is_whole and says and BUYER not in result.output)


def stream_of(event: type[Event]) -> str:
    """Where the first shop's events of this kind stand."""
    if issubclass(event, events.OrderEvent):
        return order_stream(BAD, BAD_ORDER)
    if event is events.ProductsChanged:
        return products_stream(BAD)
    streams = {
        "shop": shop_stream(BAD),
        "product-link": link_stream(BAD, BAD_SKU),
        "reconciliation": reconciliation_stream(BAD),
    }
    return streams[event.TOPIC] if issubclass(event, events.ShopEvent) else ""


def events_example(event: type[Event]) -> Event:
    """The full example, of the first shop."""
    given = json.loads(example_text(event, "full"))
    return event.model_validate_json(json.dumps(given | _known_ids(given)))


def _known_ids(given: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in _IDS.items() if name in given}


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all texts in it."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        if isinstance(part, dict | list):
            yield from _leaves(part, (*path, name))
        elif isinstance(part, str) and name not in _IDS:
            yield (*path, name)


def _put(value: Any, path: tuple[Any, ...], change: Change) -> Any:
    """A copy with another text there."""
    copied = json.loads(json.dumps(value))
    place = copied
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = change(place[path[-1]])
    return copied


def _texts(event: type[Event], change: Change) -> bytes:
    """Every text that may be any text is this one; the event can still be read."""
    given = json.loads(events_example(event).model_dump_json())
    for path in _leaves(given):
        changed = _put(given, path, change)
        try:
            event.model_validate_json(json.dumps(changed))
        except UNREADABLE:
            continue
        given = changed
    return json.dumps(given).encode()


def _many(event: type[Event]) -> bytes:
    """Everything that there are several of, as often as an event can hold."""
    given = json.loads(events_example(event).model_dump_json())
    times = min(3000, MAX_EVENT_BYTES // len(json.dumps(given)) // 2)
    several = {name: value for name, value in given.items() if isinstance(value, list)}
    return json.dumps(given | {name: value * times for name, value in several.items()}).encode()


def _halves(event: type[Event]) -> bytes:
    """Every text begins with half of a surrogate pair."""
    given = json.loads(events_example(event).model_dump_json())
    for path in _leaves(given):
        given = _put(given, path, lambda said: "\ud83d" + said)
    return json.dumps(given).encode()


def _all_else(event: type[Event]) -> bytes:
    given = json.loads(events_example(event).model_dump_json())
    return json.dumps({name: {"else": [BUYER]} for name in given}).encode()


def huge(size: int = 5000) -> str:
    """A text that compressing makes hardly shorter: too long for the key of an index."""
    return "".join(random.Random(0).choices(string.ascii_letters + string.digits, k=size))


PAYLOADS: Final[dict[str, Callable[[type[Event]], bytes]]] = {
    "no JSON": lambda _: b'\xff{"' + BUYER.encode(),
    "other shapes": _all_else,
    "nothing in it": lambda _: b"{}",
    "half of a pair": _halves,
    "NUL": lambda event: _texts(event, lambda _: "\0" + BUYER),
    "huge texts": lambda event: _texts(event, lambda _: huge()),
    "thousands": _many,
}
"""What the bytes of an event may be."""
