"""Everything the simulated platform knows, wired once."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from simulators.fault_rules import Faults
from simulators.faults import EFFECTS
from simulators.observer import Observe, nobody
from simulators.randomness import SYSTEM, Randomness
from simulators.request_log import RequestLog
from simulators.tiktok.envelope import RequestIds
from simulators.tiktok.external_refs import ExternalRefs
from simulators.tiktok.grants import Grants
from simulators.tiktok.ids import IdSource
from simulators.tiktok.order_flow import OrderFlow
from simulators.tiktok.rate_limit import RateLimit
from simulators.tiktok.settings import Settings
from simulators.tiktok.shops import Shops
from simulators.tiktok.subscriptions import Subscriptions
from simulators.tiktok.webhook_sender import WebhookSender


@dataclass(slots=True)
class World:
    """The platform's state; all of it in memory. `now` gives unix seconds."""

    settings: Settings
    now: Callable[[], float]
    webhook_transport: httpx.AsyncBaseTransport | None = None
    randomness: Randomness = SYSTEM
    observe: Observe = nobody
    faults: Faults = field(init=False)
    shops: Shops = field(default_factory=Shops)
    external_refs: ExternalRefs = field(default_factory=ExternalRefs)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    ids: IdSource = field(init=False)
    request_ids: RequestIds = field(init=False)
    grants: Grants = field(init=False)
    limits: RateLimit = field(init=False)
    log: RequestLog = field(init=False)
    webhooks: WebhookSender = field(init=False)
    orders: OrderFlow = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(EFFECTS, self.randomness.seed)
        self.ids = IdSource(self.now())
        self.request_ids = RequestIds(self.now)
        self.grants = Grants(self.settings, self.now, self.randomness.new_secret)
        self.limits = RateLimit(self.settings.rate_limit_per_s, self.now)
        self.log = RequestLog(self.now)
        self.webhooks = WebhookSender(
            self.settings,
            self.now,
            self.ids,
            self.subscriptions.address,
            self.webhook_transport,
            self.randomness.seed,
        )
        hold_s = self.settings.hold_s
        self.orders = OrderFlow(self.now, self.webhooks.send, self.ids, hold_s, self.observe)

    def reset(self) -> None:
        """Empties orders, requests and faults; keeps shops, tokens and webhook settings."""
        self.orders.clear()
        self.external_refs.clear()
        self.log.clear()
        self.faults.load([])
        self.webhooks.outbox.forget_pending()
