"""Setting up a fixed camera: what an engineer enters, judged and tried before it counts."""
