"""Fleet manager: engine, store, API, ROS adapter and operator dashboard."""
