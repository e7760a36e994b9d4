"""Links are made, confirmed and taken back: what a batch only asked for is done here, beside it.

What the store says of a variant is asked for right before (Admin GraphQL 2026-10: nodes, which
sees a change or a deletion at once); which variants carry a SKU is known from reading its products.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from connections.budgeted import BudgetedShopify
from eventstore.folded import FoldedStreams
from eventstore.journal import Cause, Journal
from lifecycle import link as links_of
from lifecycle.link import Link
from lifecycle.shop import Shop
from mapper.link_domain import Seen, SkuCheck, Then, Verdict, judge
from mapper.tables.catalogues import Catalogues, Turn
from mapper.tables.waiting import Release
from ordersync_contracts.events import Event, ProductLinked
from ordersync_contracts.streams import link_stream, shop_stream
from runtime.apart import apart
from shopify.answers import Answer, Done
from shopify.variants import Variant, read_variants_by_ids

log = structlog.get_logger()
AT_ONCE: Final = 250
IDS_A_CALL: Final = 50
"""A point each: a live order waits no longer behind them than behind its own calls."""
ASIDE_S: Final = 900.0


class StoreSilent(Exception):
    """The store did not say what it was asked for: nothing is known, nothing is changed."""

    safe = True

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(type(answer).__name__)


@dataclass(frozen=True, slots=True)
class LinkChecks:
    """Looks at the links of one store's SKUs."""

    journal: Journal
    shops: FoldedStreams[Shop]
    links: FoldedStreams[Link]
    shopify: BudgetedShopify
    catalogues: Catalogues

    async def work_off(self, turn: Turn) -> bool:
        """Look at the store's next SKUs; whether there were any. Raises StoreSilent.

        One that fails by itself is set aside for a while.
        """
        checks = await self.catalogues.checks.to_check(turn.store, AT_ONCE)
        if not checks:
            return False
        silent: list[StoreSilent] = []

        async def look(some: Sequence[SkuCheck]) -> None:
            try:
                await self._look_at(turn, some)
            except StoreSilent as error:
                silent.append(error)

        await apart(checks, look, self._set_aside)
        if silent:
            raise silent[0]
        return True

    async def _set_aside(self, check: SkuCheck, error: Exception) -> None:
        log.error("link.not_checked", shop=check.shop_id, sku=check.sku_id, exc_info=error)
        await self.catalogues.checks.set_aside(check, ASIDE_S)

    async def _look_at(self, turn: Turn, checks: Sequence[SkuCheck]) -> None:
        links, shops = await self._read(checks)
        carriers = await self._carriers(turn, checks)
        linked = (link.linked for link in links.values())
        now = await self._now(
            turn.store,
            {
                *(link.variant_id for link in linked if link and link.store == turn.store),
                *(gid for gids in carriers.values() for gid in gids),
            },
        )
        verdicts = {
            stream_of(check): judge(
                check,
                links[stream_of(check)],
                shops[check.shop_id],
                Seen(now, carriers.get(check.key), _is_after(turn, check)),
            )
            for check in checks
        }
        recorded = await self._record(checks, links, verdicts)
        await self._settle(checks, links, verdicts, recorded)

    async def _read(self, checks: Sequence[SkuCheck]) -> tuple[dict[str, Link], dict[str, Shop]]:
        shop_ids = {check.shop_id for check in checks}
        of_shops, links = await asyncio.gather(  # one query
            self.shops.read({shop_stream(shop_id) for shop_id in shop_ids}),
            self.links.read({stream_of(check) for check in checks}),
        )
        return links, {shop_id: of_shops[shop_stream(shop_id)] for shop_id in shop_ids}

    async def _carriers(
        self, turn: Turn, checks: Sequence[SkuCheck]
    ) -> dict[tuple[str, str], tuple[str, ...]]:
        """Which variants carry each check's SKU, where that is known well enough."""
        known = [check for check in checks if turn.is_fresh or _is_after(turn, check)]
        found = await self.catalogues.by_sku(turn.store, {check.seller_sku for check in known})
        return {check.key: found[check.seller_sku] for check in known}

    async def _now(self, store: str, gids: set[str]) -> dict[str, Variant | None]:
        """What the store says of these variants at this moment."""
        asked, now = sorted(gids), dict[str, Variant | None]()
        for start in range(0, len(asked), IDS_A_CALL):
            ids = asked[start : start + IDS_A_CALL]
            answer = await self.shopify.execute(store, "variants_by_ids", {"ids": ids})
            if not isinstance(answer, Done):
                raise StoreSilent(answer)
            now |= read_variants_by_ids(answer.data, ids)
        return now

    async def _record(
        self,
        checks: Sequence[SkuCheck],
        links: Mapping[str, Link],
        verdicts: Mapping[str, Verdict],
    ) -> set[str]:
        """Tell the links' streams what was decided; on which it was said.

        On a stream that says something else by now (a person was faster) nothing is.
        """
        causes = [
            Cause(stream_of(check), f"sku_check:{check.round}:{check.seller_sku}")
            for check in checks
            if verdicts[stream_of(check)].event is not None
        ]

        async def decide(states: Mapping[str, Link]) -> Mapping[str, Sequence[Event]]:
            return {
                stream: (event,)
                for stream, link in states.items()
                if (event := verdicts[stream].event) is not None and link == links[stream]
            }

        decided = await self.journal.decide_many(causes, links_of.fold, decide)
        said = {stream: end.events[0] for stream, end in decided.items() if end.events}
        if said:
            made = sum(isinstance(event, ProductLinked) for event in said.values())
            log.info("links.changed", made=made, taken_back=len(said) - made)
        return {*said}

    async def _settle(
        self,
        checks: Sequence[SkuCheck],
        links: Mapping[str, Link],
        verdicts: Mapping[str, Verdict],
        recorded: set[str],
    ) -> None:
        """Say what became of the checks; a link that changed releases its orders by itself."""
        for then in (Then.READ, Then.READ_ANEW):
            waiting = [check for check in checks if verdicts[stream_of(check)].then is then]
            if waiting:
                await self.catalogues.checks.need_reading(waiting, anew=then is Then.READ_ANEW)
        done = [check for check in checks if verdicts[stream_of(check)].then is Then.DONE]
        await self.catalogues.checks.looked(
            done,
            [
                Release(check.shop_id, "link", f"looked_up:{check.round}", check.sku_id)
                for check in done
                if stream_of(check) not in recorded
            ],
            {check.key: _variant_after(check, links, verdicts) for check in done},
        )


def stream_of(check: SkuCheck) -> str:
    """The link's stream."""
    return link_stream(check.shop_id, check.sku_id)


def _variant_after(
    check: SkuCheck, links: Mapping[str, Link], verdicts: Mapping[str, Verdict]
) -> str:
    """The SKU's variant after the check, "" when it has none."""
    event = verdicts[stream_of(check)].event or links[stream_of(check)].linked
    return event.variant_id if isinstance(event, ProductLinked) else ""


def _is_after(turn: Turn, check: SkuCheck) -> bool:
    """Whether the products were read after the check was asked for."""
    return turn.whole > check.asked_in
