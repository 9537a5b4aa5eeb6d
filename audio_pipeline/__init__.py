"""Sound in, broadcast-ready sound out. No network, no database."""
