"""What the shopify-writer needs to know."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from connections.settings import ShopifySettings


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

    @field_validator("shopify_webhook_port")
    @classmethod
    def _signatures_can_be_checked(cls, port: int, others: ValidationInfo) -> int:
        secret = others.data.get("shopify_client_secret") or SecretStr("")
        if port and not (others.data.get("shopify_client_id") and secret.get_secret_value()):
            raise ValueError(
                "needs SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET: webhooks are signed with it"
            )
        return port
