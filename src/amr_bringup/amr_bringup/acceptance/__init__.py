"""The acceptance test of an installation, as cards that a command runs: docs/acceptance.md."""
