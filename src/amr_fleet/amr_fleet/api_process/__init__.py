"""API and dashboard in a process of their own (docs/adr/0010): a reader of snapshots and a client of one link.

The engine's process makes the listener and one socket pair, and starts `main` with both; it starts it again when it
ends (`keeper`). What goes to the engine is JSON of a closed list of calls and requests, bounded and checked (`codec`,
`engine_side`); what comes from it is pickled: the engine is trusted, who talks to browsers is not.
"""
