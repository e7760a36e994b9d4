"""``ordersync compliance``: requests about buyers' data are listed and answered."""

import asyncio
from typing import Any

import pytest
from tests.world.story import NOW, STORE
from typer.testing import CliRunner, Result

from inbox.memory import MemoryInbox
from shopify.webhooks import DATA_REQUEST, Webhook
from shopify_writer.webhooks.compliance import app
from shopify_writer.webhooks.inbox import LAYOUT

ID = f"{DATA_REQUEST}:e1"


@pytest.fixture
def inbox() -> MemoryInbox[Webhook]:
    """An inbox with one open request."""
    inbox = MemoryInbox(LAYOUT)
    asked = Webhook(ID, DATA_REQUEST, STORE, NOW, ("gid://shopify/Order/5001",), "77", "")
    asyncio.run(inbox.put(asked, NOW))
    return inbox


@pytest.fixture
def run(inbox: MemoryInbox[Webhook]) -> Any:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), obj=inbox)

    return invoke


def test_open_requests_are_listed_with_their_date(run: Any) -> None:
    listed = run("ls")
    assert DATA_REQUEST in listed.stdout
    assert STORE in listed.stdout
    assert "recipient and message" in listed.stderr
    assert '"respond_by"' in run("ls", "-o", "json").stdout


def test_a_request_is_answered_once_by_somebody(run: Any, inbox: MemoryInbox[Webhook]) -> None:
    done = run("done", ID, "--by", "olga")
    assert (done.exit_code, inbox.kept[ID].done_by) == (0, "olga")
    assert run("done", "another").exit_code == 1
