"""What the fetcher's tables promise: one suite, in memory here and on PostgreSQL in integration.

A subclass brings the fixture, ``checkpoints`` or ``order_index``.
"""

from datetime import timedelta

import pytest
from tests.world.story import NOW

from fetcher.tables import CLAIMED_FOR, CheckpointStore, KnownOrder, OrderIndex, Overtaken

SECOND = timedelta(seconds=1)


class CheckpointSuite:
    """How far each shop is fetched, moved by its newest poller alone."""

    async def test_checkpoints_move_only_for_the_newest_epoch(
        self, checkpoints: CheckpointStore
    ) -> None:
        first = await checkpoints.take_over("1")
        await checkpoints.move("1", first.epoch, "watermark", NOW)
        second = await checkpoints.take_over("1")
        assert (second.epoch, second.watermark, second.covered_from) == (first.epoch + 1, NOW, None)
        with pytest.raises(Overtaken):
            await checkpoints.move("1", first.epoch, "covered_from", NOW)
        assert (await checkpoints.take_over("1")).covered_from is None

    @pytest.mark.parametrize(
        "checkpoint",
        [
            "watermark",
            "covered_from",
            "swept_at",
            "packages_to",
            "cancellations_to",
            "reconciled_to",
        ],
    )
    async def test_every_checkpoint_is_kept(
        self, checkpoints: CheckpointStore, checkpoint: str
    ) -> None:
        begun = await checkpoints.take_over("1")
        await checkpoints.move("1", begun.epoch, checkpoint, NOW)  # type: ignore[arg-type]  # each of them
        assert getattr(await checkpoints.take_over("1"), checkpoint) == NOW


class OrderIndexSuite:
    """Which orders of a shop are stored, and whose buyer's data is due to go."""

    async def test_orders_are_counted_by_creation_each_once(self, order_index: OrderIndex) -> None:
        a, b, c = (KnownOrder(order_id, NOW + n * SECOND) for n, order_id in enumerate("abc"))
        await order_index.note("1", [a, b])
        await order_index.note("1", [a, c])
        await order_index.note("2", [KnownOrder("d", NOW)])
        await order_index.note("1", [])
        assert await order_index.count("1", NOW, NOW + 2 * SECOND) == 2
        assert await order_index.count("1", NOW, NOW + 3 * SECOND) == 3
        assert await order_index.count("2", NOW, NOW) == 0

    async def test_what_ended_with_a_buyer_is_taken_the_longest_ended_first(
        self, order_index: OrderIndex
    ) -> None:
        await order_index.note(
            "1",
            [
                KnownOrder("late", NOW, NOW, has_buyer=True),
                KnownOrder("early", NOW, NOW - SECOND, has_buyer=True),
                KnownOrder("open", NOW, None, has_buyer=True),
                KnownOrder("nobody", NOW, NOW),
                KnownOrder("new", NOW, NOW + SECOND, has_buyer=True),
            ],
        )
        assert await order_index.take_ended(NOW, NOW, 1) == (("1", "early"),)
        assert await order_index.take_ended(NOW, NOW, 9) == (("1", "late"),)
        assert await order_index.take_ended(NOW, NOW, 9) == ()
        again = await order_index.take_ended(NOW, NOW + CLAIMED_FOR, 9)
        assert set(again) == {("1", "early"), ("1", "late")}

    async def test_what_is_erased_is_not_taken_again_however_often_it_is_noted(
        self, order_index: OrderIndex
    ) -> None:
        ended = KnownOrder("a", NOW, NOW, has_buyer=True)
        await order_index.note("1", [ended])
        await order_index.erased("1", "a", NOW)
        await order_index.note("1", [ended])
        assert await order_index.take_ended(NOW, NOW, 9) == ()

    async def test_that_a_buyer_is_kept_and_that_an_order_ended_is_remembered(
        self, order_index: OrderIndex
    ) -> None:
        await order_index.note("1", [KnownOrder("a", NOW, None, has_buyer=True)])
        await order_index.note("1", [KnownOrder("a", NOW, NOW)])
        await order_index.note("1", [KnownOrder("a", NOW)])
        assert await order_index.take_ended(NOW, NOW, 9) == (("1", "a"),)
        await order_index.ends("1", "a", None)
        assert await order_index.take_ended(NOW, NOW + CLAIMED_FOR, 9) == ()
