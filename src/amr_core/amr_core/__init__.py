"""Pure foundations of the AMR stack: geometry, errors, robot types, site model, roadmap, grid maps."""
