"""One module for each kind of thing that site.build writes."""
