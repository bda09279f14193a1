"""Nav2 configuration, the embedded Nav2-compatible navigation and the robot agent."""
