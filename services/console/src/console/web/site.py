"""What every page shares: templates, the form's ids, notices, and the way back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import quote, unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import projection
from console.backend import Backend
from console.orders.bulk import BulkSyncs
from console.orders.timeline import platform_word
from console.typed import is_text
from console.web import security, words
from lifecycle.shop import Shop

_NOTICE: Final = "console_notice"
_NOTICE_S: Final = 30
_ID: Final = 128
_SHOWN: Final = 32


@cache
def templates() -> Environment:
    """The templates, escaping everything; a name they do not know is an error."""
    made = Environment(
        loader=PackageLoader("console.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"words": words, "platform_word": platform_word}
    return made


@dataclass(frozen=True)
class Site:
    """The pages' surroundings. ``navigation``: address and title of each page in it."""

    backend: Backend
    bulk: BulkSyncs
    navigation: tuple[tuple[str, str], ...] = ()
    templates: Environment = field(default_factory=templates)

    def page(
        self, request: Request, template: str, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        """A rendered page. Its forms carry a token and a fresh request id."""
        notice = unquote(request.cookies.get(_NOTICE, ""))
        answer = HTMLResponse(
            self.render(request, template, notice=notice, **values), status_code=status
        )
        if notice:
            answer.delete_cookie(_NOTICE, httponly=True, samesite="strict")
        return answer

    def render(self, request: Request, template: str, **values: object) -> str:
        """A page or a part of one."""
        return self.templates.get_template(template).render(
            values,
            form_token=security.form_token(request),
            request_id=self.backend.new_id(),
            path=request.url.path,
            navigation=self.navigation,
        )

    async def live(
        self,
        request: Request,
        template: str,
        tag: str,
        values: Callable[[], Awaitable[Mapping[str, object]]],
    ) -> Response:
        """The part of a page that changes; 304 while nothing has that ``tag`` names."""
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(self.render(request, template, **await values()), headers=headers)

    async def refresh(self) -> None:
        """Bring the rows up to date, so that a person sees what they just did."""
        await projection.catch_up(self.backend.store, self.backend.rows, pages=2)

    async def shops(self) -> dict[str, Shop]:
        """Every shop by its id."""
        return {shop.shop_id: shop for shop in await self.backend.shops.all()}


async def submitted(request: Request) -> FormData:
    """The form, if it came from one of our pages in the same browser; 403 else."""
    form = await request.form(max_files=0, max_fields=2000)
    if security.is_forged(request, form.get(security.FIELD)):
        raise HTTPException(403, "This form is out of date: go back, reload the page, try again.")
    for name, value in form.multi_items():
        if not is_text(name) or not isinstance(value, str) or not is_text(value):
            raise HTTPException(400, f"{name[:_SHOWN]!r} holds what is no text: type it anew.")
    return form


def form_id(form: FormData) -> str:
    """The id that the form was drawn with; 400 for what never was one."""
    given = text(form, "request_id")
    if len(given) > _ID:
        raise HTTPException(400, "request_id: no page of ours drew this form: reload the page.")
    return given


def text(form: FormData, name: str) -> str:
    """A text field; empty when it is not there."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def back_to(path: str, notice: str) -> Response:
    """See other: the page again, saying once what became of the form."""
    answer = RedirectResponse(path, status_code=303)
    answer.set_cookie(_NOTICE, quote(notice), max_age=_NOTICE_S, httponly=True, samesite="strict")
    return answer
