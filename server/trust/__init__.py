"""Keys: the station's own certificate authority, the offline root, the signing key and its epoch."""
