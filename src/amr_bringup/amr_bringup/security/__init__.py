"""Who may say what on ROS: SROS 2 keystores, their documents, and the interfaces that DDS binds. No ROS."""
