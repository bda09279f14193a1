"""Small typed rclpy helpers: parameters, QoS, conversions, time source, actions, process host."""
