"""The navigation engine: one motion at a time, no ROS, no clock, no threads."""
