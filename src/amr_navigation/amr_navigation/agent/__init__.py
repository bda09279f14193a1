"""The robot agent: executes VDA 5050 orders by means of Nav2 actions. Pure; the node is in amr_navigation.nodes."""
