"""Where the platforms are, who our apps are, and the vault's keys."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator

from runtime.settings import Settings
from vault.keys import MasterKeyInvalid, MasterKeys


class VaultSettings(Settings):
    """What opening the vault needs."""

    vault_keys: SecretStr = Field(examples=['{"k1": "<base64 of 32 bytes>"}'])
    vault_key_id: str = Field(examples=["k1"])

    @model_validator(mode="after")
    def _keys_can_be_used(self) -> Self:
        try:
            MasterKeys.from_settings(self.vault_keys.get_secret_value(), self.vault_key_id)
        except MasterKeyInvalid as invalid:
            raise ValueError(str(invalid)) from None
        return self


class ShopifySettings(VaultSettings):
    """What calling Shopify needs besides a store's token.

    ``shopify_simulator_url`` sends every store's calls to one simulator instead; it is said loudly
    at start. ``shopify_call_deadline_s``: after so long a call is given up, its outcome unknown.
    ``shopify_client_id`` and ``_secret`` name our app there: needed to renew tokens that expire.
    ``absent_after_s``: after that deadline, how long until its absence is believed.
    """

    shopify_simulator_url: str = ""
    shopify_api_version: str = "2026-10"
    shopify_client_id: str = ""
    shopify_client_secret: SecretStr = SecretStr("")
    shopify_call_deadline_s: float = 30.0
    absent_after_s: float = 300.0

    @property
    def call_deadline(self) -> timedelta:
        """``shopify_call_deadline_s`` as a span."""
        return timedelta(seconds=self.shopify_call_deadline_s)

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
