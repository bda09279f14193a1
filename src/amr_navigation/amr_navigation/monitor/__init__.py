"""The collision monitor that has the last word on every motion command."""
