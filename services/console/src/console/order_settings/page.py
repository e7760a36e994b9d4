"""Settings → Order: automatic sync with what it would do now, and the other choices."""

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connections.foldings import read_shop
from console.backend import UnknownShop
from console.order_settings.actions import change_settings
from console.rows import by_status
from console.shops.completeness import completeness
from console.web.site import Site, back_to, form_id, submitted, text
from lifecycle.shop import Shop
from lifecycle.status import Status
from ordersync_contracts.events.shop import ORDER_SETTINGS


@dataclass(frozen=True)
class SettingsPage:
    """Shows and changes how one shop's orders are synced."""

    path: ClassVar[str] = "/settings"
    title: ClassVar[str] = "Settings"
    site: Site

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/settings", self.show),
            Route("/settings/{shop_id}", self.save, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """GET /settings: the shop in the address, else the first.

        One that cannot be read is told: no other is shown in its place.
        """
        shops, wanted = await self.site.shops(), request.query_params.get("shop", "")
        unread = await self.site.backend.shops.unread()
        if wanted in unread:
            await read_shop(self.site.backend.store, wanted)  # raises what is the matter
        chosen = shops.get(wanted) or next(iter(shops.values()), None)
        values = await self._values(chosen) if chosen else {}
        return self.site.page(
            request, "settings.html", shops=shops, shop=chosen, unread=unread, **values
        )

    async def save(self, request: Request) -> Response:
        """POST /settings/{shop}."""
        form = await submitted(request)
        shop_id = request.path_params["shop_id"]
        backend = self.site.backend
        try:
            await change_settings(backend.submission(form_id(form)), shop_id, _changes(form))
        except UnknownShop:
            raise HTTPException(404, "No shop with this id is known.") from None
        except ValidationError as error:
            raise HTTPException(400, _at_fault(error)) from None
        return back_to(f"/settings?shop={shop_id}", "Settings saved.")

    async def _values(self, shop: Shop) -> dict[str, Any]:
        rows = self.site.backend.rows
        counted = by_status(await rows.tally(shop.shop_id))
        return {
            "waiting": counted[Status.NOT_SYNCED],
            "settings": ORDER_SETTINGS,
            "complete": completeness([shop], await rows.fetched()),
        }


def _at_fault(error: ValidationError) -> str:
    """Which settings have values that they cannot have, and what they can have."""
    names = {str(part) for detail in error.errors() for part in detail["loc"]}
    found = [setting for setting in ORDER_SETTINGS if setting.name in names]
    said = (f"{setting.name} is one of {', '.join(setting.values)}" for setting in found)
    return "; ".join(said) + ": choose one of them."


def _changes(form: FormData) -> dict[str, object]:
    """The form's settings. A switch that is off is not in the form at all."""
    return {
        setting.name: setting.read(text(form, setting.name))
        for setting in ORDER_SETTINGS
        if setting.is_switch or text(form, setting.name)
    }
