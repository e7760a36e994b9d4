"""What every store of the relay's row promises."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from ordersync_contracts.envelope import Recorded, Trace
from relay.checkpoint import Checkpoint, Deposed

NewCheckpoint = Callable[[], Checkpoint]


def unknown(position: int) -> Recorded:
    """An event that this relay knows no topic of."""
    now = datetime(2026, 12, 1, tzinfo=UTC)
    return Recorded(
        id=UUID(int=position),
        stream="order-7495-1",
        version=position,
        position=position,
        name=f"Unknown{position}",
        schema_version=1,
        occurred_at=now,
        recorded_at=now,
        trace=Trace("test", "talk", "cause"),
        data=b"{}",
    )


class CheckpointSuite:
    """``new_checkpoint``: another process's, on the same row."""

    async def test_only_the_newest_leader_moves_it(self, new_checkpoint: NewCheckpoint) -> None:
        old, new = new_checkpoint(), new_checkpoint()
        assert await old.take_over() == 0
        await old.move(3)
        assert await new.take_over() == 3
        with pytest.raises(Deposed, match="epoch 1 is over"):
            await old.move(5)
        await new.move(7)
        assert (await old.position(), await new.position()) == (7, 7)

    async def test_who_never_took_over_moves_nothing(self, new_checkpoint: NewCheckpoint) -> None:
        await new_checkpoint().take_over()
        with pytest.raises(Deposed):
            await new_checkpoint().move(1)

    async def test_what_was_set_aside_is_known_to_all_until_it_is_published(
        self, new_checkpoint: NewCheckpoint
    ) -> None:
        one, other = new_checkpoint(), new_checkpoint()
        await one.set_aside([unknown(5), unknown(2), unknown(9)])
        await other.set_aside([unknown(5)])
        assert list((await other.aside(0, 10)).items()) == [
            (2, "Unknown2"),
            (5, "Unknown5"),
            (9, "Unknown9"),
        ]
        assert list(await other.aside(2, 1)) == [5]
        await other.published_aside([5, 9])
        await other.published_aside([5])
        assert (await one.count_aside(), list(await one.aside(0, 10))) == (1, [2])
