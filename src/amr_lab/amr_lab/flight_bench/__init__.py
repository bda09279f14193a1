"""`amr bench flights`: many seeded flights, each with one fault, judged by ground truth."""
