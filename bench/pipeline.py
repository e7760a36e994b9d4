"""``bench pipeline``: a backlog of fetched orders until all stand in Shopify, against the floor.

Relay, mapper, shopify-writer and status-tracker run as they do in production, on a stack with the
Shopify simulator on plan ``unlimited``; the floor is ``peers/bare_chain.py`` on the same stack.
"""

import itertools
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from bench import orders
from bench.peers.processes import Processes
from bench.result import Result
from bench.rounds import Turn, interleaved, ratio
from bench.servers import BenchServers
from bench.size import Size
from bench.stack import Admin, Stack, brought_up, created_between
from bench.waiting import at_least, until
from eventstore import postgres
from runtime.admin import TopicSpec, ensure_topics
from runtime.publisher import Message, open_publisher

SERVICES: Final = ("relay", "mapper", "shopify_writer", "status_tracker")
_LOOK_S: Final = 0.1
_CONCURRENCY: Final = "32"


@dataclass
class Backlog:
    """Hands out orders that no turn had before."""

    count: int
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def next(self) -> list[int]:
        """The numbers of one turn's orders."""
        return [next(self._numbers) for _ in range(self.count)]


async def run(_: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Measure both on one stack, taking turns."""
    backlog = Backlog(size.pipeline_orders)
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(brought_up())
        admin = await asyncpg.connect(stack.admin_dsn)
        opened.push_async_callback(admin.close)
        seconds: dict[str, float] = {}
        turns: dict[str, Turn] = {
            "floor": lambda: _floor(stack, backlog.next()),
            "ours": lambda: _pipeline(stack, admin, backlog.next(), seconds),
        }
        measured = await interleaved("pipeline", turns, 1 if size.quick else 3)
        messages = await _events_per_order(admin)
    figures = {
        "pipeline_orders_per_s": round(measured["ours"].median, 1),
        "floor_orders_per_s": round(measured["floor"].median, 1),
        **{f"cpu_ms_per_order_{name}": round(ms, 2) for name, ms in seconds.items()},
    }
    ratios = {"pipeline_vs_floor": round(ratio(measured["ours"], measured["floor"]), 2)}
    result = Result("pipeline", ratios, figures, {"pipeline_messages_per_order": messages})
    return result, {who: measure.to_json() for who, measure in measured.items()}


async def _pipeline(
    stack: Stack, admin: Admin, numbers: Sequence[int], cpu: dict[str, float]
) -> float:
    """Orders a second, from the first append to the last ShopifyOrderCreated."""
    await stack.reset_shopify()
    environ = {**os.environ, **stack.env, "LOG_LEVEL": "WARNING", "CONCURRENCY": _CONCURRENCY}
    with Processes(stack.folder, environ) as services:
        for name in SERVICES:
            services.start(name, name)
        async with postgres.connect(stack.env["DATABASE_URL"]) as store:
            first, *rest = numbers
            await store.append([orders.append_order(first)])
            await _until_created(admin, [first])
            before = services.cpu_s()
            began = time.perf_counter()
            for start in range(0, len(rest), 500):
                await store.append([orders.append_order(n) for n in rest[start : start + 500]])
            await _until_in_shopify(stack, len(numbers))
            await _until_created(admin, rest)
            took = time.perf_counter() - began
        after = services.cpu_s()
        cpu.update({name: (after[name] - before[name]) * 1000 / len(rest) for name in after})
    return len(rest) / took


async def _until_created(admin: Admin, numbers: Sequence[int]) -> None:
    first, last = orders.stream(min(numbers)), orders.stream(max(numbers))
    await until(lambda: created_between(admin, first, last), at_least(len(numbers)), look_s=_LOOK_S)


async def _floor(stack: Stack, numbers: Sequence[int]) -> float:
    """Orders a second, from when the chain has done its first order."""
    await stack.reset_shopify()
    names = [f"floor-{numbers[0]}-{n}" for n in range(3)]
    specs = [TopicSpec(name, 4, 3_600_000) for name in names]
    await ensure_topics(stack.env["KAFKA_BOOTSTRAP"], specs)
    with Processes(stack.folder, dict(os.environ)) as chain:
        kafka = stack.env["KAFKA_BOOTSTRAP"]
        for n in range(2):
            chain.start(f"pass-{n}", "bench.peers.bare_chain", "pass", kafka, *names[n : n + 2])
        chain.start("call", "bench.peers.bare_chain", "call", kafka, names[2], stack.shopify)
        first, *rest = numbers
        await _publish(stack, names[0], [first])
        await _until_in_shopify(stack, 1)
        began = time.perf_counter()
        await _publish(stack, names[0], rest)
        await _until_in_shopify(stack, len(numbers))
        return len(rest) / (time.perf_counter() - began)


async def _publish(stack: Stack, topic: str, numbers: Sequence[int]) -> None:
    made = [orders.append_order(number) for number in numbers]
    messages = [Message(topic, orders.payload(event), event.stream.encode()) for event in made]
    async with open_publisher(stack.env["KAFKA_BOOTSTRAP"], client_id="bench") as publisher:
        await publisher.send(messages)


async def _until_in_shopify(stack: Stack, count: int) -> None:
    await until(stack.created, at_least(count), look_s=_LOOK_S)


async def _events_per_order(admin: Admin) -> float:
    """Events of an order's stream from fetched to created, each one message in Kafka."""
    return round(
        float(
            await admin.fetchval(
                "SELECT count(*)::float / count(DISTINCT stream_id) FROM eventstore.event "
                "WHERE stream_id LIKE 'order-%'"
            )
        ),
        2,
    )
