"""The settings of one stack: made when it starts, kept in `.devstack/env`, read by everyone."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack.databases import Database
from devstack.errors import StackRefused

SHOP_ID = "7495514739512345678"
SHOPIFY_DOMAIN = "ordersync-demo.myshopify.com"
TIKTOK_APP_KEY = "6demo1devstack"
SHOPIFY_CLIENT_ID = "simulator-client"
SHOPIFY_CLIENT_SECRET = "simulator-secret"  # noqa: S105 - the simulator's published default
_KEY_ID = "devstack-1"
# What a person may set for a run by exporting it before `devstack up`. Absence is believed after
# 5 s here, above the look-up lag of the simulators; in production it is minutes.
_TUNABLE = {"LOG_LEVEL": "INFO", "ABSENT_AFTER_S": "5"}


@dataclass(frozen=True)
class StackSettings:
    """What the processes of one stack agree on; secrets are not shown."""

    kafka: str
    database: Database
    topic_prefix: str
    tiktok_port: int
    shopify_port: int
    console_port: int
    tiktok_webhook_port: int
    shopify_webhook_port: int
    tiktok_app_secret: str = field(repr=False)
    vault_key: str = field(repr=False)
    tunable: Mapping[str, str] = field(default_factory=lambda: dict(_TUNABLE))

    @property
    def tiktok_url(self) -> str:
        """The TikTok simulator: signed API, token host and control side."""
        return f"http://127.0.0.1:{self.tiktok_port}"

    @property
    def shopify_url(self) -> str:
        """The Shopify simulator: Admin API of every store, and control side."""
        return f"http://127.0.0.1:{self.shopify_port}"

    @property
    def console_url(self) -> str:
        """The console's pages."""
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def tiktok_webhook_url(self) -> str:
        """Where the TikTok simulator sends its notifications: the fetcher."""
        return f"http://127.0.0.1:{self.tiktok_webhook_port}/webhooks/tiktok"

    @property
    def shopify_webhook_url(self) -> str:
        """Where the Shopify simulator sends its webhooks: the shopify-writer."""
        return f"http://127.0.0.1:{self.shopify_webhook_port}/webhooks/shopify"

    def environment(self) -> dict[str, str]:
        """The variables every service takes."""
        return {
            "KAFKA_BOOTSTRAP": self.kafka,
            "DATABASE_URL": self.database.app_dsn,
            "TOPIC_PREFIX": self.topic_prefix,
            "TIKTOK_API_URL": self.tiktok_url,
            "TIKTOK_AUTH_URL": self.tiktok_url,
            "TIKTOK_WEBHOOK_URL": self.tiktok_webhook_url,
            "TIKTOK_APP_KEY": TIKTOK_APP_KEY,
            "TIKTOK_APP_SECRET": self.tiktok_app_secret,
            "SHOPIFY_SIMULATOR_URL": self.shopify_url,
            "SHOPIFY_WEBHOOK_URL": self.shopify_webhook_url,
            "SHOPIFY_CLIENT_ID": SHOPIFY_CLIENT_ID,
            "SHOPIFY_CLIENT_SECRET": SHOPIFY_CLIENT_SECRET,
            "VAULT_KEYS": json.dumps({_KEY_ID: self.vault_key}),
            "VAULT_KEY_ID": _KEY_ID,
            "CONSOLE_PORT": str(self.console_port),
            **self.tunable,
        }

    def admin_environment(self) -> dict[str, str]:
        """The same and the administrator's database URL: for `ordersync migrate` and the file."""
        return {**self.environment(), "ADMIN_DATABASE_URL": self.database.admin_dsn}

    def summary(self) -> dict[str, str]:
        """What `devstack up --json` prints."""
        return {
            "kafka": self.kafka,
            "database": self.database.app_dsn,
            "tiktok": self.tiktok_url,
            "shopify": self.shopify_url,
            "console": self.console_url,
            "shop_id": SHOP_ID,
            "shopify_domain": SHOPIFY_DOMAIN,
        }


def new_secret() -> str:
    """32 random bytes as base64, as the vault takes its keys."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def tunable(environ: Mapping[str, str]) -> dict[str, str]:
    """The values a person may choose: theirs where they did."""
    return {name: environ.get(name) or usual for name, usual in _TUNABLE.items()}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write the file that shells and dotenv readers take alike, readable by its owner only."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}='{_plain(name, text)}'\n" for name, text in values.items()))


def _plain(name: str, text: str) -> str:
    if set(text) & set("'\\\n"):
        raise StackRefused(f"{name} holds a quote, a backslash or a line break: choose another")
    return text
