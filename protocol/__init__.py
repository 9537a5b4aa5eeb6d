"""What server and receiver say to each other: topics, messages, signing, freshness. No I/O."""
