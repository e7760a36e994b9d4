"""Products: which Shopify variant each TikTok SKU is."""
