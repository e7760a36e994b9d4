"""The doors: access to TikTok shops and Shopify stores, kept in the vault and renewed in time.

- ``settings``   where the platforms are, who our apps are, the vault's keys
- ``opening``    database pool, vault and clients of one process, opened and closed together
- ``stores``     a Shopify store's access token
- ``shop_book``  every shop as it is now, read once and kept current
- ``grants``     a seller's authorisation at TikTok: its shops' tokens and ciphers, refreshed
"""
