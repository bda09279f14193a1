"""Lifelong multi-agent path finding on grids: reader, guidance, fast step, windowed search, validator. No ROS."""
