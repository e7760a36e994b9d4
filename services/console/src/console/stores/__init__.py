"""Shopify stores: connecting one to a shop, and scanning it."""
