"""Orders that another connector created: found in the store, so that none is created twice.

- ``evidence``    which TikTok order a Shopify order stands for, if any: pure
- ``scan``        pages through a store's last 60 days
- ``references``  the Shopify orders that TikTok was told of, looked at before they are believed
- ``kept_orders`` what was found of TikTok orders that no shop has fetched yet
- ``recording``   what was found becomes ShopifyOrderCreated ``adopted``
- ``scans``       when: a store was connected, a person asked, an order was fetched later
- ``adopt_first`` no order is created that was found
"""
