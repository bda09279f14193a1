"""The dossier of a trial: one folder of evidence that an authority checks without trusting the fleet."""
