"""What is done with the tables that say how far somebody is; each is one ``Story``."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from tests.integration.unheard.story import HOUR, NOW, SHOP, Story

from eventstore.marks import SetAside as SetAsideEvent
from fetcher.order_index import KnownOrder, SetAside
from fetcher.tables import Sweep
from ordersync_contracts.envelope import Recorded, Trace


async def checkpoints_of_polls(story: Story) -> None:
    polls = story.store
    begun = await story.do(partial(polls.take_over, SHOP))

    async def take_over() -> None:  # the database was away: whoever follows the shop begins anew
        nonlocal begun
        begun = await polls.take_over(SHOP)

    for checkpoint in ("watermark", "swept_at", "covered_from"):
        await story.do(partial(polls.move, SHOP, begun.epoch, checkpoint, NOW), take_over)
        await polls.move(SHOP, begun.epoch, checkpoint, NOW)
    await story.do(partial(polls.sweep, SHOP, begun.epoch, "UNPAID", Sweep(NOW, NOW)), take_over)
    await polls.sweep(SHOP, begun.epoch, "UNPAID", Sweep(NOW))


async def order_index(story: Story) -> None:
    index = story.store
    aside = SetAside("2", "unreadable", NOW, NOW, NOW)
    orders = [KnownOrder(n, NOW, ended_at=NOW, has_buyer=True, asked_at=NOW) for n in "123"]
    await story.do(partial(index.set_aside, SHOP, aside))
    await story.do(partial(index.set_aside, SHOP, replace(aside, order_id="9")))
    await story.do(partial(index.try_later, SHOP, {"9": NOW + HOUR}))
    await story.do(partial(index.note, SHOP, orders))
    await story.do(partial(index.take_ended, NOW, NOW, 2))
    later = NOW + HOUR
    for shop_id, order_id in await index.take_ended(NOW, later, 9):
        await story.do(partial(index.erased, shop_id, order_id, later))
    await story.do(partial(index.ends, SHOP, "1", None))


async def relay(story: Story) -> None:
    mark = story.store

    async def lead() -> None:
        """Whatever fails, it leads anew from the checkpoint."""
        await story.do(mark.take_over)
        aside = await mark.aside(0, 9)
        if aside:
            await story.do(partial(mark.published_aside, list(aside)))

    unknown = [Recorded(UUID(int=1), "s", 1, 7, "New", 1, NOW, NOW, Trace("t", "c"), b"")]
    await story.do(lead, lead)
    await story.do(partial(mark.set_aside, unknown))
    await story.do(partial(mark.move, 7), lead)
    await lead()
    await mark.move(9)


async def marks(story: Story) -> None:
    kept, group = story.store, "mapper"
    await story.do(partial(kept.turn, group, 60.0))
    await story.do(partial(kept.heard, group, [5, 9]))
    await story.do(partial(kept.set_aside, group, SetAsideEvent(4, 1, "KeyError"), 0.0))
    await story.do(partial(kept.done, group, [4]))
    await story.do(partial(kept.move, group, 7))
