"""What callers need of a client: one call to one store. A budget around it keeps this, too."""

from collections.abc import Mapping
from typing import Protocol

from shopify.answers import Answer
from shopify.body import Guard


class Calls(Protocol):
    """See ``ShopifyClient.execute``."""

    async def execute(
        self, store: str, what: str, variables: Mapping[str, object], *, guard: Guard | None = None
    ) -> Answer:
        """Run one document in one store and return what became of it."""
