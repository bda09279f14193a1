"""Drafts of the site file that engineers draw in the browser: kept, judged, compared and tried; never applied."""
