"""The station's server."""
