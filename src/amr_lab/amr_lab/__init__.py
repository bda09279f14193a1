"""The laboratory: benches, trials, studies and the grid planner. It imports every package; none imports it."""
