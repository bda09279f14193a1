"""Global plans for the real footprint on the static map."""
