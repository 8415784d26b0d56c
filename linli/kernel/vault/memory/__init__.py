"""Keys that this process holds, and what is done with them."""
