"""Syslog: journal, alarms and audit trail go to the log servers of a site (RFC 5424). Off unless set up."""
