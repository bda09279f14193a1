"""What evidence is made of, whatever it is about: attestations, a zip of fixed bytes, what a check says."""
