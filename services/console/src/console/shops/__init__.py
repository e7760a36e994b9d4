"""TikTok shops: connecting them, and how completely their orders are fetched."""
