"""The parameters that every search shares: sorting, page, time windows."""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.tiktok import page_token, params
from simulators.tiktok.call import ShopCall
from simulators.tiktok.shelf import CREATE_TIME, UPDATE_TIME, R, Search

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


def read_search(
    call: ShopCall,
    rules: PageRules,
    keep: Callable[[R], bool] | None = None,
    status: str | None = None,
) -> tuple[Search[R], str]:
    """The search, and the name of its sorting that page tokens carry. Raises Refused."""
    size = params.page_size(call.query, rules.least, rules.most, rules.default_size)
    asked = params.choice(call.query, "sort_field", rules.fields, CREATE_TIME)
    order = params.choice(call.query, "sort_order", ("ASC", "DESC"), rules.default_order)
    sorting = f"{asked}/{order}"
    search = Search(
        page_size=size,
        sort_field=asked if asked in _FIELDS else CREATE_TIME,
        descending=order == "DESC",
        after=page_token.read(call.query.get("page_token"), sorting),
        created=params.window(call.body, CREATE_TIME, closed=rules.closed_windows),
        updated=params.window(call.body, UPDATE_TIME, closed=rules.closed_windows),
        status=status,
        keep=keep,
    )
    return search, sorting
