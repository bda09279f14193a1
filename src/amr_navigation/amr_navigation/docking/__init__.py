"""Docking to and undocking from stations and chargers."""
