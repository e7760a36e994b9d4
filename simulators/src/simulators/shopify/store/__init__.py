"""What a store is: its plan and budget, tokens, catalogue, customers, orders and definitions."""
