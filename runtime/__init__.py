"""What every program needs to live: clock, supervision, logging, health."""
