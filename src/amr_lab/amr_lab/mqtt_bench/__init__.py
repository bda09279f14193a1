"""Fleets over MQTT: a mixed fleet through a proxy that loses messages, and the load of many robots on the gateway."""
