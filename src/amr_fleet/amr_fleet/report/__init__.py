"""The shift report: figures from the journal, as data, PDF and Excel. The same journal gives the same bytes."""
