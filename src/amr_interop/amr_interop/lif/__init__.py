"""LIF, the Layout Interchange Format of the VDMA: lanes and stations of a site for others, and theirs for us.

LIF says nodes, edges and stations. It cannot say walls, racks, zones, cameras, docking marks, fleet and demand.
"""
