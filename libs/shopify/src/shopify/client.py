"""The client: one call to one store, from variables to a classified answer.

Repeats no mutation by itself: ``orderCreate`` has no idempotency in any version, so whether a call
may be made again is for its caller to decide, by the answer. A query that was turned away because
of its token is made once more if there is another token.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
from pydantic_core import to_json

from httpclient.transport import LOST_CONNECTION, Timeouts
from shopify.answers import Answer, CallFacts, Unauthorized, Unreachable
from shopify.body import Guard, GuardedBody
from shopify.denials import DenialKind
from shopify.documents import Document, document
from shopify.http_rules import Reply, classify, classify_failure
from shopify.stores import store_domain
from shopify.tokens import TokenAwaited, TokenProvider, TokenUnavailable

USER_AGENT = "ordersync/0.1"
Clock = Callable[[], datetime]


class ShopifyClient:
    """Calls the Admin GraphQL API of any store that ``tokens`` knows.

    ``http`` comes from ``transport.open_http`` and stays the caller's to close. ``base_url`` sends
    every store's calls to one server instead (a simulator), with the store's domain in ``Host``.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: TokenProvider,
        *,
        clock: Clock,
        version: str = "2026-10",
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._version = version
        self._base_url = base_url.rstrip("/") if base_url else None
        self.timeouts = timeouts or Timeouts()
        self._urls: dict[str, httpx.URL] = {}

    async def execute(
        self, store: str, what: str, variables: Mapping[str, object], *, guard: Guard | None = None
    ) -> Answer:
        """Run one document in one store and return what became of it.

        ``what`` names a file of ``documents/``. ``guard`` is called in the step that writes the
        request's bytes; what it raises ends the call, reaches the caller unchanged and means that
        nothing was executed. ValueError: not a store's domain.
        LookupError: no such document. A cancelled call that had been written may have run.
        """
        domain = store_domain(store)
        wanted = document(what)
        began_at = self._clock()
        try:
            token = await self._tokens.token(domain)
        except TokenUnavailable:
            return Unauthorized(DenialKind.TOKEN_MISSING, call=CallFacts(sent_at=began_at))
        except TokenAwaited as awaited:
            return Unreachable(type(awaited).__name__, call=CallFacts(sent_at=began_at))
        answer = await self._once(wanted, domain, token, variables, guard)
        if not isinstance(answer, Unauthorized) or answer.kind is not DenialKind.TOKEN:
            return answer
        other = await self._tokens.another(domain, token)
        if other is None or wanted.is_mutation:  # a mutation has one deadline: its caller's
            return answer
        return await self._once(wanted, domain, other, variables, guard)

    async def _once(
        self,
        wanted: Document,
        domain: str,
        token: str,
        variables: Mapping[str, object],
        guard: Guard | None,
    ) -> Answer:
        began_at = self._clock()
        body = GuardedBody(_encoded(wanted, variables), guard, self._clock)
        request = self._request(domain, token, body)
        try:
            return await self._answer(wanted, request, body, began_at)
        finally:
            body.forbid()

    def _request(self, domain: str, token: str, body: GuardedBody) -> httpx.Request:
        headers = {
            "Host": domain,
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Content-Type": "application/json",
            "Content-Length": str(body.size),
            "X-Shopify-Access-Token": token,
        }
        timeout = {"timeout": self.timeouts.as_httpx().as_dict()}
        return httpx.Request(
            "POST", self._url(domain), headers=headers, stream=body, extensions=timeout
        )

    def _url(self, domain: str) -> httpx.URL:
        """Parsed once a store."""
        url = self._urls.get(domain)
        if url is None:
            base_url = self._base_url or f"https://{domain}"
            url = httpx.URL(f"{base_url}/admin/api/{self._version}/graphql.json")
            self._urls[domain] = url
        return url

    async def _answer(
        self, wanted: Document, request: httpx.Request, body: GuardedBody, began_at: datetime
    ) -> Answer:
        try:
            async with asyncio.timeout(self.timeouts.total_s):
                response = await self._http.send(request)
        except Exception as failure:
            if body.refusal is not None:
                raise body.refusal from None
            if body.written_at is None and not isinstance(failure, LOST_CONNECTION):
                raise  # once written, whatever fails leaves the call in doubt
            return classify_failure(failure, began_at, body.written_at)
        sent_at = body.written_at or began_at
        reply = Reply(response.status_code, response.headers, response.content, sent_at)
        return classify(wanted, self._version, reply)


def _encoded(wanted: Document, variables: Mapping[str, object]) -> bytes:
    return to_json(
        {"query": wanted.text, "operationName": wanted.operation, "variables": variables}
    )
