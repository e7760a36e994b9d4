"""A Shopify for every test of its own, whose observer was told of everything at the end."""

import json
from collections.abc import AsyncIterator

import pytest

from simulators.shopify.in_process import InProcessShopify, Json, running


@pytest.fixture
async def shopify() -> AsyncIterator[InProcessShopify]:
    """Empty, with one store."""
    told: dict[str, bytes | None] = {}

    def observe(_domain: str, gid: str, text: bytes | None) -> None:
        told[gid] = text

    async with running(observe=observe) as made:
        yield made
        standing = (await made.http.get("/_sim/orders")).json()["orders"]
    last = {gid: _apart_from_customer(json.loads(text)) for gid, text in told.items() if text}
    assert last == {shown["order"]["id"]: _apart_from_customer(shown) for shown in standing}


def _apart_from_customer(shown: Json) -> Json:
    return {name: value for name, value in shown.items() if name != "customer"}
