"""What a vault promises, asked of both: PostgreSQL and memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

import asyncpg
import pytest
from tests.integration.database_access import ask, connected

from devstack.databases import Database
from vault.interface import Vault
from vault.keys import MasterKeyMissing, MasterKeys
from vault.memory import MemoryVault
from vault.postgres import MIGRATIONS, PostgresVault
from vault.values import Entry, Erased, Reference, Secret, Wanted

NOW = datetime(2026, 11, 3, tzinfo=UTC)
MIGRATED = [MIGRATIONS]
KEYS = MasterKeys({"k1": bytes(range(32))}, "k1")
HOME = {"name": "Vera Vaultbuyer", "street": "1 Hidden Street"}
WORK = {"name": "Vera Vaultbuyer", "street": "2 Office Road"}
MASKED = {"name": "V*** V***r", "street": "1 ***"}


@pytest.fixture
async def on_postgres(migrated: Database) -> AsyncIterator[Vault]:
    async with asyncpg.create_pool(migrated.app_dsn, min_size=1, max_size=8) as pool:
        yield PostgresVault(pool, KEYS, lambda: NOW, token_bytes)
    tables = "vault.secret, vault.tombstone, vault.credential"
    await ask(
        migrated.admin_dsn, f"TRUNCATE {tables}, vault_keys.data_key, vault_keys.credential_key"
    )


@pytest.fixture(params=["memory", "postgres"])
def vault(request: pytest.FixtureRequest) -> Vault:
    if request.param == "memory":
        return MemoryVault(KEYS, lambda: NOW, token_bytes)
    stored: Vault = request.getfixturevalue("on_postgres")
    return stored


async def put(
    vault: Vault, value: dict[str, str], *, masked: bool = False, order: str = "1"
) -> Reference:
    answer = await vault.put("shop", order, "recipient", value, masked=masked)
    assert isinstance(answer, Reference)
    return answer


async def read(vault: Vault, version: int | None = None, order: str = "1") -> Any:
    found = await vault.get("shop", order, "recipient", version)
    return found.value if isinstance(found, Secret) else found


async def test_the_same_content_twice_is_one_version(vault: Vault) -> None:
    first = await put(vault, HOME)
    assert await put(vault, dict(reversed(HOME.items()))) == first
    assert first.version == 1


async def test_older_versions_stay_readable(vault: Vault) -> None:
    assert [(await put(vault, HOME)).version, (await put(vault, WORK)).version] == [1, 2]
    assert await read(vault, 1) == HOME
    assert await read(vault, 2) == WORK
    assert await read(vault) == WORK


async def test_a_digest_is_the_same_in_every_version(vault: Vault) -> None:
    home, work, home_again = [await put(vault, value) for value in (HOME, WORK, HOME)]
    assert home_again.version == 3
    assert home.digest == home_again.digest != work.digest


async def test_equal_addresses_of_two_orders_have_different_digests(vault: Vault) -> None:
    assert (await put(vault, HOME)).digest != (await put(vault, HOME, order="2")).digest


async def test_a_masked_value_never_replaces_a_clear_one(vault: Vault) -> None:
    clear = await put(vault, HOME)
    kept = await put(vault, MASKED, masked=True)
    assert (kept.version, kept.digest, kept.masked) == (clear.version, clear.digest, False)
    assert kept.kept_clear
    assert await read(vault) == HOME


async def test_another_masked_value_is_told_from_the_same_one(vault: Vault) -> None:
    await put(vault, HOME)
    kept = await put(vault, MASKED, masked=True)
    assert await put(vault, MASKED, masked=True) == kept
    moved = await put(vault, {**MASKED, "street": "9 ***"}, masked=True)
    assert moved.offered_digest != kept.offered_digest
    assert moved.digest == kept.digest


async def test_a_clear_value_replaces_a_masked_one(vault: Vault) -> None:
    assert (await put(vault, MASKED, masked=True)).masked
    clear = await put(vault, HOME)
    assert (clear.version, clear.masked) == (2, False)


async def test_recipient_and_message_are_kept_apart(vault: Vault) -> None:
    await put(vault, HOME)
    answer = await vault.put("shop", "1", "message", {"text": "leave at door"}, masked=False)
    assert isinstance(answer, Reference)
    assert (answer.kind, answer.version) == ("message", 1)
    assert await read(vault) == HOME


async def test_what_was_never_stored_is_none(vault: Vault) -> None:
    assert await read(vault) is None
    await put(vault, HOME)
    assert await read(vault, 2) is None
    assert await vault.get("shop", "1", "message") is None


async def test_a_page_is_answered_in_order_and_later_entries_see_earlier_ones(vault: Vault) -> None:
    await vault.erase_order("shop", "3", "customer_request")
    page = [
        Entry("shop", "1", "recipient", HOME, masked=False),
        Entry("shop", "3", "recipient", HOME, masked=False),
        Entry("shop", "1", "recipient", WORK, masked=False),
        Entry("shop", "1", "recipient", MASKED, masked=True),
        Entry("other", "2", "message", {"text": "hi"}, masked=False),
    ]
    first, refused, second, kept, message = await vault.put_many(page)
    assert isinstance(refused, Erased)
    stored = [answer for answer in (first, second, kept, message) if isinstance(answer, Reference)]
    assert [answer.version for answer in stored] == [1, 2, 2, 1]
    assert stored[2].kept_clear


async def test_many_are_got_in_the_order_asked(vault: Vault) -> None:
    await put(vault, HOME, order="1")
    await put(vault, WORK, order="2")
    asked = [
        Wanted("shop", "2", "recipient"),
        Wanted("shop", "9", "recipient"),
        Wanted("shop", "1", "recipient", 1),
    ]
    found = await vault.get_many(asked)
    values = [secret.value if isinstance(secret, Secret) else secret for secret in found]
    assert values == [WORK, None, HOME]


async def test_an_empty_page_is_no_work(vault: Vault) -> None:
    assert await vault.put_many([]) == ()
    assert await vault.get_many([]) == ()


async def test_an_erased_order_is_gone_and_refuses_what_comes_again(vault: Vault) -> None:
    await put(vault, HOME)
    erased = await vault.erase_order("shop", "1", "customer_request")
    assert erased == Erased("shop", "1", "customer_request", NOW)
    assert await read(vault) == erased
    assert await read(vault, 1) == erased
    assert await vault.put("shop", "1", "message", {"text": "hi"}, masked=False) == erased
    assert await vault.erase_order("shop", "1", "retention") == erased


async def test_an_order_can_be_erased_before_it_comes(vault: Vault) -> None:
    await vault.erase_order("shop", "1", "customer_request")
    assert isinstance(await vault.put("shop", "1", "recipient", HOME, masked=False), Erased)


async def test_an_erased_shop_is_gone_and_others_stay(vault: Vault) -> None:
    await put(vault, HOME)
    await vault.put("other", "1", "recipient", HOME, masked=False)
    erased = await vault.erase_shop("shop", "shop_request")
    assert isinstance(await read(vault), Erased)
    assert await vault.put("shop", "7", "recipient", HOME, masked=False) == erased
    assert isinstance(await vault.get("other", "1", "recipient"), Secret)


async def test_an_erased_shop_connected_anew_takes_new_orders_and_erased_ones_stay_erased(
    vault: Vault,
) -> None:
    await put(vault, HOME)
    await vault.erase_order("shop", "2", "customer_request")
    await vault.erase_shop("shop", "shop_request")
    assert await vault.readmit_shop("shop")
    assert isinstance(await vault.put("shop", "7", "recipient", HOME, masked=False), Reference)
    for order_id in ("1", "2"):
        assert isinstance(await vault.get("shop", order_id, "recipient"), Erased)
        assert isinstance(
            await vault.put("shop", order_id, "recipient", HOME, masked=False), Erased
        )
    again = await vault.erase_shop("shop", "second_request")
    assert (again.order_id, again.reason) == ("", "second_request")
    assert isinstance(await vault.get("shop", "7", "recipient"), Erased)


async def test_a_shop_that_was_not_erased_is_readmitted_without_effect(vault: Vault) -> None:
    await put(vault, HOME)
    assert not await vault.readmit_shop("shop")
    assert await read(vault) == HOME


async def test_a_credential_is_replaced_whole(vault: Vault) -> None:
    await vault.put_credential("tiktok_grant", "g", {"access": "a1", "refresh": "r1", "old": 1})
    await vault.put_credential("tiktok_grant", "g", {"access": "a2", "refresh": "r2"})
    assert await vault.get_credential("tiktok_grant", "g") == {"access": "a2", "refresh": "r2"}
    assert await vault.get_credential("shopify_store", "g") is None


async def test_a_deleted_credential_is_gone(vault: Vault) -> None:
    await vault.put_credential("shopify_store", "s", {"access_token": "t"})
    assert await vault.delete_credential("shopify_store", "s")
    assert not await vault.delete_credential("shopify_store", "s")
    assert await vault.get_credential("shopify_store", "s") is None


async def test_a_grant_is_refreshed_by_one_at_a_time(vault: Vault) -> None:
    await vault.put_credential("tiktok_grant", "g", {"uses": 0})

    async def refresh() -> None:
        async with vault.grant_lock("g") as grant:
            tokens = await grant.read()
            assert tokens is not None
            await asyncio.sleep(0)
            await grant.write({"uses": int(str(tokens["uses"])) + 1})

    await asyncio.gather(*(refresh() for _ in range(20)))  # more than the pool has connections
    assert await vault.get_credential("tiktok_grant", "g") == {"uses": 20}


async def test_locks_of_two_grants_do_not_wait_for_each_other(vault: Vault) -> None:
    async with asyncio.timeout(5), vault.grant_lock("a"), vault.grant_lock("b"):
        pass


async def test_a_failed_refresh_frees_the_lock(vault: Vault) -> None:
    with pytest.raises(ZeroDivisionError):
        async with vault.grant_lock("g"):
            raise ZeroDivisionError
    async with asyncio.timeout(5), vault.grant_lock("g") as grant:
        assert await grant.read() is None


async def test_the_vault_shows_nothing_of_its_content(vault: Vault) -> None:
    await put(vault, HOME)
    assert "Vera" not in repr(vault)


async def test_puts_at_once_make_versions_without_gaps(on_postgres: Vault) -> None:
    values = [{"street": f"{number % 5} Hidden Street"} for number in range(40)]
    references = await asyncio.gather(*(put(on_postgres, value) for value in values))
    versions = {each.version for each in references}
    assert versions == set(range(1, max(versions) + 1))


async def test_an_erasure_during_puts_leaves_nothing(
    on_postgres: Vault, migrated: Database
) -> None:
    puts = [
        on_postgres.put("shop", "1", "recipient", {"street": str(number)}, masked=False)
        for number in range(30)
    ]
    erasure = on_postgres.erase_order("shop", "1", "retention")
    await asyncio.gather(*puts[:15], erasure, *puts[15:])
    left = "(SELECT count(*) FROM vault.secret) + (SELECT count(*) FROM vault_keys.data_key)"
    assert await ask(migrated.admin_dsn, f"SELECT {left}") == 0


@pytest.mark.usefixtures("on_postgres")
async def test_a_page_costs_as_many_statements_as_one_order(migrated: Database) -> None:
    statements: list[str] = []
    pool: asyncpg.Pool
    async with asyncpg.create_pool(migrated.app_dsn, min_size=1, max_size=1) as pool:
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda record: statements.append(record.query))
        counted = PostgresVault(pool, KEYS, lambda: NOW, token_bytes)
        counts = []
        await counted.put("shop", "0", "recipient", HOME, masked=False)  # asks for types once
        for orders in (range(1, 2), range(100, 200)):
            statements.clear()
            await counted.put_many(
                [Entry("shop", str(n), "recipient", HOME, masked=False) for n in orders]
            )
            counts.append(len([each for each in statements if "pg_advisory_unlock" not in each]))
    assert counts[0] == counts[1] <= 5


async def test_stored_rows_show_nothing_readable(on_postgres: Vault, migrated: Database) -> None:
    await put(on_postgres, HOME)
    await on_postgres.put_credential("shopify_store", "s", {"access_token": "shpat_hidden"})
    async with connected(migrated.admin_dsn) as connection:
        rows = [
            str(await connection.fetch(f"SELECT * FROM {table}"))
            for table in ("vault.secret", "vault.credential", "vault_keys.data_key")
        ]
    assert all("Vaultbuyer" not in row and "shpat" not in row for row in rows)


async def test_the_application_can_neither_rewrite_a_version_nor_lift_a_tombstone(
    migrated: Database,
) -> None:
    for statement in ("UPDATE vault.secret SET masked = true", "DELETE FROM vault.tombstone"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(migrated.app_dsn, statement)


async def test_data_without_its_master_key_says_which_setting_lacks_it(
    on_postgres: Vault, migrated: Database
) -> None:
    await put(on_postgres, HOME)
    other = MasterKeys({"k2": bytes(32)}, "k2")
    async with asyncpg.create_pool(migrated.app_dsn, min_size=1) as pool:
        with pytest.raises(MasterKeyMissing, match="VAULT_KEYS does not hold key 'k1'"):
            await PostgresVault(pool, other, lambda: NOW, token_bytes).get("shop", "1", "recipient")
