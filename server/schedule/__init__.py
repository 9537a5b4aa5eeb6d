"""Slots, occurrences, languages in time, the rundown."""
