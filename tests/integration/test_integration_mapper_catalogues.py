"""What the mapper's tables of stores' products promise, asked of both: PostgreSQL and memory."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.integration.database_access import Pool

from mapper.link_domain import SkuCheck, SkuKey
from mapper.memory import MemoryTables
from mapper.memory_catalogues import MemoryCatalogues
from mapper.tables import MIGRATIONS
from mapper.tables.catalogues import Catalogues, Turn
from mapper.tables.sku_checks import SkuChecks
from mapper.tables.waiting import Release, Tables, Waiting
from runtime.clock import utc_now

MIGRATED = [MIGRATIONS]
SHOP, STORE, OTHER = "7495514739512345678", "a.myshopify.com", "b.myshopify.com"
PLACED = datetime(2026, 11, 1, tzinfo=UTC)
MUG = SkuCheck(SHOP, "1", STORE, "mug", PLACED)
FRESH_S = 900.0
WAITS_FOR_ANOTHER = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE pid <> pg_backend_pid() AND NOT granted)"
)


class Known:
    """The tables, and what a test does with them again and again."""

    def __init__(self, tables: Tables, catalogues: Catalogues) -> None:
        self.tables, self.catalogues = tables, catalogues

    async def turn(self, fresh_for_s: float = FRESH_S) -> Turn:
        turn = await self.catalogues.claim(fresh_for_s)
        assert turn is not None
        return turn

    async def to_check(self, turn: Turn) -> list[str]:
        return [check.sku_id for check in await self.catalogues.checks.to_check(turn.store, 9)]

    async def to_be_read(self, *, anew: bool = False) -> None:
        """Everything that is asked for of the store needs a reading of its products."""
        checks = await self.catalogues.checks.to_check(STORE, 99)
        await self.catalogues.checks.need_reading(checks, anew=anew)

    async def read(self, **variants: str) -> None:
        """These variants are all that the store has."""
        turn = await self.turn()
        await self.to_be_read()
        turn = await self.catalogues.begin(turn)
        await self.catalogues.keep_page(turn, variants, None)


@pytest.fixture(params=["memory", "postgres"])
def known(request: pytest.FixtureRequest) -> Known:
    if request.param == "memory":
        tables: Tables = MemoryTables(utc_now)
        return Known(tables, MemoryCatalogues(utc_now, tables.releases))
    pool = request.getfixturevalue("pool")
    return Known(tables := Tables(pool), Catalogues(pool, tables.releases))


async def test_a_sku_is_looked_up_once_and_again_when_that_is_long_ago(known: Known) -> None:
    asked = known.catalogues.checks.ask
    assert await asked([MUG], FRESH_S) == {MUG.key: True}
    assert await asked([MUG], FRESH_S) == {MUG.key: True}
    turn = await known.turn()
    assert (turn.store, turn.cursor, turn.is_fresh) == (STORE, None, False)
    await known.catalogues.checks.looked(await known.catalogues.checks.to_check(STORE, 9), [])
    await known.catalogues.end(turn)
    assert await asked([MUG], FRESH_S) == {}
    assert await known.catalogues.claim(FRESH_S) is None
    await asyncio.sleep(0.01)
    assert await asked([MUG], 0.0) == {MUG.key: False}
    assert (await known.turn()).store == STORE


async def another_asks_at_once(pool: Pool, check: SkuCheck) -> dict[SkuKey, bool]:
    """What is answered to who asks while another's question is not committed yet."""
    async with pool.acquire() as connection:
        async with connection.transaction():
            first = SkuChecks(connection, Tables(pool).releases)
            assert check.key in await first.ask([check], 0.0)
            second = asyncio.create_task(SkuChecks(pool, Tables(pool).releases).ask([check], 0.0))
            for _ in range(500):
                if await connection.fetchval(WAITS_FOR_ANOTHER):
                    break
                await asyncio.sleep(0.01)
        return await second


async def test_two_who_ask_for_a_sku_at_once_both_hear_that_it_is_looked_up(pool: Pool) -> None:
    assert await another_asks_at_once(pool, MUG) == {MUG.key: True}
    checks = SkuChecks(pool, Tables(pool).releases)
    await checks.looked(await checks.to_check(STORE, 9), [])
    await asyncio.sleep(0.01)
    assert await another_asks_at_once(pool, MUG) == {MUG.key: False}
    renamed = replace(MUG, seller_sku="tee", named_at=PLACED + timedelta(days=1))
    assert await another_asks_at_once(pool, renamed) == {MUG.key: True}


async def test_the_name_in_the_newest_order_counts(known: Known) -> None:
    old = replace(MUG, seller_sku="old", named_at=PLACED - timedelta(days=1))
    await known.catalogues.checks.ask([MUG, old], FRESH_S)
    (check,) = await known.catalogues.checks.to_check(STORE, 9)
    assert check.seller_sku == "mug"
    await known.catalogues.checks.looked([check], [])
    assert await known.catalogues.checks.ask([old], FRESH_S) == {}
    new = replace(MUG, seller_sku="tee", named_at=PLACED + timedelta(days=1))
    assert await known.catalogues.checks.ask([new], FRESH_S) == {MUG.key: True}
    (check,) = await known.catalogues.checks.to_check(STORE, 9)
    assert (check.seller_sku, check.round) == ("tee", 2)


async def test_what_was_asked_for_again_meanwhile_stays_open(known: Known) -> None:
    await known.catalogues.checks.ask([MUG], FRESH_S)
    (first,) = await known.catalogues.checks.to_check(STORE, 9)
    await known.catalogues.checks.check_again([MUG])
    await known.catalogues.checks.looked([first], [])
    await known.catalogues.checks.need_reading([first], anew=False)
    await known.catalogues.checks.set_aside(first, 60)
    (second,) = await known.catalogues.checks.to_check(STORE, 9)
    assert second.round == 2


async def test_what_is_done_releases_the_orders_that_waited_for_it(known: Known) -> None:
    await known.tables.keep([Waiting("order-1-2", SHOP, "link", ("1",))])
    await known.catalogues.checks.ask([MUG], FRESH_S)
    done = await known.catalogues.checks.to_check(STORE, 9)
    await known.catalogues.checks.looked(done, [Release(SHOP, "link", "looked", "1")])
    claim = await known.tables.releases.claim()
    assert claim is not None
    assert claim.release.sku_id == "1"


async def test_a_reading_goes_on_where_it_was_and_forgets_what_it_did_not_see(
    known: Known,
) -> None:
    await known.catalogues.checks.ask([MUG], FRESH_S)
    await known.read(gone="mug")
    await known.catalogues.checks.check_again([MUG])
    await known.to_be_read(anew=True)
    turn = await known.turn()
    assert not turn.is_fresh
    turn = await known.catalogues.begin(turn)
    await known.catalogues.keep_page(turn, {"3": "Mug ", "4": "tee"}, "page 2")
    turn = await known.turn()
    assert (turn.cursor, await known.to_check(turn)) == ("page 2", [])
    await known.catalogues.keep_page(turn, {"2": "mug", "4": "TEE"}, None)
    found = await known.catalogues.by_sku(STORE, [" MUG", "tee", "gone"])
    assert found == {" MUG": ("2", "3"), "tee": ("4",), "gone": ()}
    assert await known.catalogues.by_sku(OTHER, ["mug"]) == {"mug": ()}
    turn = await known.turn()
    assert (turn.cursor, turn.is_fresh, await known.to_check(turn)) == (None, True, ["1"])
    assert not (await known.catalogues.claim(FRESH_S))


async def test_two_who_read_the_same_page_keep_it_once(known: Known) -> None:
    await known.catalogues.checks.ask([MUG], FRESH_S)
    turn = await known.catalogues.begin(await known.turn())
    page = {f"{n:05}": f"S{n}" for n in range(3000)}
    await asyncio.gather(
        known.catalogues.keep_page(turn, page, "2"), known.catalogues.keep_page(turn, page, "2")
    )
    late = {"00001": "late"}
    await known.catalogues.keep_page(turn, late, "1")
    assert (await known.turn()).cursor == "2"
    await known.catalogues.keep_page(replace(turn, cursor="2"), page, None)
    await known.catalogues.keep_page(turn, late, None)
    assert await known.catalogues.by_sku(STORE, ["s1", "late"]) == {"s1": ("00001",), "late": ()}


async def test_a_store_that_fails_waits_alone_and_keeps_its_place(known: Known) -> None:
    await known.catalogues.checks.ask([MUG, replace(MUG, sku_id="2", store=OTHER)], FRESH_S)
    first, second = await known.turn(), await known.turn()
    assert {first.store, second.store} == {STORE, OTHER}
    for turn in (first, second):
        waiting = await known.catalogues.checks.to_check(turn.store, 9)
        await known.catalogues.checks.need_reading(waiting, anew=False)
    begun = await known.catalogues.begin(first)
    await known.catalogues.keep_page(begun, {}, "2")
    await known.catalogues.not_read(begun, 60.0, anew=False)
    await known.catalogues.end(second)
    assert (await known.turn()).store == second.store
    assert await known.catalogues.claim(FRESH_S) is None


async def test_a_reading_that_cannot_go_on_begins_anew(known: Known) -> None:
    await known.catalogues.checks.ask([MUG], FRESH_S)
    turn = await known.turn()
    await known.to_be_read(anew=True)
    turn = await known.catalogues.begin(turn)
    await known.catalogues.keep_page(turn, {"1": "mug"}, "2")
    await known.catalogues.not_read(turn, 0.0, anew=True)
    await asyncio.sleep(0.01)
    again = await known.turn()
    assert (again.cursor, again.failures) == (None, 1)


async def test_one_that_fails_by_itself_is_set_aside(known: Known) -> None:
    await known.catalogues.checks.ask([MUG, replace(MUG, sku_id="2")], FRESH_S)
    turn = await known.turn()
    (bad, _) = await known.catalogues.checks.to_check(STORE, 9)
    await known.catalogues.checks.set_aside(bad, 60.0)
    assert len(await known.to_check(turn)) == 1


async def test_readings_find_what_they_need_by_an_index(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO mapper.sku_check (shop_id, sku_id, store, seller_sku, named_at, is_open) "
        "SELECT '1', n::text, 's' || n % 50, 'x', now(), n % 1000 = 0 "
        "FROM generate_series(1, 50000) n"
    )
    await pool.execute("ANALYZE mapper.sku_check")
    asked: list[tuple[Any, ...]] = await pool.fetch(
        "EXPLAIN SELECT FROM mapper.sku_check WHERE store = 's0' AND is_open "
        "AND NOT needs_reading AND due_at <= now() ORDER BY asked_at LIMIT 250"
    )
    assert "sku_check_open" in " ".join(line[0] for line in asked)


async def test_a_change_of_products_opens_what_had_no_variant_or_all_when_one_is_gone(
    known: Known,
) -> None:
    tee = replace(MUG, sku_id="2")
    for deleted, opened in ((False, ["1"]), (True, ["1", "2"])):
        await known.catalogues.checks.check_again([MUG, tee])
        turn = await known.turn()
        done = await known.catalogues.checks.to_check(STORE, 9)
        await known.catalogues.checks.looked(done, [], {tee.key: "gid"})
        await known.catalogues.end(turn)
        await known.catalogues.checks.products_changed(STORE, deleted=deleted)
        turn = await known.turn()
        assert sorted(await known.to_check(turn)) == opened
        await known.catalogues.end(turn)


async def test_a_link_that_was_looked_at_is_not_looked_at_again_for_being_told_again(
    known: Known,
) -> None:
    linked = replace(MUG, variant_id="gid")
    await known.catalogues.checks.check_again([linked], seen_too=False)
    turn = await known.turn()
    done = await known.catalogues.checks.to_check(STORE, 9)
    await known.catalogues.checks.looked(done, [], {MUG.key: "gid"})
    await known.catalogues.end(turn)
    await known.catalogues.checks.check_again([linked], seen_too=False)
    assert await known.catalogues.claim(FRESH_S) is None
    await known.catalogues.checks.check_again([replace(MUG, variant_id="b")], seen_too=False)
    assert await known.turn()
