"""The buyer's data of many orders in one question, and one that cannot be opened harms no other."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

from mapping.recipient import Buyer, Recipient
from ordersync_contracts.events import VaultReference
from shopify_jobs.buyers import Buyers
from vault.keys import MasterKeys, Unreadable, VaultProblem
from vault.memory import MemoryVault
from vault.values import Kind, Wanted

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Counted(MemoryVault):
    """Counts its questions; order ``locked`` cannot be opened."""

    def __init__(self, locked: str = "") -> None:
        super().__init__(MasterKeys({"k": bytes(32)}, "k"), lambda: NOW, token_bytes)
        self.locked = locked
        self.asked: list[int] = []

    async def get_many(self, wanted: Sequence[Wanted]) -> Any:
        self.asked.append(len(wanted))
        if any(part.order_id == self.locked for part in wanted):
            raise Unreadable(f"vault_keys has no key for order {self.locked}: restore it")
        return await super().get_many(wanted)


async def keep(vault: MemoryVault, order_id: str, kind: Kind, value: Any) -> VaultReference:
    kept: Any = await vault.put("7495", order_id, kind, value, masked=False)
    return VaultReference(kind=kind, version=kept.version, digest=kept.digest)


async def kept_buyers(vault: MemoryVault, count: int) -> list[VaultReference]:
    """The recipients of so many orders, numbered from 0."""
    return [
        await keep(vault, str(n), "recipient", Recipient(name=f"Vera {n}", region="US").to_record())
        for n in range(count)
    ]


async def read_all(vault: MemoryVault, references: Sequence[VaultReference]) -> list[Any]:
    buyers = Buyers(vault)
    reads = (buyers.read("7495", str(n), reference) for n, reference in enumerate(references))
    return await asyncio.gather(*reads, return_exceptions=True)


async def test_orders_that_are_read_at_the_same_time_are_one_question() -> None:
    vault = Counted()
    found = await read_all(vault, await kept_buyers(vault, 5))
    assert [buyer.recipient.name for buyer in found] == [f"Vera {n}" for n in range(5)]
    assert vault.asked == [5]


async def test_an_order_that_cannot_be_opened_does_not_take_the_others_with_it() -> None:
    vault = Counted(locked="1")
    first, second, third = await read_all(vault, await kept_buyers(vault, 3))
    assert isinstance(second, VaultProblem)
    assert (first.recipient.name, third.recipient.name) == ("Vera 0", "Vera 2")


async def test_a_buyer_that_was_erased_is_absent_and_the_next_one_there() -> None:
    vault = Counted()
    both = await kept_buyers(vault, 2)
    await vault.erase_order("7495", "0", "customers_redact")
    erased, there = await read_all(vault, both)
    assert erased.recipient is None
    assert there.recipient.name == "Vera 1"


async def test_an_order_that_refers_to_nobody_asks_nothing() -> None:
    vault = Counted()
    assert await Buyers(vault).read("7495", "0", None, None) == Buyer()
    assert vault.asked == []


async def test_an_empty_message_is_not_an_erased_one() -> None:
    vault = Counted()
    empty = await keep(vault, "0", "message", {"text": ""})
    (recipient,) = await kept_buyers(vault, 1)
    assert (await Buyers(vault).read("7495", "0", recipient, empty)).message == ""
    await vault.erase_order("7495", "0", "customers_redact")
    assert (await Buyers(vault).read("7495", "0", recipient, empty)).message is None
