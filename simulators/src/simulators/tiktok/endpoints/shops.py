"""Get Authorized Shops 202309."""

from simulators.tiktok.call import SellerCall, Work


def authorized(call: SellerCall) -> Work:
    """GET /authorization/202309/shops: the shops that this grant covers."""
    covered = [shop for shop in call.world.shops if shop.id in call.grant.shop_ids]
    return lambda: {"shops": [shop.shown() for shop in covered]}
