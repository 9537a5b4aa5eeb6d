"""Alembic: the database from the first day on."""
