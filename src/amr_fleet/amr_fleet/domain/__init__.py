"""The fleet engine: pure and deterministic. Events go in, journal entries and commands come out."""
