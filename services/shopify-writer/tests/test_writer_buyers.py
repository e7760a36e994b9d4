"""The buyer's data of many orders in one question, and one that cannot be opened harms no other."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

from mapping.recipient import Recipient
from ordersync_contracts import events
from shopify_writer.creation.buyers import Buyers
from shopify_writer.creation.order_input import Buyer
from vault import MemoryVault, VaultProblem
from vault.keys import MasterKeys, Unreadable
from vault.values import Wanted

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Counted(MemoryVault):
    """Counts its questions; order ``locked`` cannot be opened."""

    def __init__(self, locked: str = "") -> None:
        super().__init__(MasterKeys({"k": bytes(32)}, "k"), lambda: NOW, token_bytes)
        self.locked = locked
        self.asked: list[int] = []

    async def get_many(self, wanted: Sequence[Wanted]) -> Any:
        self.asked.append(len(wanted))
        if any(one.order_id == self.locked for one in wanted):
            raise Unreadable(f"vault_keys has no key for order {self.locked}: restore it")
        return await super().get_many(wanted)


async def drafts(vault: MemoryVault, count: int) -> list[events.ShopifyOrderDraft]:
    """Drafts of so many orders whose buyers are kept, as far as they are read here."""
    return [await _draft(vault, str(number)) for number in range(count)]


async def _draft(vault: MemoryVault, order_id: str) -> events.ShopifyOrderDraft:
    buyer = Recipient(name=f"Vera {order_id}", region="US")
    kept: Any = await vault.put("7495", order_id, "recipient", buyer.to_record(), masked=False)
    recipient = events.VaultReference(kind="recipient", version=kept.version, digest=kept.digest)
    named: Any = {"shop_id": "7495", "order_id": order_id}
    return events.ShopifyOrderDraft.model_construct(**named, recipient=recipient, message=None)


async def read_all(vault: MemoryVault, of: Sequence[events.ShopifyOrderDraft]) -> list[Any]:
    buyers = Buyers(vault)
    return await asyncio.gather(*(buyers.read(draft) for draft in of), return_exceptions=True)


async def test_orders_that_are_read_at_the_same_time_are_one_question() -> None:
    vault = Counted()
    found = await read_all(vault, await drafts(vault, 5))
    assert [buyer.recipient.name for buyer in found] == [f"Vera {n}" for n in range(5)]
    assert vault.asked == [5]


async def test_an_order_that_cannot_be_opened_does_not_take_the_others_with_it() -> None:
    vault = Counted(locked="1")
    first, second, third = await read_all(vault, await drafts(vault, 3))
    assert isinstance(second, VaultProblem)
    assert (first.recipient.name, third.recipient.name) == ("Vera 0", "Vera 2")


async def test_a_buyer_that_was_erased_is_absent_and_the_next_one_there() -> None:
    vault = Counted()
    both = await drafts(vault, 2)
    await vault.erase_order("7495", "0", "customers_redact")
    erased, there = await read_all(vault, both)
    assert erased.recipient is None
    assert there.recipient.name == "Vera 1"


async def test_a_draft_that_refers_to_nobody_asks_nothing() -> None:
    vault = Counted()
    (draft,) = await drafts(vault, 1)
    nobody = draft.model_copy(update={"recipient": None})
    assert await read_all(vault, [nobody]) == [Buyer()]
    assert vault.asked == []
