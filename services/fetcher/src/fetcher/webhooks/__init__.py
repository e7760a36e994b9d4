"""TikTok's notifications: taken, kept, and worked on."""
