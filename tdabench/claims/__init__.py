"""What is claimed, and how a measurement is held to it: pure functions of configuration and measurements."""
