"""``ordersync compliance``: requests about buyers' data are listed and answered."""

from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shopify.webhooks import DATA_REQUEST, Webhook
from shopify_writer.webhooks.compliance import app
from shopify_writer.webhooks.inbox import Taken

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
STORE = "harbor-and-pine.myshopify.com"
ID = f"{DATA_REQUEST}:e1"


class OneRequest:
    """An inbox with one open request."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    async def requests(self) -> tuple[Taken, ...]:
        orders = ("gid://shopify/Order/5001",)
        asked = Webhook(ID, DATA_REQUEST, STORE, NOW, orders, "77", "")
        return (Taken(asked, NOW, NOW),)

    async def done(self, webhook_id: str, now: datetime, by: str) -> bool:
        self.answers.append(by)
        return webhook_id == ID


@pytest.fixture
def inbox() -> OneRequest:
    return OneRequest()


@pytest.fixture
def run(inbox: OneRequest) -> Any:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), obj=inbox)

    return invoke


def test_open_requests_are_listed_with_their_date(run: Any) -> None:
    listed = run("ls")
    assert DATA_REQUEST in listed.stdout
    assert STORE in listed.stdout
    assert "recipient and message" in listed.stderr
    assert '"respond_by"' in run("ls", "-o", "json").stdout


def test_a_request_is_answered_once_by_somebody(run: Any, inbox: OneRequest) -> None:
    done = run("done", ID, "--by", "olga")
    assert (done.exit_code, inbox.answers) == (0, ["olga"])
    assert run("done", "another").exit_code == 1
