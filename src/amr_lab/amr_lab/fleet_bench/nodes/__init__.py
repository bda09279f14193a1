"""What watches a bench over ROS."""
