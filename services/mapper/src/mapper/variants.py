"""The variants of each Shopify store, kept as a table so that no order costs a call."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from mapper.tables import Tables
from runtime.clock import Clock
from shopify.answers import Done
from shopify.calls import Calls
from shopify.variants import Variant, read_variants

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Variants:
    """Looks up variants by SKU; reads a store's catalogue anew when a SKU is not found.

    One reading per store every ``again_after`` at most; a store that cannot be read keeps the
    variants known so far.
    """

    tables: Tables
    shopify: Calls
    clock: Clock
    again_after: timedelta
    _read_at: dict[str, datetime] = field(default_factory=dict, init=False)

    async def by_sku(self, store: str, skus: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The variants that carry each SKU; several for one SKU mean it is ambiguous."""
        found = await self.tables.variants_by_sku(store, skus)
        if all(found.values()) or not self._is_due(store):
            return found
        await self.refresh(store)
        return await self.tables.variants_by_sku(store, skus)

    async def refresh(self, store: str) -> None:
        """Read the store's whole catalogue and keep it."""
        self._read_at[store] = self.clock()
        variants = await self._read(store)
        if variants is None:
            log.warning("variants.not_read", store=store)
            return
        await self.tables.replace_variants(
            store, [(variant.id, variant.sku) for variant in variants if variant.sku]
        )
        log.info("variants.read", store=store, count=len(variants))

    def _is_due(self, store: str) -> bool:
        read_at = self._read_at.get(store)
        return read_at is None or self.clock() - read_at >= self.again_after

    async def _read(self, store: str) -> list[Variant] | None:
        variants: list[Variant] = []
        after: str | None = None
        while True:
            answer = await self.shopify.execute(store, "variants_page", {"after": after})
            if not isinstance(answer, Done):
                return None
            page = read_variants(answer.data)
            variants.extend(page.nodes)
            after = page.page_info.next_cursor
            if after is None:
                return variants
