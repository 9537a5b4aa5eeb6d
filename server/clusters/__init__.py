"""The registry of loudspeaker clusters: enrolment, presence, status."""
