"""Which sides of shops are paused: counted for alarms, said in the log as each begins and ends."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from eventstore.wakeups import Wakeup
from lifecycle.shop import Shop
from ordersync_contracts.events import ShopPaused, ShopResumed

log = structlog.get_logger()
_LABELS: Final = ("side", "reason")


class PauseMetrics:
    """One instance per registry; both sides, because every shop is looked at here anyway."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._paused = Gauge(
            "shops_paused", "Connected shops with a paused side", _LABELS, registry=registry
        )

    def stand(self, shops: Iterable[Shop]) -> None:
        """So they are now."""
        counted = Counter(pause for shop in shops if shop.is_connected for pause in shop.paused)
        self._paused.clear()
        for (side, reason_code), count in counted.items():
            self._paused.labels(side, reason_code).set(count)


def say(wakeups: Sequence[Wakeup]) -> None:
    """A line for each pause that began or ended, whoever found it out."""
    for wakeup in wakeups:
        match wakeup.event:
            case ShopPaused() as paused:
                log.warning(
                    "shop.paused",
                    shop=paused.shop_id,
                    side=paused.side,
                    reason=paused.reason_code,
                    refused=paused.refused,
                    scopes=list(paused.scopes),
                )
            case ShopResumed() as resumed:
                log.info("shop.resumed", shop=resumed.shop_id, side=resumed.side)
