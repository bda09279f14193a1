"""Doors and lifts of a site that speak Modbus TCP or MQTT, for a fleet that speaks Open-RMF's messages."""
