"""Orders: asking for them in Shopify, their history, their list and their page."""
