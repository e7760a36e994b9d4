"""The buyer is read from the vault at the last moment, and told to nobody else."""

from secrets import token_bytes
from typing import Any

from tests.world import faults
from tests.world.story import ORDER_ID, SHOP_ID
from tests.world.writer import CREATE

from jobs.outcomes import Retry
from mapping.recipient import Recipient
from shopify.refusals import RefusalKind
from vault.keys import MasterKeys
from vault.memory import MemoryVault


async def test_the_buyer_is_read_at_the_last_moment(world: Any) -> None:
    reference = await world.keep_buyer()
    await world.draft(recipient=reference)
    await world.work()
    (made,) = await world.inputs()
    assert made["shippingAddress"]["firstName"] == "Petra"
    assert (await world.last()).left_out == ()


async def test_a_buyer_who_was_erased_meanwhile_is_absent(world: Any) -> None:
    reference = await world.keep_buyer()
    await world.draft(recipient=reference)
    await world.vault.erase_order(SHOP_ID, ORDER_ID, "customer_request")
    await world.work()
    (made,) = await world.inputs()
    assert "shippingAddress" not in made
    assert (await world.last()).left_out == ("address",)


async def test_a_masked_buyer_stops_no_order_and_is_shown(world: Any) -> None:
    masked = Recipient(name="P****", phone="(+1)***", line1="7 ****", city="LA", region="US")
    await world.draft(recipient=await world.keep_buyer(masked))
    await world.work()
    assert (await world.last()).left_out == ("phone", "province", "zip")
    assert await world.made() == 1


async def test_an_address_that_cannot_be_opened_is_tried_again(world: Any) -> None:
    await world.draft(recipient=await world.keep_buyer())
    locked = Locked(MasterKeys({"k9": bytes(32)}, "k9"), world.clock.wall, world.vault)
    world.use(vault=locked)
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    await world.work_until_settled(hours=0.01)
    attempts = [said.event.attempt for said in await world.history() if "Failed" in said.name]
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) < 8
    world.use()
    await world.work_until_settled()
    assert (await world.names())[-1] == "Created"
    assert (await world.last()).left_out == ()


class Locked(MemoryVault):
    """The same secrets under a master key that this process does not have."""

    def __init__(self, keys: MasterKeys, clock: Any, other: MemoryVault) -> None:
        super().__init__(keys, clock, token_bytes)
        self._orders, self._versions = other._orders, other._versions


async def test_nobody_s_data_is_in_what_is_recorded(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.refusing(RefusalKind.PHONE_TAKEN)]
    await world.draft(recipient=await world.keep_buyer())
    await world.work()
    said = b"".join(recorded.data for recorded in await world.history())
    jobs = repr(await world.jobs()).encode()
    assert not [word for word in (b"Petra", b"Planted", b"2135550147") if word in said + jobs]
