"""Fleet studies without ROS: how many robots for so many orders."""
