"""What the robot may run into: the static map, the live scans and a rolling grid of unmapped obstacles."""
