"""MQTT behind a port, and the broker that the server keeps running."""
