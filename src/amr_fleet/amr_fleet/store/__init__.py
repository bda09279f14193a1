"""What the fleet keeps on disk: the journal, the accounts with their sessions, the audit trail."""
