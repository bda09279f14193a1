"""MQTT: a client in a thread of its own, the files of a site's broker, and a small broker for demos."""
