"""fetcher: TikTok Shop in, OrderFetched out."""

from datetime import timedelta

from connections.grants import GrantAccess
from connections.opening import open_pool, open_tiktok, vault_on
from eventstore import EventStore
from eventstore.postgres import connect
from fetcher.following import Following
from fetcher.ingest import SOURCE, Ingest
from fetcher.polling import Rhythm, ShopPoller
from fetcher.reading import Reader
from fetcher.settings import FetcherSettings
from fetcher.tables import Overtaken, Polls
from runtime import logs
from runtime.clock import Clock, utc_now
from runtime.persistence import persist
from runtime.service import serve
from runtime.session import open_session
from runtime.settings import load_or_exit
from tiktok.client import TikTokClient
from vault.interface import Vault


def build(
    store: EventStore,
    vault: Vault,
    polls: Polls,
    tiktok: TikTokClient,
    accesses: GrantAccess,
    clock: Clock,
    settings: FetcherSettings,
) -> Following:
    """The whole service, given its connections."""
    reader = Reader(tiktok, accesses, Ingest(store, vault, clock))
    rhythm = Rhythm(
        overlap=settings.overlap,
        sweep_every=timedelta(seconds=settings.sweep_interval_s),
        longest_window=timedelta(seconds=settings.longest_window_s),
    )

    async def take_over(shop_id: str) -> ShopPoller:
        return ShopPoller(shop_id, await polls.take_over(shop_id), polls, reader, rhythm)

    return Following(store, take_over, clock, interval_s=settings.poll_interval_s)


async def main() -> int:
    """Run the fetcher until asked to stop."""
    settings = load_or_exit(FetcherSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_tiktok(settings) as (tiktok, tokens),
    ):
        vault = vault_on(pool, settings)
        accesses = GrantAccess(vault, tokens, utc_now)
        following = build(store, vault, Polls(pool), tiktok, accesses, utc_now, settings)

        async def follow() -> None:
            async with open_session(dsn) as session:
                await following.run(session)

        return await serve(
            settings, {"follow": lambda: persist("follow", follow, also=(Overtaken,))}
        )
