"""Who a computer of the site is: its authority, certificates, one-time codes for new robots."""
