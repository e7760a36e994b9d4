"""What every search shares: sorting, page and time windows, and the answer around the records."""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.tiktok import page_token, params
from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.order_fields import Json
from simulators.tiktok.shelf import CREATE_TIME, UPDATE_TIME, Page, R, Search

_FIELDS = (CREATE_TIME, UPDATE_TIME)


@dataclass(frozen=True, slots=True)
class PageRules:
    """What differs between searches; `default_size` None: page_size is required."""

    most: int
    least: int = 1
    default_size: int | None = None
    default_order: str = "DESC"
    fields: tuple[str, ...] = _FIELDS
    closed_windows: bool = False


def answered_search(
    found: tuple[Search[R], str],
    look: Callable[[Search[R]], Page[R]],
    shown: Callable[[tuple[R, ...]], Json],
) -> Work:
    """The work of a search that was read: its records as ``shown``, the next page and the count."""
    search, sorting = found

    def work() -> Json:
        page = look(search)
        token = page_token.write(sorting, page.next_key)
        return shown(page.records) | {"next_page_token": token, "total_count": page.total}

    return work


def read_search(
    call: ShopCall,
    rules: PageRules,
    keep: Callable[[R], bool] | None = None,
    status: str | None = None,
) -> tuple[Search[R], str]:
    """The search, and the name of its sorting that page tokens carry. Raises Refused."""
    size = params.page_size(call.query, rules.least, rules.most, rules.default_size)
    field = params.choice(call.query, "sort_field", rules.fields, CREATE_TIME)
    order = params.choice(call.query, "sort_order", ("ASC", "DESC"), rules.default_order)
    sorting = f"{field}/{order}"
    search = Search(
        page_size=size,
        sort_field=field if field in _FIELDS else CREATE_TIME,
        descending=order == "DESC",
        after=page_token.read(call.query.get("page_token"), sorting),
        created=params.window(call.body, CREATE_TIME, closed=rules.closed_windows),
        updated=params.window(call.body, UPDATE_TIME, closed=rules.closed_windows),
        status=status,
        keep=keep,
    )
    return search, sorting
