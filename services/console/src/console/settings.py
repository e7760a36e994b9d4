"""What the console and its commands need to know; each command asks for its part only."""

from ipaddress import ip_address
from typing import Self

from pydantic import Field, model_validator

from runtime.settings import PostgresUrl, Settings


class MigrateSettings(Settings):
    """``admin_database_url`` may create schemas; ``topic_partitions`` overrides the catalogue."""

    admin_database_url: PostgresUrl = Field(
        examples=["postgresql://postgres@127.0.0.1:5432/ordersync"]
    )
    topic_partitions: int | None = Field(default=None, ge=1, le=1000)


class ConsoleSettings(Settings):
    """Where the pages are served.

    They have no sign-in yet, so only this machine may reach them. In a container, where loopback
    is nobody, ``console_published_on_loopback`` says that the port is published there only.
    """

    console_host: str = "127.0.0.1"
    console_port: int = Field(default=8080, ge=0, le=65535)
    console_published_on_loopback: bool = False
    rows_poll_s: float = Field(default=0.25, gt=0)
    """So long the rows wait for news of an event before they look for themselves."""
    rows_retry_s: float = Field(default=300.0, gt=0)
    """So often rows that could not be made or written are tried again."""
    bulk_poll_s: float = Field(default=1.0, gt=0)
    """So long a bulk sync that waits for room downstream waits before it asks again."""

    @model_validator(mode="after")
    def _only_this_machine(self) -> Self:
        if self.console_published_on_loopback or _is_loopback(self.console_host):
            return self
        raise ValueError(
            "CONSOLE_HOST is not a loopback address: the pages have no sign-in yet, so they are "
            "served on 127.0.0.1 (or set CONSOLE_PUBLISHED_ON_LOOPBACK=true in a container whose "
            "port is published on 127.0.0.1 only)"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
