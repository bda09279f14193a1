"""Whether a camera can see at all: what is judged of every picture before any detector gets it."""
