"""Days of simulated operation as a state folder: journal, tracks and camera recordings, for reports and datasets."""
