"""What was measured, kept in MLflow, and held to the frozen reference."""
