"""Tracks of moving things."""
