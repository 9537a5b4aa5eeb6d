"""The station's server: ingest, prepare, schedule, publish, and know what really played."""
