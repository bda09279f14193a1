"""Custody of loads as EPCIS 2.0 / CBV 2.0 events: for datasets now, for a WMS that subscribes later."""
