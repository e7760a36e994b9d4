"""What the mapper's tables promise, asked of both: PostgreSQL and memory."""

import pytest

from mapper.memory import MemoryTables
from mapper.tables import MIGRATIONS
from mapper.tables.waiting import Claim, Release, Tables, Waiting, as_of
from runtime.clock import utc_now

MIGRATED = [MIGRATIONS]
SHOP, OTHER = "7495514739512345678", "7495514739512345679"


@pytest.fixture(params=["memory", "postgres"])
def tables(request: pytest.FixtureRequest) -> Tables:
    if request.param == "memory":
        return MemoryTables(utc_now)
    return Tables(request.getfixturevalue("pool"))


async def claim(tables: Tables) -> Claim:
    claimed = await tables.releases.claim()
    assert claimed is not None
    return claimed


async def keep(tables: Tables, *streams: str, shop_id: str = SHOP) -> None:
    await tables.keep([Waiting(stream, shop_id, "wish") for stream in streams])


async def test_waiting_orders_are_found_by_shop_cause_and_sku_in_pages(tables: Tables) -> None:
    await keep(tables, "c", "a", "b")
    await keep(tables, "d", shop_id=OTHER)
    await tables.keep(
        [Waiting("e", SHOP, "link", ("1", "2")), Waiting("f", SHOP, "link", ("2", "3"))]
    )
    assert await tables.waiting(SHOP, "wish", "", "", 2) == ("a", "b")
    assert await tables.waiting(SHOP, "wish", "", "b", 2) == ("c",)
    assert await tables.waiting(SHOP, "link", "1", "", 9) == ("e",)
    assert await tables.waiting(SHOP, "link", "", "", 9) == ("e", "f")
    assert await tables.waiting(SHOP, "wish", "1", "", 9) == ()


async def test_what_an_order_waits_for_is_replaced_unless_it_is_read_anew(tables: Tables) -> None:
    await keep(tables, "a")
    await tables.keep([Waiting("a", SHOP, "shop"), Waiting("b", SHOP, "shop")], anew=False)
    assert await tables.waiting(SHOP, "shop", "", "", 9) == ("b",)
    await tables.keep([Waiting("a", SHOP, "shop")])
    assert await tables.waiting(SHOP, "wish", "", "", 9) == ()
    await tables.drop({"a": 0, "b": 0, "never": 0})
    assert await tables.waiting(SHOP, "shop", "", "", 9) == ()


async def test_what_is_expected_of_an_order_stays_behind_what_is_kept(tables: Tables) -> None:
    known = Waiting("a", SHOP, "link", ("1", "2"))
    await tables.keep([known])
    drafted = [Waiting(stream, SHOP, "writer") for stream in ("a", "b")]
    for _ in range(2):
        assert await tables.expect(drafted) == {"a": known, "b": drafted[1]}
    assert await tables.waiting(SHOP, "writer", "", "", 9) == ("b",)


async def test_what_follows_from_an_earlier_version_changes_and_drops_nothing(
    tables: Tables,
) -> None:
    later = Waiting("a", SHOP, "link", ("1",), as_of=as_of(7))
    await tables.keep([later])
    await tables.keep([Waiting("a", SHOP, "wish", as_of=as_of(6))])
    await tables.drop({"a": as_of(6)})
    assert await tables.waiting(SHOP, "link", "1", "", 9) == ("a",)
    await tables.keep([Waiting("a", SHOP, "wish", as_of=as_of(7))])
    assert await tables.waiting(SHOP, "wish", "", "", 9) == ("a",)
    await tables.drop({"a": as_of(7)})
    assert await tables.waiting(SHOP, "wish", "", "", 9) == ()


async def test_what_was_read_before_somebody_expected_the_order_counts_no_more(
    tables: Tables,
) -> None:
    await tables.keep([Waiting("a", SHOP, "writer", as_of=as_of(3))])
    expected = as_of(5, expected=True)
    drafted = [Waiting(stream, SHOP, "writer", as_of=expected) for stream in ("a", "b")]
    for _ in range(2):
        assert await tables.expect(drafted) == {entry.stream: entry for entry in drafted}
    await tables.drop({"a": as_of(5), "b": as_of(5)})
    assert await tables.waiting(SHOP, "writer", "", "", 9) == ("a", "b")
    await tables.drop({"a": expected, "b": as_of(6)})
    assert await tables.waiting(SHOP, "writer", "", "", 9) == ()


async def test_filled_is_remembered(tables: Tables) -> None:
    assert not await tables.is_filled()
    await tables.mark_filled()
    await tables.mark_filled()
    assert await tables.is_filled()


async def test_a_release_without_waiting_orders_is_not_queued(tables: Tables) -> None:
    await keep(tables, "a")
    await tables.releases.add([Release(SHOP, "link", "c"), Release(OTHER, "wish", "c")])
    assert await tables.releases.claim() is None


async def test_a_release_is_worked_on_by_one_in_pages_and_ends(tables: Tables) -> None:
    await keep(tables, "a")
    wish = Release(SHOP, "wish", "cause")
    await tables.releases.add([wish])
    first = await claim(tables)
    assert (first.release, first.after) == (wish, "")
    assert await tables.releases.claim() is None
    await tables.releases.go_on(first, "a")
    second = await claim(tables)
    assert second.after == "a"
    await tables.releases.finish(second)
    assert await tables.releases.claim() is None


async def test_the_release_that_was_worked_on_the_longest_ago_comes_first(tables: Tables) -> None:
    await keep(tables, "a")
    await keep(tables, "b", shop_id=OTHER)
    await tables.releases.add([Release(SHOP, "wish", "c")])
    await tables.releases.add([Release(OTHER, "wish", "c")])
    first = await claim(tables)
    assert first.release.shop_id == SHOP
    await tables.releases.go_on(first, "a")
    second = await claim(tables)
    assert second.release.shop_id == OTHER


async def test_a_new_cause_begins_a_new_round_that_the_old_one_cannot_end(tables: Tables) -> None:
    await keep(tables, "a")
    await tables.releases.add([Release(SHOP, "wish", "old")])
    old = await claim(tables)
    await tables.releases.add([Release(SHOP, "wish", "sweep")], again=False)
    assert await tables.releases.claim() is None
    await tables.releases.add([Release(SHOP, "wish", "new")])
    await tables.releases.go_on(old, "z")
    await tables.releases.put_off(old)
    await tables.releases.finish(old)
    new = await claim(tables)
    assert (new.release.cause, new.after) == ("new", "")
    assert new.round != old.round
    await tables.releases.put_off(new)
    assert await tables.releases.claim() is None


async def test_whoever_ends_a_release_late_does_not_end_the_one_queued_since(
    tables: Tables,
) -> None:
    """It ended, and its answer was lost; or another process took it over and ended it."""
    await keep(tables, "a")
    await tables.releases.add([Release(SHOP, "wish", "old")])
    old = await claim(tables)
    await tables.releases.finish(old)
    await tables.releases.add([Release(SHOP, "wish", "new")])
    await tables.releases.finish(old)
    await tables.releases.go_on(old, "z")
    new = await claim(tables)
    assert (new.release.cause, new.after) == ("new", "")
