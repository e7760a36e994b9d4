"""What we compare with: other event stores, and the bare parts without a library."""
