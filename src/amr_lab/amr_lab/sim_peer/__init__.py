"""The embedded simulator and Gazebo on the same drives: what is driven, and how far apart they end."""
