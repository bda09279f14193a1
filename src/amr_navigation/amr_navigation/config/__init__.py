"""Nav2's configuration for the same robots and sites: built from their descriptions, checked before use."""
