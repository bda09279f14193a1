"""What was where at any time: compact tracks beside the journal, their replay, and incidents as one file."""
