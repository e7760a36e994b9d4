"""A Shopify for every test of its own."""

from collections.abc import AsyncIterator

import pytest

from simulators.shopify.in_process import InProcessShopify, running


@pytest.fixture
async def shopify() -> AsyncIterator[InProcessShopify]:
    """Empty, with one store."""
    async with running() as made:
        yield made
