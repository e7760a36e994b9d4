"""From a TikTok order to the Shopify draft: pure, explained, to the cent.

- ``eligibility``  may this order go to Shopify, and if not, why and what changes it
- ``draft``        the whole Shopify order: attributes, tags, lines, shipping, total
- ``preview``      the draft as rows for people: TikTok value → Shopify value, and what blocks it
- ``lines``        TikTok's units → Shopify's lines; here an item's price is computed
- ``shipping``     delivery option and fees → shipping lines
- ``amounts``      the expected total, the rest and how it is carried
- ``identities``   how amounts should compose, which equation fails and by how much
- ``untold_tax``   tax that TikTok names only for the whole order
- ``address``      the recipient → Shopify's address and customer
- ``recipient``    the recipient as the vault keeps it
- ``provinces``    names and codes of US states and territories
"""
