"""Shopify's search syntax, and what orders and variants can be searched by."""
