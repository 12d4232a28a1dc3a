"""From a configuration to a recorded verdict: each job measures in a process of its own."""
