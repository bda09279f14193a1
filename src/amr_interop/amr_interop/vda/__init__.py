"""VDA 5050 2.0, 2.1 and 3.0 around the one model of `amr_core.vda5050`: codecs, master control, robot. Pure."""
