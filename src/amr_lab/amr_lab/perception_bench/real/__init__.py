"""The perception on photographs and video that nobody of the project made: rows like those of the synthetic bench."""
