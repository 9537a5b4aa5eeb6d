"""HTTP plumbing: problems, sessions, who is asking."""
