"""The settings of a stack that is only talked about."""

import pytest

from devstack.databases import Database
from devstack.settings import StackSettings, new_secret


@pytest.fixture(scope="session")
def settings() -> StackSettings:
    """Every address and secret made up."""
    return StackSettings(
        kafka="127.0.0.1:20001",
        database=Database("ordersync", "postgresql://postgres:hush@h/d", "postgresql://o:app@h/d"),
        topic_prefix="",
        tiktok_port=20002,
        shopify_port=20003,
        console_port=20004,
        tiktok_webhook_port=20005,
        shopify_webhook_port=29999,
        tiktok_app_secret="the-app-secret",
        vault_key=new_secret(),
    )
