"""Recording of what cameras see, for the logistics dataset."""
