"""Items and their versions in several languages."""
