"""The embedded runner: one operating-system process per group of nodes, watched and restarted."""
