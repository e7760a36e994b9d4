"""What the mapper does with its tables. One ``Story`` each."""

from dataclasses import replace
from functools import partial
from typing import Any

from tests.integration.unheard.story import NOW, SHOP, STORE, Story

from mapper.link_domain import SkuCheck
from mapper.tables.sku_checks import SkuChecks
from mapper.tables.waiting import Release, Releases, Tables, Waiting, as_of


async def waiting(story: Story) -> None:
    tables = story.store
    order = Waiting("order-1", SHOP, "link", ("1",), as_of(3))
    await story.do(partial(tables.expect, [order, replace(order, stream="order-2")]))
    await story.do(partial(tables.keep, [replace(order, waits_for="wish", sku_ids=())]))
    await story.do(partial(tables.drop, {"order-2": as_of(3)}))
    await story.do(tables.mark_filled)


async def releases(story: Story) -> None:
    await Tables(story.pool._pool).keep([Waiting("order-1", SHOP, "wish")])
    queue, wish = story.store, Release(SHOP, "wish", "cause")

    async def claim() -> Any:
        await story.sql("UPDATE mapper.release SET claimed_until = '-infinity'")
        return await queue.claim()

    await story.do(partial(queue.add, [wish]))
    claimed = await story.do(queue.claim, claim)
    await story.do(partial(queue.put_off, claimed))
    claimed = await claim()
    await story.do(partial(queue.go_on, claimed, "order-0"))
    claimed = await claim()
    await story.do(partial(queue.finish, claimed))
    await queue.add([Release(SHOP, "wish", "since")])
    await queue.finish(claimed)
    assert (await claim()).release.cause == "since"


async def catalogues(story: Story) -> None:
    known, mug = story.store, SkuCheck(SHOP, "1", STORE, "mug", NOW)
    await SkuChecks(story.pool._pool, Releases(story.pool._pool)).ask([mug], 900.0)

    async def claim() -> Any:
        await story.sql("UPDATE mapper.catalogue SET claimed_until = '-infinity'")
        return await known.claim(900.0)

    turn = await story.do(partial(known.claim, 900.0), claim)
    await story.do(partial(known.not_read, turn, 0.0, anew=True))
    turn = await claim()
    turn = await story.do(partial(known.begin, turn), claim)
    await story.do(partial(known.keep_page, turn, {"v1": "mug"}, "next"))
    turn = await claim()
    await story.do(partial(known.keep_page, turn, {"v2": "cup"}, None))
    turn = await claim()
    await story.do(partial(known.end, turn))


async def sku_checks(story: Story) -> None:
    checks, mug = story.store, SkuCheck(SHOP, "1", STORE, "mug", NOW)
    await Tables(story.pool._pool).keep([Waiting("order-1", SHOP, "link", ("1",))])
    assert (await story.do(partial(checks.ask, [mug], 900.0))) == {mug.key: True}
    (due,) = await checks.to_check(STORE, 9)
    await story.do(partial(checks.need_reading, [due], anew=True))
    await story.sql("UPDATE mapper.sku_check SET needs_reading = false")
    await story.do(partial(checks.set_aside, due, 0.0))
    made = [Release(SHOP, "link", "looked", "1")]
    await story.do(partial(checks.looked, [due], made, {mug.key: "v1"}))
    await story.do(partial(checks.products_changed, STORE, deleted=True))
    await story.do(partial(checks.check_again, [mug]))
