"""Benches of the hot parts, the live feed, the screen, dispatch, whole stacks; and the commands of `amr bench`."""
