"""What the shopify-writer needs to know."""

from dataclasses import dataclass

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from connections.settings import ShopifySettings
from jobs.worker import WorkerSettings


@dataclass(frozen=True, slots=True)
class Beats:
    """How often, in seconds, each thing is looked at although nothing says that there is work.

    ``stores``: paused ones are probed, and what waits is released. ``adoption``: stores that wait
    for a scan. ``reconciliation``: whose turn it is. ``webhooks``: the inbox. ``read_back``: how
    long a created order waits for it at most. ``jobs``: what is due. ``orphans``: jobs whose worker
    is gone. ``purge``: done jobs that may go.
    """

    stores: float = 30.0
    adoption: float = 30.0
    reconciliation: float = 60.0
    webhooks: float = 5.0
    read_back: float = 4.0
    jobs: float = 1.0
    orphans: float = 5.0
    purge: float = 60.0


class WriterSettings(ShopifySettings):
    """``concurrency``: how many orders are worked on side by side.

    ``shopify_webhook_port``: where Shopify's webhooks are taken, behind whatever ends TLS; 0:
    nowhere. They are signed with ``shopify_client_secret``, for a while after a change with
    ``shopify_old_client_secret``. ``reconcile_stores_every_s``: how often a store's orders are
    compared with the events; 0: never.
    """

    concurrency: int = 16
    shopify_webhook_host: str = "127.0.0.1"
    shopify_webhook_port: int = Field(default=0, ge=0, le=65535)
    shopify_old_client_secret: SecretStr = SecretStr("")
    reconcile_stores_every_s: float = Field(default=3600.0, ge=0)
    beats: Beats = Field(default_factory=Beats)

    @property
    def worker(self) -> WorkerSettings:
        """How the worker of jobs is set."""
        surprise, beats = self.waits.surprise, self.beats
        return WorkerSettings(
            surprise,
            self.concurrency,
            poll=beats.jobs,
            recover=beats.orphans,
            purge=beats.purge,
        )

    @field_validator("shopify_webhook_port")
    @classmethod
    def _signatures_can_be_checked(cls, port: int, others: ValidationInfo) -> int:
        secret = others.data.get("shopify_client_secret") or SecretStr("")
        if port and not (others.data.get("shopify_client_id") and secret.get_secret_value()):
            raise ValueError(
                "needs SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET: webhooks are signed with it"
            )
        return port
