"""What may become of a call to Shopify: what is carried out, the simulator carries out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from tests.world.shopify import Call, Fault, ShopifySide

from shopify.answers import (
    Answer,
    DefinitionMissing,
    DoubtReason,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
    Unreachable,
)
from shopify.buyers_parts import ADDRESS, CUSTOMER, PHONE
from shopify.denials import BY_STATUS, DenialKind
from shopify.refusals import RefusalKind, UserError

DEADLINE: Final = timedelta(seconds=30)
"""After so long a caller gives a call up (``ShopifySettings.shopify_call_deadline_s``)."""
LATE: Final = timedelta(seconds=45)
"""So long after it was given up a late call is carried out."""


_PARTS: Final = {
    RefusalKind.PHONE_INVALID: (PHONE, (ADDRESS,)),
    RefusalKind.PHONE_TAKEN: (PHONE, (ADDRESS,)),
    RefusalKind.EMAIL_INVALID: ((CUSTOMER,),),
    RefusalKind.EMAIL_TAKEN: ((CUSTOMER,),),
    RefusalKind.ADDRESS_INVALID: ((ADDRESS,),),
}
"""What Shopify's words for these are about, where the path says nothing."""


class Crash(BaseException):
    """The process dies here: nothing after this line happens."""


async def lost_before(shop: ShopifySide, call: Call) -> Answer:
    """The call's time is up; nothing came of it."""
    await shop.clock.pass_time(DEADLINE)
    return Unclear(DoubtReason.DEADLINE, call=shop.facts())


async def lost_after(shop: ShopifySide, call: Call) -> Answer:
    """It was carried out, the answer is lost."""
    await shop.answer(call)
    await shop.clock.pass_time(DEADLINE)
    return Unclear(DoubtReason.READ_TIMEOUT, call=shop.facts())


async def late(shop: ShopifySide, call: Call) -> Answer:
    """It is carried out after the caller gave up."""
    _carry_out_late(shop, call)
    return await lost_before(shop, call)


async def dies(shop: ShopifySide, call: Call) -> Answer:
    """The process dies while the call is under way; nothing comes of the call."""
    raise Crash


async def dies_after(shop: ShopifySide, call: Call) -> Answer:
    """It was carried out; the process dies before it hears of it."""
    await shop.answer(call)
    raise Crash


async def dies_late(shop: ShopifySide, call: Call) -> Answer:
    """The process dies; what it asked for is carried out later."""
    _carry_out_late(shop, call)
    raise Crash


def _carry_out_late(shop: ShopifySide, call: Call) -> None:
    late_call = Call(call.store, call.what, call.variables)  # its sender's lease is over by then
    shop.clock.at(shop.clock.now + DEADLINE + LATE, lambda: shop.answer(late_call))


async def trouble(shop: ShopifySide, call: Call) -> Answer:
    """A 5xx, nothing done."""
    return Unclear(DoubtReason.SERVER_ERROR, "http_503", call=shop.facts())


async def unreachable(shop: ShopifySide, call: Call) -> Answer:
    """Not a byte left us."""
    return Unreachable("ConnectError", call=shop.facts())


async def throttled(shop: ShopifySide, call: Call) -> Answer:
    """Refused before execution, for a moment that is over already."""
    return Throttled(0.0, call=shop.facts())


def throttled_for(seconds: float) -> Fault:
    """Refused before execution; to be called again after so long."""

    async def throttle(shop: ShopifySide, call: Call) -> Answer:
        return Throttled(seconds, call=shop.facts())

    return throttle


async def undefined(shop: ShopifySide, call: Call) -> Answer:
    """The store has no definition of our id."""
    return DefinitionMissing(call=shop.facts())


def refusing(*kinds: RefusalKind, code: str | None = None, at: tuple[str, ...] = ()) -> Fault:
    """Shopify says no to the content."""

    async def refuse(shop: ShopifySide, call: Call) -> Answer:
        errors = (UserError(code, at, kind, _PARTS.get(kind, ())) for kind in kinds)
        return Refused(tuple(errors), call=shop.facts())

    return refuse


def simulated(kind: str, **rule: object) -> Fault:
    """The simulator does it to this call (``simulators.faults``)."""

    async def hit(shop: ShopifySide, call: Call) -> Answer:
        (await shop.sim.fault({"kind": kind, **rule})).raise_for_status()
        answer = await shop.answer(call)
        await shop.sim.fault()
        return answer

    return hit


def user_errors(*errors: Mapping[str, object]) -> Fault:
    """The simulator refuses the content with these errors, in Shopify's own words.

    Each ``{"field": [...], "code": ..., "message": ...}``, see ``user_error``.
    """
    return simulated("user_errors", errors=list(errors))


def user_error(*at: str | int, message: str, code: str | None = "INVALID") -> Mapping[str, object]:
    """One error of ``user_errors`` about the field at this path of the mutation's arguments."""
    return {"field": [str(part) for part in at] or None, "code": code, "message": message}


def denied(kind: DenialKind) -> Fault:
    """Our token is turned away."""
    for status, other in BY_STATUS.items():
        if other is kind:
            return simulated("status", status=status)
    if kind is DenialKind.SCOPE:
        return simulated("status", status=200, code="ACCESS_DENIED")

    async def deny(shop: ShopifySide, call: Call) -> Answer:
        return Unauthorized(kind, call=shop.facts())

    return deny


OF_ANY_CALL: Final = (
    lost_before,
    lost_after,
    dies,
    dies_after,
    dies_late,
    throttled_for(7.0),
    unreachable,
)
"""What may happen to any call that changes something in Shopify."""
