"""What a person is told where a page cannot be answered: which field or server, and what helps.

Never what was typed or stored: an error's own text is shown only where its class says ``safe``.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.backend import Refused
from console.reading import OF_AN_EVENT
from console.web.site import Site
from runtime.kafka.policy import OUTSIDE, is_infrastructure
from runtime.outage import server_of
from runtime.passing import Passing

log = structlog.get_logger()
_AGAIN: Final = "the same form sent again changes nothing twice"
Answer = Callable[[Request, Any], Awaitable[Response]]


def problems(site: Site) -> Mapping[Any, Answer]:
    """By the error's class, for ``Starlette``."""

    def telling(status: int, sentence: Callable[[Any], str]) -> Answer:
        async def tell(request: Request, error: Exception) -> Response:
            log.warning("page.not_answered", path=_page(request), exc_info=error)
            return site.page(request, "problem.html", status=status, sentence=sentence(error))

        return tell

    async def refused(request: Request, error: HTTPException) -> Response:
        return site.page(request, "problem.html", status=error.status_code, sentence=error.detail)

    away, ours = telling(503, _away), telling(500, _ours)

    async def outside(request: Request, error: Exception) -> Response:
        return await (away if is_infrastructure(error) else ours)(request, error)

    return {
        HTTPException: refused,
        Refused: telling(409, str),
        Passing: telling(503, lambda _: f"Others were faster: try again in a moment; {_AGAIN}."),
        **dict.fromkeys(OF_AN_EVENT, telling(500, _unreadable)),
        **dict.fromkeys(OUTSIDE, outside),
        Exception: ours,
    }


def _page(request: Request) -> str:
    """The page's own address, without what was typed into it."""
    return str(getattr(request.scope.get("route"), "path", ""))


def _away(error: Exception) -> str:
    server = server_of(error) or "a server"
    return (
        f"{server[0].upper()}{server[1:]} cannot be used now ({type(error).__name__}). Nothing is "
        f"lost: try again in a moment; {_AGAIN}."
    )


def _unreadable(error: Exception) -> str:
    return (
        f"What this needs cannot be read by this version ({error}): nothing was changed. Update "
        "ordersync; everything else goes on."
    )


def _ours(error: Exception) -> str:
    return (
        f"That is a fault of ordersync ({type(error).__name__}), not of what you typed: the log "
        f"says where (page.not_answered). Everything else goes on; {_AGAIN}."
    )
