"""Fixed cameras: what they see, on the floor of the site, and which events follow from it."""
