"""``bench latency``: from TikTok's notification to the order in Shopify, on an idle system.

The whole pipeline runs as it does in production, on a stack of its own. One order at a time appears
in the simulated TikTok Shop, which notifies the fetcher; the Shopify simulator says when it was
created. Both clocks are this machine's.
"""

import asyncio
import os
import statistics
import time
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from bench import orders
from bench.fetching import order
from bench.peers.processes import Processes
from bench.result import Result
from bench.servers import BenchServers
from bench.size import Size
from bench.stack import Stack, brought_up
from bench.waiting import until
from devstack.settings import SHOPIFY_DOMAIN

SERVICES: Final = ("relay", "mapper", "shopify_writer", "status_tracker", "fetcher")
_FIRST: Final = 570_000_000_000_000_000
_WARM_UP: Final = 20
_APART_S: Final = 0.4
_LIMIT_S: Final = 60.0


async def run(_: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Milliseconds of as many orders as the size says, the first ones left out."""
    count = _WARM_UP + (50 if size.quick else 300)
    async with brought_up() as stack:
        await stack.reset_shopify()
        port = urlsplit(stack.env["TIKTOK_WEBHOOK_URL"]).port
        own = {"TIKTOK_WEBHOOK_PORT": str(port), "LOG_LEVEL": "WARNING"}
        with Processes(stack.folder, {**os.environ, **stack.env, **own}) as services:
            for name in SERVICES:
                services.start(name, name)
            begun = await _appear(stack, count)
            created = await _created(stack, count)
    took = sorted(
        (created[order_id] - at) * 1000 for order_id, at in list(begun.items())[_WARM_UP:]
    )
    figures = {
        "webhook_to_shopify_median_ms": round(statistics.median(took), 1),
        "webhook_to_shopify_p99_ms": round(took[int(len(took) * 0.99)], 1),
        "webhook_to_shopify_orders": len(took),
    }
    return Result("latency", {}, figures, {}), {"ms": [round(took_ms, 1) for took_ms in took]}


async def _appear(stack: Stack, count: int) -> dict[str, float]:
    """One order after the other, each when the one before has long been created; when each did."""
    begun: dict[str, float] = {}
    for number in range(_FIRST, _FIRST + count):
        raw = waiting_order(number)
        begun[raw["id"]] = time.time()
        path = f"{stack.env['TIKTOK_API_URL']}/_sim/orders?shop_id={orders.SHOP_ID}"
        (await stack.http.post(path, json=[raw])).raise_for_status()
        if number == _FIRST:
            await _created(stack, 1)  # the services are up
        await asyncio.sleep(_APART_S)
    return begun


def waiting_order(number: int) -> dict[str, Any]:
    """A paid order of one unit that is linked, as the TikTok simulator takes it."""
    raw = order(number, int(time.time()))
    line = raw["line_items"][0] | {"sku_id": orders.SKUS[0], "display_status": "AWAITING_SHIPMENT"}
    return raw | {"status": "AWAITING_SHIPMENT", "delivery_time": None, "line_items": [line]}


async def _created(stack: Stack, count: int) -> dict[str, float]:
    """When each order was created in Shopify, by its TikTok id; waits until there are ``count``."""

    async def in_shopify() -> list[dict[str, Any]]:
        answer = await stack.http.get(
            f"{stack.shopify}/_sim/orders", params={"shop": SHOPIFY_DOMAIN}
        )
        found: list[dict[str, Any]] = answer.raise_for_status().json()["orders"]
        return found

    found = await until(in_shopify, lambda found: len(found) >= count, limit_s=_LIMIT_S)
    return {_tiktok_id(entry): _moment(entry["history"][0]["at"]) for entry in found}


def _tiktok_id(created: dict[str, Any]) -> str:
    return str(created["input"]["order"]["sourceIdentifier"])


def _moment(at: str | float) -> float:
    return at if isinstance(at, (int, float)) else datetime.fromisoformat(at).timestamp()
