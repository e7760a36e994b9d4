"""Access to TikTok shops and Shopify stores, and what every service that has it shares.

- ``settings``      where the platforms are, who our apps are, the vault's keys
- ``opening``       database pool, vault and clients of one process, opened and closed together
- ``stores``        a Shopify store's access token
- ``grants``        a seller's authorisation at TikTok: its shops' tokens and ciphers, refreshed
- ``foldings``      how the streams of shops and links are folded
- ``shop_book``     every shop as it is now, read once and kept current
- ``budgeted``      Shopify within the budget of each store
- ``backpressure``  whether there is room downstream for more bulk
- ``waits``         every wait before what failed is tried again
"""
