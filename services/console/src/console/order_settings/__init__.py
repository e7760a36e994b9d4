"""How the orders of a shop are synced."""
