"""People: logging in and out."""
