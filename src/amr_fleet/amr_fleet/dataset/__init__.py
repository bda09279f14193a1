"""A period of the journal as an open dataset: tables, process and supply chain events, recordings, and what they mean.

`export.export` is the whole; docs/dataset.md tells what is in it and why.
"""
