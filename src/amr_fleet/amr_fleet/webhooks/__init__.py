"""Webhooks: what happened to orders is sent to other programs (WMS, TOS) as Standard Webhooks. Off unless set up."""
