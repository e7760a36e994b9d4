"""The endpoints by area; ``client.TikTokClient`` has them all."""
