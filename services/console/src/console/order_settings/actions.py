"""Changing how a shop's orders are synced."""

from collections.abc import Mapping, Sequence

from console.backend import Submission
from console.shops.actions import require_known
from lifecycle import shop
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream


async def change_settings(
    submission: Submission, shop_id: str, changes: Mapping[str, object]
) -> events.OrderSettings:
    """Set these fields of the shop's order settings; the settings as they are now.

    ValidationError (pydantic) names a field or value that settings do not have.
    """

    def decide(known: Shop) -> Sequence[events.Event]:
        new = _changed(require_known(known, shop_id), changes)
        changed = events.OrderSettingsChanged(
            shop_id=shop_id, settings=new, changed_by=submission.by
        )
        return () if new == known.settings else (changed,)

    decided = await submission.decide(shop_stream(shop_id), shop.fold, decide)
    return _changed(decided.state, changes)


def _changed(known: Shop, changes: Mapping[str, object]) -> events.OrderSettings:
    return events.OrderSettings.model_validate({**known.settings.model_dump(), **changes})
