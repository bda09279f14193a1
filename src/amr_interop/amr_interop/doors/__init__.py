"""Doors of a site that speak Modbus TCP or MQTT, for a fleet that speaks Open-RMF's rmf_door_msgs."""
