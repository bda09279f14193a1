"""The one description of what runs: stack, embedded runner, launch files, CLI."""
