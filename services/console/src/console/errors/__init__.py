"""Reasons that keep orders, or later changes of them, out of Shopify."""
