"""Where the platforms are, who our apps are, and the vault's keys."""

from datetime import timedelta
from typing import Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from connections.waits import Waits
from eventstore.missed import Times as MissedTimes
from runtime.settings import Settings
from vault.keys import MasterKeyInvalid, check_keys

SCOPES: Final = (
    "read_orders",
    "write_orders",
    "read_products",
    "read_locations",
    "write_fulfillments",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
)
"""What creating orders and following their shipping needs at Shopify."""


class VaultSettings(Settings):
    """What opening the vault needs, and how long is waited before anything is tried again."""

    waits: Waits = Field(default_factory=Waits)
    vault_keys: SecretStr = Field(examples=['{"k1": "<base64 of 32 bytes>"}'])
    vault_key_id: str = Field(examples=["k1"])

    # Each field by itself: what is wrong with the keys is said beside whatever else is wrong.
    @field_validator("vault_keys")
    @classmethod
    def _keys_can_be_used(cls, keys: SecretStr) -> SecretStr:
        try:
            check_keys(keys.get_secret_value())
        except MasterKeyInvalid as invalid:
            raise ValueError(str(invalid)) from None
        return keys

    @field_validator("vault_key_id")
    @classmethod
    def _key_is_there(cls, key_id: str, others: ValidationInfo) -> str:
        keys = others.data.get("vault_keys")
        if keys is not None and key_id not in check_keys(keys.get_secret_value()):
            raise ValueError(f"names '{key_id}', which VAULT_KEYS does not hold")
        return key_id


class ShopifySettings(VaultSettings):
    """What calling Shopify needs besides a store's token.

    ``shopify_simulator_url`` sends every store's calls to one simulator instead; it is said loudly
    at start. ``shopify_call_deadline_s``: after so long a call is given up, its outcome unknown.
    ``shopify_client_id`` and ``_secret`` name our app there: needed to renew tokens that expire.
    ``shopify_webhook_url``: where Shopify reaches the shopify-writer's endpoint; connecting a store
    subscribes it. ``shopify_redirect_url``: one of the app's allowed redirection URLs, where a
    browser ends after installing it; ``shopify_scopes``: what is asked for.
    ``missed_after_s``: after so long an event that its group has not acted on is handed to it once
    more; ``missed_interval_s``: how often that is looked for.
    ``absent_after_s``: after that deadline, how long until its absence is believed.
    """

    shopify_simulator_url: str = ""
    shopify_webhook_url: str = Field(
        default="", max_length=255, examples=["https://orders.example.com/webhooks/shopify"]
    )
    shopify_redirect_url: str = Field(
        default="", max_length=255, examples=["https://orders.example.com/installed"]
    )
    shopify_scopes: str = Field(default=",".join(SCOPES), min_length=1)
    shopify_api_version: str = "2026-10"
    shopify_client_id: str = ""
    shopify_client_secret: SecretStr = SecretStr("")
    shopify_call_deadline_s: float = 30.0
    absent_after_s: float = 300.0
    missed_after_s: float = Field(default=300.0, ge=0)
    missed_interval_s: float = Field(default=60.0, gt=0)

    @property
    def call_deadline(self) -> timedelta:
        """``shopify_call_deadline_s`` as a span."""
        return timedelta(seconds=self.shopify_call_deadline_s)

    @property
    def missed(self) -> MissedTimes:
        """When what Kafka lost is looked for."""
        return MissedTimes(timedelta(seconds=self.missed_after_s), self.missed_interval_s)

    @property
    def absent_after(self) -> timedelta:
        """``absent_after_s`` as a span."""
        return timedelta(seconds=self.absent_after_s)


class TikTokSettings(VaultSettings):
    """What calling TikTok Shop needs besides a grant's token (Partner Center: App key, secret).

    ``tiktok_webhook_url``: where TikTok reaches the fetcher's endpoint, https with a domain name.
    ``tiktok_calls_per_s``: per shop and endpoint at most; less as soon as TikTok refuses one.
    """

    tiktok_app_key: str = Field(examples=["6abc123def"])
    tiktok_app_secret: SecretStr = Field(examples=["<the app's secret>"])
    tiktok_service_id: str = ""
    tiktok_webhook_url: str = Field(
        default="", max_length=255, examples=["https://orders.example.com/webhooks/tiktok"]
    )
    tiktok_calls_per_s: float = Field(default=20.0, gt=0)
    tiktok_api_url: str = "https://open-api.tiktokglobalshop.com"
    tiktok_auth_url: str = "https://auth.tiktok-shops.com"
    tiktok_authorize_url: str = "https://services.us.tiktokshop.com"
