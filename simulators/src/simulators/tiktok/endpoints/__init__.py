"""TikTok Shop's endpoints, one module per Partner Center page or family."""
