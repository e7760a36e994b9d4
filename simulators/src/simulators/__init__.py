"""TikTok Shop and Shopify as servers. Imports nothing of ours."""
