"""What-if: the running fleet's snapshot, changed in thought, and how it would go on."""
