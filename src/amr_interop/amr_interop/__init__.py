"""The stack speaks to others: VDA 5050 over MQTT as master control and as robot."""
