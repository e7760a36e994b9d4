"""Corrections of orders that stand in Shopify: address, note, tags; what is beyond is shown."""
