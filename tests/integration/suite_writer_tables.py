"""What the shopify-writer's tables promise, whichever way they are kept."""

import asyncio
from datetime import timedelta

from tests.world.story import NOW

from shopify_writer.adoption.evidence import FoundOrder
from shopify_writer.adoption.kept_orders import KeptOrders
from shopify_writer.readback.checkpoints import Checkpoints
from shopify_writer.reconciliation.turns import Turns

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STORE, OTHER = "harbor.myshopify.com", "another.myshopify.com"


def found(order_id: str, number: int = 1, name: str = "#1") -> FoundOrder:
    return FoundOrder(order_id, f"gid://shopify/Order/{number}", name, NOW)


class KeptOrdersSuite:
    """Fixture: ``kept``, empty."""

    async def test_what_is_kept_is_found_in_its_store(self, kept: KeptOrders) -> None:
        await kept.keep(STORE, [found("1"), found("2", name="")])
        assert set(await kept.find(STORE, ["1", "2", "3"])) == {found("1"), found("2", name="")}
        assert await kept.find(OTHER, ["1"]) == ()
        assert await kept.find(STORE, []) == ()

    async def test_what_is_kept_first_stays_as_it_is(self, kept: KeptOrders) -> None:
        await kept.keep(STORE, [found("1", 1), found("1", 2)])
        await kept.keep(STORE, [found("1", 3)])
        assert await kept.find(STORE, ["1"]) == (found("1", 1),)

    async def test_pages_follow_each_other_in_the_order_of_ids(self, kept: KeptOrders) -> None:
        await kept.keep(STORE, [found(order_id) for order_id in ("30", "1", "2")])
        await kept.keep(OTHER, [found("15")])
        assert await kept.page(STORE, "", 2) == (found("1"), found("2"))
        assert await kept.page(STORE, "2", 2) == (found("30"),)
        assert await kept.page(STORE, "30", 2) == ()

    async def test_what_is_dropped_is_kept_no_longer(self, kept: KeptOrders) -> None:
        await kept.keep(STORE, [found("1"), found("2")])
        await kept.drop(STORE, ["1", "9"])
        await kept.drop(OTHER, ["2"])
        assert await kept.page(STORE, "", 10) == (found("2"),)


class CheckpointsSuite:
    """Fixture: ``checkpoints``, none yet."""

    async def test_those_of_writers_that_are_gone_are_taken_over_until_they_end(
        self, checkpoints: Checkpoints
    ) -> None:
        await checkpoints.keep("gone", 7, NOW - 3 * MINUTE)
        await checkpoints.keep("gone too", 5, NOW - 2 * MINUTE)
        await checkpoints.keep("alive", 3, NOW)
        await checkpoints.keep("ours", 9, NOW)
        for _ in range(2):  # whoever did not hear the answer asks again
            assert await checkpoints.take_over("ours", NOW - MINUTE) == (5, NOW - 2 * MINUTE)
        assert await checkpoints.take_over("alive", NOW - MINUTE) is None
        await checkpoints.end("alive")
        for _ in range(2):
            await checkpoints.end("ours")
            assert await checkpoints.take_over("ours", NOW - MINUTE) is None
        assert await checkpoints.take_over("next", NOW + MINUTE) == (3, NOW)

    async def test_what_one_that_is_gone_had_taken_over_goes_to_the_next(
        self, checkpoints: Checkpoints
    ) -> None:
        await checkpoints.keep("gone", 5, NOW - 2 * MINUTE)
        await checkpoints.keep("ours", 9, NOW)
        await checkpoints.take_over("ours", NOW - MINUTE)
        assert await checkpoints.take_over("next", NOW + MINUTE) == (5, NOW)
        await checkpoints.end("ours")
        assert await checkpoints.take_over("next", NOW + MINUTE) == (5, NOW)

    async def test_one_that_was_taken_over_and_lives_is_its_own_again(
        self, checkpoints: Checkpoints
    ) -> None:
        await checkpoints.keep("slow", 5, NOW - 2 * MINUTE)
        await checkpoints.keep("ours", 9, NOW)
        await checkpoints.take_over("ours", NOW - MINUTE)
        await checkpoints.keep("slow", 6, NOW)
        await checkpoints.end("ours")
        assert await checkpoints.take_over("next", NOW + MINUTE) == (6, NOW)

    async def test_ours_is_not_taken_from_ourselves_although_it_is_old(
        self, checkpoints: Checkpoints
    ) -> None:
        await checkpoints.keep("ours", 9, NOW - 2 * MINUTE)
        assert await checkpoints.take_over("ours", NOW - MINUTE) is None
        await checkpoints.keep("ours", 12, NOW)
        assert await checkpoints.take_over("next", NOW + MINUTE) == (12, NOW)

    async def test_two_that_take_over_at_the_same_time_do_not_both_get_it(
        self, checkpoints: Checkpoints
    ) -> None:
        await checkpoints.keep("gone", 5, NOW - 2 * MINUTE)
        for name in ("one", "two"):
            await checkpoints.keep(name, 9, NOW)
        takers = (checkpoints.take_over(name, NOW - MINUTE) for name in ("one", "two"))
        assert sorted(found is not None for found in await asyncio.gather(*takers)) == [False, True]


class TurnsSuite:
    """Fixture: ``turns``, nobody has begun."""

    async def test_of_many_that_ask_one_gets_the_turn_once_a_period(self, turns: Turns) -> None:
        for at in (NOW, NOW + HOUR):
            asked = (turns.take(STORE, at, at - HOUR) for _ in range(4))
            assert sorted(await asyncio.gather(*asked)) == [False, False, False, True]
        assert not await turns.take(STORE, NOW + 1.5 * HOUR, NOW + HOUR / 2)
        assert await turns.take(OTHER, NOW, NOW - HOUR)
