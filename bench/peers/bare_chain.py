"""The floor of the pipeline: the same chain without a store, validation or decisions.

``python -m bench.peers.bare_chain pass|call BOOTSTRAP IN OUT`` is one of its three processes. Two
pass records on (consume 500, parse, produce, commit), the last makes our two Shopify calls for each
order, 32 at a time, with our HTTP client; ``OUT`` is then the simulator's address.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Final

import httpx
import uvloop
from aiokafka import AIOKafkaConsumer
from pydantic_core import from_json

from bench import orders
from bench.peers.bare_kafka import new_producer
from devstack.catalogue import shopify_variants
from devstack.connect import SHOPIFY_TOKEN
from devstack.settings import SHOPIFY_DOMAIN
from mapping.recipient import Buyer
from runtime.garbage import collect_seldom
from shopify.documents import document
from shopify.transport import open_http
from shopify_jobs.left_out import LeftOut
from shopify_writer.creation.order_input import ID_KEY, ID_NAMESPACE, to_variables

_AT_A_TIME: Final = 32
_HEADERS: Final = [(f"ce_{n}", b"0123456789abcdef") for n in range(5)]


async def pass_on(bootstrap: str, source: str, target: str) -> None:
    """Parse each order and send it on."""
    async with _consumer(bootstrap, source) as consumer, new_producer(bootstrap) as producer:
        while True:
            records = await _poll(consumer)
            sent = []
            for record in records:
                order = from_json(record.value)
                key = order["order_id"].encode()
                sent.append(await producer.send(target, record.value, key=key, headers=_HEADERS))
            await asyncio.gather(*sent)
            await consumer.commit()


async def call(bootstrap: str, source: str, shopify_url: str) -> None:
    """Make our two calls for each order."""
    caller = Caller(shopify_url)
    async with _consumer(bootstrap, source) as consumer, caller.http:
        while True:
            found = [from_json(record.value) for record in await _poll(consumer)]
            todo = iter(found)
            await asyncio.gather(*(caller.work(todo) for _ in range(_AT_A_TIME)))
            await consumer.commit()


class Caller:
    """The two calls of one order: look-up by the id metafield, then ``orderCreate``."""

    def __init__(self, shopify_url: str) -> None:
        self.http = open_http()
        self._url = f"{shopify_url}/admin/api/2026-10/graphql.json"
        draft = orders.draft_of(orders.fetched(0))
        self._variables, _ = to_variables(draft, Buyer(), LeftOut())
        lines = self._variables["order"]["lineItems"]
        for line, variant in zip(lines, shopify_variants(), strict=False):
            line["variantId"] = variant["id"]

    async def work(self, todo: Any) -> None:
        """One after the other until none is left."""
        for order in todo:
            await self._post("order_find_by_custom_id", _identifier(order["order_id"]))
            await self._post("order_create", self._for(order["order_id"]))

    def _for(self, order_id: str) -> dict[str, Any]:
        order = {**self._variables["order"], "sourceIdentifier": order_id}
        order["metafields"] = [{**order["metafields"][0], "value": order_id}]
        return {**self._variables, "order": order}

    async def _post(self, name: str, variables: dict[str, Any]) -> None:
        query = document(name)
        body = {"query": query.text, "operationName": query.operation, "variables": variables}
        headers = {"Host": SHOPIFY_DOMAIN, "X-Shopify-Access-Token": SHOPIFY_TOKEN}
        answer: httpx.Response = await self.http.post(self._url, json=body, headers=headers)
        answer.raise_for_status()
        if "errors" in answer.json():
            raise ValueError(answer.text[:500])


def _identifier(order_id: str) -> dict[str, Any]:
    custom_id = {"namespace": ID_NAMESPACE, "key": ID_KEY, "value": order_id}
    return {"identifier": {"customId": custom_id}}


def _consumer(bootstrap: str, topic: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"{topic}-floor",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )


async def _poll(consumer: AIOKafkaConsumer) -> Sequence[Any]:
    polled = await consumer.getmany(timeout_ms=100, max_records=500)
    return [record for records in polled.values() for record in records]


def main() -> None:
    """One process of the chain."""
    role, *where = sys.argv[1:]
    collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run({"pass": pass_on, "call": call}[role](*where))


if __name__ == "__main__":
    main()
