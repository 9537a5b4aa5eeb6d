"""The content store, and intake: what an officer uploads becomes an asset or a clear refusal."""
