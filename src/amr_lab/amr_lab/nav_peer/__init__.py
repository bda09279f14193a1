"""Real Nav2 and the embedded navigation side by side: the same questions, the same drives. Needs the real programs."""
