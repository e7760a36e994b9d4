"""What the fetcher's tables promise: one suite, in memory here and on PostgreSQL in integration.

A subclass brings the fixture, ``checkpoints`` or ``order_index``.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.world.story import NOW

from fetcher.order_index import CLAIMED_FOR, KnownOrder, OrderIndex, SetAside
from fetcher.tables import CheckpointStore, Overtaken, Sweep

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

    async def test_each_status_has_its_sweep_and_the_others_begin_as_all_did(
        self, checkpoints: CheckpointStore
    ) -> None:
        begun = await checkpoints.take_over("1")
        await checkpoints.move("1", begun.epoch, "swept_at", NOW)
        broken_off = Sweep(NOW, NOW - SECOND)
        await checkpoints.sweep("1", begun.epoch, "UNPAID", Sweep(NOW + SECOND))
        await checkpoints.sweep("1", begun.epoch, "ON_HOLD", broken_off)
        await checkpoints.sweep("1", begun.epoch, "UNPAID", Sweep(NOW + 2 * SECOND))
        kept = await checkpoints.take_over("1")
        assert kept.sweep_of("UNPAID") == Sweep(NOW + 2 * SECOND)
        assert kept.sweep_of("ON_HOLD") == broken_off
        assert kept.sweep_of("DELIVERED") == Sweep(NOW)
        with pytest.raises(Overtaken):
            await checkpoints.sweep("1", begun.epoch, "UNPAID", Sweep(NOW))


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

    async def test_an_order_is_set_aside_until_a_state_asked_for_since_is_stored(
        self, order_index: OrderIndex
    ) -> None:
        aside = SetAside("a", "order_too_large", NOW, NOW, NOW + SECOND)
        assert await order_index.set_aside("1", aside) == NOW
        assert await order_index.all_set_aside("1") == (aside,)
        assert await order_index.all_set_aside("2") == ()
        await order_index.note("2", [KnownOrder("a", NOW, asked_at=NOW)])
        await order_index.note("1", [KnownOrder("a", NOW, asked_at=NOW - SECOND)])
        assert await order_index.all_set_aside("1") == (aside,)
        await order_index.note("1", [KnownOrder("a", NOW, asked_at=NOW)])
        assert await order_index.all_set_aside("1") == ()

    async def test_an_older_state_that_is_told_later_ends_nothing_set_aside(
        self, order_index: OrderIndex
    ) -> None:
        aside = SetAside("a", "order_too_large", NOW, NOW, NOW + SECOND, updated_at=NOW)
        older = KnownOrder("a", NOW, asked_at=NOW + SECOND, updated_at=NOW - SECOND)
        await order_index.set_aside("1", aside)
        await order_index.set_aside("1", replace(aside, updated_at=NOW - SECOND))
        await order_index.set_aside("1", replace(aside, updated_at=None))
        await order_index.note("1", [older])
        assert await order_index.all_set_aside("1") == (aside,)
        await order_index.note("1", [replace(older, updated_at=NOW)])
        assert await order_index.all_set_aside("1") == ()

    async def test_what_fails_again_keeps_its_beginning_unless_the_reason_is_another(
        self, order_index: OrderIndex
    ) -> None:
        first = SetAside("a", "order_too_large", NOW + SECOND, NOW, NOW + SECOND)
        again = SetAside("a", "order_too_large", NOW, NOW + SECOND, NOW + 9 * SECOND)
        await order_index.set_aside("1", first)
        assert await order_index.set_aside("1", again) == NOW
        assert await order_index.all_set_aside("1") == (first,)
        other = SetAside("a", "order_not_recorded", NOW, NOW + 5 * SECOND, NOW)
        assert await order_index.set_aside("1", other) == NOW + 5 * SECOND
        (kept,) = await order_index.all_set_aside("1")
        assert (kept.reason_code, kept.asked_at) == ("order_not_recorded", NOW + SECOND)

    async def test_what_is_tried_again_is_due_later_and_counted(
        self, order_index: OrderIndex
    ) -> None:
        for n, order_id in enumerate("ba"):
            due_at = NOW + n * SECOND
            await order_index.set_aside(
                "1", SetAside(order_id, "order_too_large", NOW, NOW, due_at)
            )
        await order_index.try_later("1", {"b": NOW + 60 * SECOND, "unknown": NOW})
        found = await order_index.all_set_aside("1")
        assert [(aside.order_id, aside.attempts) for aside in found] == [("a", 0), ("b", 1)]
