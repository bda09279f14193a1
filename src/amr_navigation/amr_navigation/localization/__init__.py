"""Where the robot is: likelihood field, particle filter, scan matching."""
