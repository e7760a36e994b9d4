"""Connecting and refreshing over real sockets, at DEBUG level: no secret is in any log or error.

TikTok's token host takes the app's secret, codes and refresh tokens in the query of its addresses
(Partner Center: "Authorization guide"), so every library underneath is listened to.
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr

from connections.grants import GrantAccess
from connections.settings import TikTokSettings
from console.authorizations import Callback
from console.backend import Submission
from console.shops.connecting import Seller, connect_grant
from httpclient.transport import Timeouts
from runtime.serving import answer_on, listen
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient
from tiktok.transport import open_http

APP_SECRET = "planted-app-secret-0001"
SHOP = "7495000001"
LIBRARIES = ("", "httpx", "httpcore", "aiohttp", "aiohttp.client", "asyncio", "tiktok", "structlog")
FAULTS = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 403},
    {"kind": "html"},
    {"kind": "truncated"},
    {"kind": "reset"},
    {"kind": "slow", "delay_s": 1},
)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Overheard(logging.Handler):
    """Everything that any logger says, with its arguments and its traces."""

    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("uvicorn"):  # that is TikTok's own log
            self.texts += [self.format(record), repr(vars(record))]

    def entry(self, _: Any, __: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self.texts.append(repr(event))
        raise structlog.DropEvent

    def error(self, error: BaseException) -> None:
        self.texts += [str(error), repr(error), *traceback.format_exception(error)]


@dataclass
class World:
    """A simulated TikTok on a port, our clients of it, and what is overheard."""

    address: str
    overheard: Overheard
    http: httpx.AsyncClient
    store: Any
    vault: Any
    clock: Any = now
    secrets: set[str] = field(default_factory=lambda: {APP_SECRET})

    @property
    def tokens(self) -> TokenClient:
        return TokenClient(
            self.http,
            App("key", APP_SECRET),
            clock=self.clock,
            base_url=self.address,
            timeouts=Timeouts(0.3, 0.3, 0.3),
        )

    @property
    def seller(self) -> Seller:
        app = App("key", APP_SECRET)
        client = TikTokClient(self.http, app, clock=self.clock, base_url=self.address)
        return Seller(self.tokens, client)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(base_url=self.address) as control:
            answer = await control.request(method, f"/_sim{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def new_code(self) -> str:
        given = await self.control("POST", "/grants", {"shop_ids": [SHOP]})
        self.secrets.update(given[name] for name in ("auth_code", "access_token", "refresh_token"))
        return str(given["auth_code"])

    async def connect(self, code: str) -> None:
        request = Submission(self.store, self.clock, "ana", code[:4])
        await connect_grant(request, self.vault, self.seller, code)
        grant = await self.vault.get_credential("tiktok_grant", await self.grant_id())
        self.secrets.update((grant["access_token"], grant["refresh_token"]))

    async def renew(self) -> None:
        """An access token lives for 7 days."""
        accesses = GrantAccess(self.vault, self.tokens, lambda: now() + timedelta(days=8))
        held = await accesses.access(SHOP, await self.grant_id())
        self.secrets.update((held.token, held.cipher))
        self.overheard.texts.append(repr(held))
        grant = await self.vault.get_credential("tiktok_grant", await self.grant_id())
        self.secrets.add(grant["refresh_token"])

    async def grant_id(self) -> str:
        history = await self.store.read(f"shop-{SHOP}")
        return str(history[-1].event.grant_id)

    async def fails(self, trial: Callable[[], Awaitable[None]], match: str | None = None) -> None:
        """What is tried fails, and its error is overheard."""
        with pytest.raises(Exception, match=match) as failure:
            await trial()
        self.overheard.error(failure.value)

    def told(self) -> set[str]:
        """The secrets that were overheard."""
        everything = "\n".join(self.overheard.texts)
        return {secret for secret in self.secrets if secret in everything}


@pytest.fixture
def overheard() -> Iterator[Overheard]:
    heard = Overheard()
    loggers = [logging.getLogger(name) for name in LIBRARIES]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(heard)
    structlog.configure(
        processors=[heard.entry], wrapper_class=structlog.make_filtering_bound_logger(0)
    )
    yield heard
    structlog.reset_defaults()
    logging.getLogger().removeHandler(heard)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
async def world(overheard: Overheard, store: Any, vault: Any) -> AsyncIterator[World]:
    listening = listen("127.0.0.1", 0, "port")
    port = listening.getsockname()[1]
    answering = asyncio.create_task(
        answer_on(listening, build_app(Settings("key", APP_SECRET)), grace_s=0)
    )
    async with open_http() as http:
        made = World(f"http://127.0.0.1:{port}", overheard, http, store, vault)
        shop = await made.control("PUT", f"/shops/{SHOP}", {"name": "S", "region": "US"})
        made.secrets.add(shop["cipher"])
        overheard.texts.clear()  # what the test itself said to the simulator
        yield made
    answering.cancel()
    with suppress(asyncio.CancelledError):
        await answering


async def test_connecting_and_refreshing_tell_no_secret(world: World) -> None:
    code = await world.new_code()
    world.overheard.texts.clear()
    await world.connect(code)
    before = len(world.secrets)
    await world.renew()
    assert len(world.secrets) == before + 2  # two new tokens: it did refresh
    assert any("/api/v2/token/get" in text for text in world.overheard.texts)
    assert any("/api/v2/token/refresh" in text for text in world.overheard.texts)
    assert world.told() == set()


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}"
)
async def test_what_goes_wrong_with_a_token_call_tells_no_secret(
    world: World, fault: dict[str, Any]
) -> None:
    await world.connect(await world.new_code())
    code = await world.new_code()
    await world.control("PUT", "/faults", [{"match": {"path": "/api/v2/token/"}, **fault}])
    world.overheard.texts.clear()
    for trial in (partial(world.connect, code), world.renew):
        await world.fails(trial)
    assert len(world.overheard.texts) > 6
    assert world.told() == set()


async def test_a_spent_code_a_dead_grant_and_an_absent_server_tell_no_secret(
    world: World,
) -> None:
    code = await world.new_code()
    await world.connect(code)
    world.overheard.texts.clear()
    await world.fails(partial(world.connect, code), "holds once")
    world.address = "http://127.0.0.1:9"
    for trial in (partial(world.connect, code), world.renew):
        await world.fails(trial, "no answer")
    assert world.told() == set()


async def test_nothing_that_holds_a_secret_shows_it(world: World) -> None:
    code = await world.new_code()
    tokens = await world.tokens.get(code)
    world.secrets.update((tokens.access_token, tokens.refresh_token))
    settings = TikTokSettings.model_construct(
        tiktok_app_key="key", tiktok_app_secret=SecretStr(APP_SECRET)
    )
    holders = [tokens, App("key", APP_SECRET), world.tokens, world.seller, world.vault, settings]
    world.overheard.texts = [
        repr(holder) + str(holder) for holder in (*holders, Callback(code, "s"))
    ]
    assert world.told() == set()


async def test_the_check_hears_a_secret_when_addresses_are_logged_whole(
    world: World,
) -> None:
    code = await world.new_code()
    world.overheard.texts.clear()
    seller = world.seller
    logging.getLogger("httpx").filters.clear()  # planted: what our client took care of
    await connect_grant(Submission(world.store, now, "a", "1"), world.vault, seller, code)
    assert {APP_SECRET, code} <= world.told()
