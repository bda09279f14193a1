"""Nav2's behaviours: spin, backup, drive_on_heading, wait."""
