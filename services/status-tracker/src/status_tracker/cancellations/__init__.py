"""Cancellations of orders that stand in Shopify: cancelled there, or tagged."""
