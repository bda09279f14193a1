"""Embedded simulator with the topics of the Gazebo bridge."""
