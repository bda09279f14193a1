"""Path tracking and speed regulation for a differential drive."""
