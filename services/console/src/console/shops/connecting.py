"""A seller's authorisation becomes connected shops. Again is harmless, and renews what had ended.

Order matters: tokens and ciphers are in the vault before an event says that a shop is connected.
Partner Center: "Authorization guide"; Get Authorized Shops 202309.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from connections.grants import to_credential
from console.backend import Refused, Submission, each_stream
from lifecycle.shop import Shop, fold
from mapping.countries import US, country
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from tiktok.client import TikTokClient
from tiktok.errors import AuthorizationLost
from tiktok.tokens import TokenClient, Tokens
from tiktok.wire.shops import AuthorizedShop
from vault.interface import Vault

log = structlog.get_logger()
WINDOW: Final = timedelta(days=7)
"""A shop's orders begin so long before its first connection."""


class CodeRefused(Refused):
    """TikTok does not trade this code for tokens."""


class Seller:
    """A seller's authorisation at TikTok Shop; both calls raise ``tiktok.errors.TikTokError``."""

    def __init__(self, tokens: TokenClient, client: TikTokClient) -> None:
        self._tokens = tokens
        self._client = client

    async def tokens(self, auth_code: str) -> Tokens:
        """Trade the single-use code that TikTok gave the seller's browser for tokens."""
        return await self._tokens.get(auth_code)

    async def shops(self, tokens: Tokens) -> Sequence[AuthorizedShop]:
        """The shops that the grant covers."""
        return await self._client.authorized_shops(tokens.access_token)


@dataclass(frozen=True, slots=True)
class RefusedShop:
    """A shop that ordersync does not sync: why, as a reason of the catalogue."""

    shop_id: str
    name: str
    region: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class GrantConnected:
    """What became of the shops of one authorisation.

    ``unread``: those of which something is known that this version cannot read.
    """

    grant_id: str
    shop_ids: tuple[str, ...]
    refused: tuple[RefusedShop, ...]
    unread: tuple[str, ...] = ()


async def connect_grant(
    submission: Submission, vault: Vault, seller: Seller, auth_code: str
) -> GrantConnected:
    """Connect every US shop of the authorisation that ``auth_code`` stands for.

    A shop outside the US is refused with its reason and gets no credential. The first connection
    of a shop opens its window, 7 days back; connecting again keeps it. CodeRefused when the code
    is spent or too old.
    """
    grant = await _tokens(seller, auth_code)
    async with vault.grant_lock(grant.open_id) as held:  # a renewal may be under way
        await held.write({"open_id": grant.open_id, **to_credential(grant)})
    covered = await seller.shops(grant)
    accepted = tuple(shop for shop in covered if country(shop.region) == US)
    for shop in accepted:
        await vault.put_credential("tiktok_shop", shop.id, {"cipher": shop.cipher})
        await vault.readmit_shop(shop.id)
    now = submission.clock()
    new = {shop_stream(shop.id): _connection(shop, grant, submission.by, now) for shop in accepted}

    unread = await _connect(submission, new)
    refused = tuple(
        RefusedShop(shop.id, shop.name, shop.region, "not_us")
        for shop in covered
        if shop not in accepted
    )
    done = tuple(shop.id for shop in accepted if shop.id not in unread)
    return GrantConnected(grant.open_id, done, refused, unread)


async def _connect(
    submission: Submission, new: Mapping[str, events.ShopConnected]
) -> tuple[str, ...]:
    """Say it in each stream; the shops of which something cannot be read, each alone."""
    unread: list[str] = []

    async def connect(streams: Sequence[str]) -> None:
        await submission.decide_each(streams, fold, lambda s, known: _connected(known, new[s]))

    async def not_connected(stream: str, error: Exception) -> None:
        log.error("shop.not_connected", stream=stream, exc_info=error)
        unread.append(new[stream].shop_id)

    await each_stream(new, connect, not_connected)
    return tuple(unread)


async def _tokens(seller: Seller, auth_code: str) -> Tokens:
    try:
        return await seller.tokens(auth_code)
    except AuthorizationLost as lost:
        code = f" (TikTok: {lost.code})" if lost.code else ""
    raise CodeRefused(
        f"TikTok does not take this code{code}: it holds once and for 30 minutes; "
        "start again with `ordersync shop connect`"
    )


def _connection(
    covered: AuthorizedShop, grant: Tokens, who: str, now: datetime
) -> events.ShopConnected:
    return events.ShopConnected(
        shop_id=covered.id,
        name=covered.name,
        region=covered.region,
        grant_id=grant.open_id,
        window_begins_at=now - WINDOW,
        connected_at=now,
        connected_by=who,
    )


def _connected(known: Shop, new: events.ShopConnected) -> tuple[Event, ...]:
    decided: list[Event] = []
    if not known.is_connected or _facts(known) != _facts(new):
        decided.append(new)
    if known.pause_of("tiktok") is not None:
        decided.append(events.ShopResumed(shop_id=new.shop_id, side="tiktok"))
    return tuple(decided)


def _facts(shop_or_event: Shop | events.ShopConnected) -> tuple[str, str, str]:
    return shop_or_event.name, shop_or_event.region, shop_or_event.grant_id
