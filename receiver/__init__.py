"""The daemon on the pole: reconcile, then play."""
