"""The client: every endpoint of the Open API that we call, one method each.

Repeats nothing by itself. Every method raises ``TikTokError`` (``errors``). ``Shop`` says whose
call it is; times are UTC-aware. The methods are in ``endpoints/``.
"""

import httpx

from httpclient.transport import Timeouts
from tiktok.calls import App
from tiktok.endpoints.external_orders import ExternalOrderEndpoints
from tiktok.endpoints.fulfilment import FulfilmentEndpoints
from tiktok.endpoints.orders import OrderEndpoints
from tiktok.endpoints.products import ProductEndpoints
from tiktok.endpoints.shops import ShopEndpoints
from tiktok.endpoints.subscriptions import SubscriptionEndpoints
from tiktok.exchange import Clock
from tiktok.rate_limit import RateLimit

API_URL = "https://open-api.tiktokglobalshop.com"


class TikTokClient(
    ShopEndpoints,
    OrderEndpoints,
    ProductEndpoints,
    FulfilmentEndpoints,
    ExternalOrderEndpoints,
    SubscriptionEndpoints,
):
    """Calls TikTok Shop for any seller who authorised ``app``.

    ``http`` comes from ``transport.open_http`` and stays the caller's to close. With a
    ``rate_limit`` calls about shops wait for their turn.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        app: App,
        *,
        clock: Clock,
        base_url: str = API_URL,
        timeouts: Timeouts | None = None,
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(http, base_url, app, clock, timeouts or Timeouts(), rate_limit)
