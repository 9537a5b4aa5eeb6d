"""The tree of administrative areas and the stations in it."""
